#include "frame.h"
#include "link.h"
#include "port.h"
#include "slots.h"

int main(void) {
  port_init();
  slots_boot();
  for (;;) {
    int byte = port_read();
    if (byte < 0) {
      link_idle();
      continue;
    }
    link_heard();
    if (frame_receive(byte)) link_answer();
  }
}
