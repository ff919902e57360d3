// The image in linear memory.
#ifndef NOMUL_IMAGE_H
#define NOMUL_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

struct image {
  uint8_t state; // NOMUL_SLOT_*
  uint32_t device_bytes, table_offset;
  uint32_t crc; // of the committed image; else 0
};

extern struct image image;

// Could an image of these sizes be held? A NOMUL_STATUS_*.
uint32_t image_sizes(uint32_t device_bytes, uint32_t table_offset);
// Opens memory for an image of sizes that image_sizes has accepted.
void image_open(uint32_t device_bytes, uint32_t table_offset);
// CRC-32C of bytes of the device part.
uint32_t image_digest(uint32_t offset, uint32_t length);
// Makes the image runnable if it has that CRC and stays within its bounds. A NOMUL_STATUS_*.
uint32_t image_commit(uint32_t crc);

#endif
