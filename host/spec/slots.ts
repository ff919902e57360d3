import type { Constant, Struct } from "./struct.ts";

/*
 * Two slots, A and B, in the flash chip that also holds the bitstream. Slot n starts at the board's
 * flash.userOffset + n * SLOT_BYTES: one sector for the header, then the device part of an image.
 */
export const slotConstants = [
  { name: "FLASH_PAGE", value: 256, doc: "bytes that one program operation takes at most" },
  { name: "FLASH_SECTOR", value: 4096, doc: "bytes that one erase operation clears" },
  { name: "SLOT_BYTES", value: 0x40000, doc: "from slot A's first byte to slot B's" },
  { name: "SLOT_BODY", value: 4096, doc: "from a slot's first byte to its device part" },
  {
    name: "SLOT_CONFIRMED",
    value: 0x7065656b,
    doc: 'confirmed: boots; "keep" as bytes 6b 65 65 70',
  },
  { name: "SLOT_REVOKED", value: 0, doc: "confirmed: once confirmed, then rolled back" },
] as const satisfies readonly Constant[];

export const slotHeader = {
  name: "slot_header",
  bytes: 24,
  doc: "First bytes of a slot, written after its body. confirmed is written by CONFIRM, in place.",
  fields: [
    {
      name: "sequence",
      type: "u32",
      doc: "lower 16 bits count; a is newer than b if (a - b) mod 2^16 is 1..32767",
    },
    { name: "deviceBytes", type: "u32", doc: "size of the body" },
    { name: "tableOffset", type: "u32", doc: "as BEGIN says it" },
    { name: "deviceCrc", type: "u32", doc: "CRC-32C of the body" },
    { name: "headerCrc", type: "u32", doc: "CRC-32C of the 16 bytes before" },
    { name: "confirmed", type: "u32", doc: "SLOT_CONFIRMED, else the slot does not boot" },
  ],
} as const satisfies Struct;
