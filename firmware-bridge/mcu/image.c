#include "image.h"

#include "kernels.h"
#include "layout.h"

struct image image;

uint32_t image_sizes(uint32_t device_bytes, uint32_t table_offset) {
  if ((device_bytes | table_offset) & 7) return NOMUL_STATUS_OUT_OF_RANGE;
  if (table_offset > NOMUL_PARAMETER_BYTES || table_offset > device_bytes ||
      device_bytes - table_offset > NOMUL_TABLE_BYTES) {
    return NOMUL_STATUS_TOO_LARGE;
  }
  return NOMUL_STATUS_OK;
}

void image_open(uint32_t device_bytes, uint32_t table_offset) {
  image = (struct image){NOMUL_SLOT_OPEN, device_bytes, table_offset, 0};
}

uint32_t image_digest(uint32_t offset, uint32_t length) {
  return ~nomul_crc32c_update(0xffffffffu, DEVICE_AT + offset, length);
}

uint32_t image_commit(uint32_t crc) {
  image.state = NOMUL_SLOT_OPEN;
  image.crc = 0;
  if (image_digest(0, image.device_bytes) != crc) return NOMUL_STATUS_BAD_CRC;
  uint32_t status =
      nomul_program_check(DEVICE_AT, image.device_bytes, NOMUL_ARENA_ELEMENTS, NOMUL_OUTPUTS);
  if (status == NOMUL_STATUS_OK &&
      load32(DEVICE_AT + NOMUL_PROGRAM_HEADER_TABLE_OFFSET_AT) != image.table_offset) {
    status = NOMUL_STATUS_OUT_OF_RANGE;
  }
  if (status != NOMUL_STATUS_OK) return status;
  image.state = NOMUL_SLOT_COMMITTED;
  image.crc = crc;
  return NOMUL_STATUS_OK;
}
