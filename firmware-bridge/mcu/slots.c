#include "slots.h"

#include <stdbool.h>

#include "image.h"
#include "kernels.h"
#include "layout.h"
#include "port.h"

#if NOMUL_SLOTS
#define CONFIRMED 0x7065656bu
_Static_assert(CONFIRMED == NOMUL_SLOT_CONFIRMED, "unsigned");
#define HEADER_WORDS (NOMUL_SLOT_HEADER_BYTES / 4)
#define OF_IMAGE (NOMUL_SLOTS_KEPT | NOMUL_SLOTS_STORED | NOMUL_SLOTS_TRIAL)

struct slots slots;
static uint32_t boot; // the slot that boots: 1 = B; B when there is none, so that A is the other one

// The header that was read last.
static struct {
  bool sound, confirmed;
  uint16_t sequence;
  uint32_t device_bytes, table_offset, crc;
} header;

static uint32_t slot_address(uint32_t slot) { return NOMUL_SLOT_A + slot * NOMUL_SLOT_STRIDE; }

static uint32_t flash_word(uint32_t address) {
  return *(const volatile nomul_u32 *)port_flash(address);
}

// CRC over the words of a header, which lie where a reply would be made.
static uint32_t header_crc(void) {
  return ~nomul_crc32c_update(0xffffffffu, TX_DATA_AT, NOMUL_SLOT_HEADER_HEADER_CRC_AT);
}

static void read_header(uint32_t slot) {
  for (uint32_t i = 0; i < HEADER_WORDS; i++) {
    store32(TX_DATA_AT + 4 * i, flash_word(slot_address(slot) + 4 * i));
  }
  header.sequence = load16(TX_DATA_AT + NOMUL_SLOT_HEADER_SEQUENCE_AT);
  header.device_bytes = load32(TX_DATA_AT + NOMUL_SLOT_HEADER_DEVICE_BYTES_AT);
  header.table_offset = load32(TX_DATA_AT + NOMUL_SLOT_HEADER_TABLE_OFFSET_AT);
  header.crc = load32(TX_DATA_AT + NOMUL_SLOT_HEADER_DEVICE_CRC_AT);
  header.confirmed = load32(TX_DATA_AT + NOMUL_SLOT_HEADER_CONFIRMED_AT) == CONFIRMED;
  header.sound = load32(TX_DATA_AT + NOMUL_SLOT_HEADER_HEADER_CRC_AT) == header_crc() &&
                 header.device_bytes <= NOMUL_SLOT_STRIDE - NOMUL_SLOT_BODY &&
                 image_sizes(header.device_bytes, header.table_offset) == NOMUL_STATUS_OK;
}

// Brings the body of the slot whose header was read last to memory.
static uint32_t load_body(uint32_t slot) {
  slots_forget();
  image_open(header.device_bytes, header.table_offset);
  uint32_t from = slot_address(slot) + NOMUL_SLOT_BODY;
  for (uint32_t at = 0; at < header.device_bytes; at += 4) {
    store32(DEVICE_AT + at, flash_word(from + at));
  }
  return image_commit(header.crc);
}

// a comes after b.
static bool newer(uint16_t a, uint16_t b) {
  uint16_t ahead = a - b;
  return ahead != 0 && ahead < 0x8000;
}

void slots_forget(void) { slots.flags &= ~OF_IMAGE; }

static void set_boot(uint32_t slot) {
  boot = slot;
  slots.sequence = header.sequence;
  slots.flags = NOMUL_SLOTS_FLASH | NOMUL_SLOTS_BOOTABLE | NOMUL_SLOTS_KEPT |
                (slot ? NOMUL_SLOTS_BOOT_B : 0);
}

void slots_boot(void) {
  boot = 1;
  slots.flash_id = port_flash_id();
  uint8_t maker = slots.flash_id;
  if (maker == 0 || maker == 0xff) return;
  slots.flags = NOMUL_SLOTS_FLASH;
  bool valid[2];
  uint16_t sequence[2];
  for (uint32_t slot = 0; slot < 2; slot++) {
    read_header(slot);
    valid[slot] = header.sound && header.confirmed;
    sequence[slot] = header.sequence;
  }
  while (valid[0] || valid[1]) {
    uint32_t slot = valid[1] && (!valid[0] || newer(sequence[1], sequence[0]));
    read_header(slot);
    valid[slot] = false;
    if (load_body(slot) == NOMUL_STATUS_OK) {
      set_boot(slot);
      return;
    }
  }
  image = (struct image){NOMUL_SLOT_EMPTY, 0, 0, 0};
}

static bool names_image(uint32_t crc) {
  return image.state == NOMUL_SLOT_COMMITTED && crc == image.crc;
}

static bool program(uint32_t address, uint32_t at, uint32_t length) {
  while (length) {
    uint32_t some = length < NOMUL_FLASH_PAGE ? length : NOMUL_FLASH_PAGE;
    if (!port_flash_program(address, nomul_memory + at, some)) return false;
    address += some;
    at += some;
    length -= some;
  }
  return true;
}

// Header sector first, header last: in between the slot is not sound.
static bool write_slot(uint32_t slot) {
  uint32_t address = slot_address(slot);
  if (!port_flash_erase(address)) return false;
  uint32_t body = address + NOMUL_SLOT_BODY;
  for (uint32_t at = 0; at < image.device_bytes; at += NOMUL_FLASH_SECTOR) {
    uint32_t left = image.device_bytes - at;
    uint32_t some = left < NOMUL_FLASH_SECTOR ? left : NOMUL_FLASH_SECTOR;
    if (!port_flash_erase(body + at) || !program(body + at, DEVICE_AT + at, some)) return false;
  }
  store32(TX_DATA_AT + NOMUL_SLOT_HEADER_SEQUENCE_AT, (uint16_t)(slots.sequence + 1));
  store32(TX_DATA_AT + NOMUL_SLOT_HEADER_DEVICE_BYTES_AT, image.device_bytes);
  store32(TX_DATA_AT + NOMUL_SLOT_HEADER_TABLE_OFFSET_AT, image.table_offset);
  store32(TX_DATA_AT + NOMUL_SLOT_HEADER_DEVICE_CRC_AT, image.crc);
  store32(TX_DATA_AT + NOMUL_SLOT_HEADER_HEADER_CRC_AT, header_crc());
  return program(address, TX_DATA_AT, NOMUL_SLOT_HEADER_CONFIRMED_AT);
}

uint32_t slots_store(uint32_t argument) {
  if (!(slots.flags & NOMUL_SLOTS_FLASH)) return NOMUL_STATUS_NO_FLASH;
  if (!names_image(argument)) return NOMUL_STATUS_NO_IMAGE;
  if (slots.flags & (NOMUL_SLOTS_STORED | NOMUL_SLOTS_TRIAL)) return NOMUL_STATUS_OK;
  if (image.device_bytes > NOMUL_SLOT_STRIDE - NOMUL_SLOT_BODY) return NOMUL_STATUS_TOO_LARGE;
  if (!write_slot(!boot)) return NOMUL_STATUS_FLASH_FAILED;
  slots.flags |= NOMUL_SLOTS_STORED;
  return NOMUL_STATUS_OK;
}

uint32_t slots_load(uint32_t argument) {
  if (!(slots.flags & NOMUL_SLOTS_FLASH)) return NOMUL_STATUS_NO_FLASH;
  if (argument > NOMUL_LOAD_PREVIOUS) return NOMUL_STATUS_OUT_OF_RANGE;
  bool bootable = slots.flags & NOMUL_SLOTS_BOOTABLE;
  if (argument != NOMUL_LOAD_OTHER && !bootable) return NOMUL_STATUS_NO_IMAGE;
  uint32_t slot = argument == NOMUL_LOAD_BOOT ? boot : !boot;
  slots.flags &= ~(NOMUL_SLOTS_STORED | NOMUL_SLOTS_TRIAL);
  read_header(slot);
  if (!header.sound || (argument == NOMUL_LOAD_PREVIOUS && !header.confirmed)) {
    return NOMUL_STATUS_NO_IMAGE;
  }
  uint32_t status = load_body(slot);
  if (status != NOMUL_STATUS_OK) return status;
  slots.flags |= slot == boot ? NOMUL_SLOTS_KEPT : NOMUL_SLOTS_TRIAL;
  return NOMUL_STATUS_OK;
}

uint32_t slots_confirm(uint32_t argument) {
  if (!(slots.flags & NOMUL_SLOTS_FLASH)) return NOMUL_STATUS_NO_FLASH;
  if (!names_image(argument)) return NOMUL_STATUS_NO_IMAGE;
  if (slots.flags & NOMUL_SLOTS_KEPT) return NOMUL_STATUS_OK;
  if (!(slots.flags & NOMUL_SLOTS_TRIAL)) return NOMUL_STATUS_NO_IMAGE;
  bool bootable = slots.flags & NOMUL_SLOTS_BOOTABLE;
  bool confirms = !bootable || newer(header.sequence, slots.sequence);
  if (!confirms && !header.confirmed) return NOMUL_STATUS_NO_IMAGE;
  // Its own header is confirmed, or, where the other is newer, that one revoked.
  uint32_t word = confirms ? CONFIRMED : NOMUL_SLOT_REVOKED;
  uint32_t address = slot_address(confirms ? !boot : boot) + NOMUL_SLOT_HEADER_CONFIRMED_AT;
  store32(TX_DATA_AT, word);
  if (!program(address, TX_DATA_AT, 4) || flash_word(address) != word) {
    return NOMUL_STATUS_FLASH_FAILED;
  }
  set_boot(!boot);
  return NOMUL_STATUS_OK;
}
#endif
