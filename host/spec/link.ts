import type { Constant, Struct } from "./struct.ts";

/*
 * Frame on the wire:  00 | COBS( frame header | argument u32 | data | CRC-32C ) | 00
 * Every request carries one u32 argument, then data. Every reply carries the argument back, then
 * data (nothing more when its status is not OK).
 */
export const linkConstants = [
  { name: "LINK_VERSION", value: 1, doc: "protocol version, upper 3 bits of kind" },
  { name: "LINK_DATA_MAX", value: 1024, doc: "largest data after the argument" },
  { name: "LINK_WINDOW", value: 8, doc: "default number of DATA frames under way" },
  { name: "BAUD_CLOCKS_MIN", value: 4, doc: "fewest clocks a bit" },
  { name: "BAUD_CLOCKS_MAX", value: 4095, doc: "most clocks a bit" },
  { name: "LOAD_BOOT", value: 0, doc: "argument of LOAD: the slot that boots" },
  { name: "LOAD_OTHER", value: 1, doc: "argument of LOAD: the slot that does not" },
  { name: "LOAD_PREVIOUS", value: 2, doc: "argument of LOAD: that slot, if it was confirmed" },
  {
    name: "FLAG_REPLY",
    value: 0x80,
    doc: "status byte: set in replies; the lower 7 bits are the status",
  },
] as const satisfies readonly Constant[];

export const frameHeader = {
  name: "frame_header",
  bytes: 8,
  doc: "Under the CRC, as is all that follows.",
  fields: [
    { name: "kind", type: "u8", doc: "LINK_VERSION << 5 | command" },
    { name: "status", type: "u8", doc: "request: 0; reply: FLAG_REPLY | status" },
    { name: "session", type: "u16", doc: "chosen by the host when it opens the port; echoed" },
    { name: "sequence", type: "u16", doc: "counts requests; echoed" },
    { name: "length", type: "u16", doc: "bytes of argument and data: 4..1028" },
  ],
} as const satisfies Struct;

export interface CommandSpec {
  readonly name: string;
  readonly code: number;
  readonly argument: string;
  readonly request: string;
  readonly reply: string;
  readonly doc: string;
}

export const commands = [
  {
    name: "HELLO",
    code: 1,
    argument: "0",
    request: "nothing",
    reply: "hello",
    doc: "what the device is",
  },
  {
    name: "BEGIN",
    code: 2,
    argument: "device bytes",
    request: "tableOffset u32",
    reply: "nothing",
    doc: "opens memory for writing; the image in it stops being runnable. TOO_LARGE changes nothing",
  },
  {
    name: "DATA",
    code: 3,
    argument: "offset in the device part",
    request: "1..1024 bytes",
    reply: "nothing",
    doc: "writes bytes at an absolute offset; idempotent, any order",
  },
  {
    name: "DIGEST",
    code: 4,
    argument: "offset in the device part",
    request: "length u32, >= 1",
    reply: "crc u32",
    doc: "CRC-32C of device memory as the engine reads it",
  },
  {
    name: "COMMIT",
    code: 5,
    argument: "CRC-32C of the device part",
    request: "nothing",
    reply: "nothing",
    doc: "makes the image runnable if memory has that CRC",
  },
  {
    name: "INFER",
    code: 6,
    argument: "steps to run; 0 = all",
    request: "inputs in the program's input type",
    reply: "cycles u32, outputs i16[M]",
    doc: "runs the program once",
  },
  {
    name: "TRACE",
    code: 7,
    argument: "first arena element",
    request: "count u32, 1..512",
    reply: "i16[count]",
    doc: "reads the activation arena as the last INFER left it",
  },
  {
    name: "SELFTEST",
    code: 8,
    argument: "xorshift32 seed, not 0",
    request: "count u32, >= 1",
    reply: "crc u32, cycles u32",
    doc: "count inferences on inputs the device makes itself; CRC-32C over all outputs as i16",
  },
  {
    name: "STATUS",
    code: 9,
    argument: "0",
    request: "nothing",
    reply: "status",
    doc: "state of memory, slots and line",
  },
  {
    name: "BAUD",
    code: 10,
    argument: "clocks a bit, BAUD_CLOCKS_MIN..BAUD_CLOCKS_MAX",
    request: "nothing",
    reply: "nothing",
    doc: "answers at the old rate, then changes to clockHz / argument; returns to the rate after power-on when no good frame follows",
  },
  {
    name: "RESET",
    code: 11,
    argument: "0",
    request: "nothing",
    reply: "nothing",
    doc: "answers, then restarts the device as power-on does: it loads the image of the slot that boots, if there is one",
  },
  {
    name: "STORE",
    code: 12,
    argument: "CRC-32C of the image in memory",
    request: "nothing",
    reply: "nothing",
    doc: "erases the slot that does not boot and writes the image to it, header last. The image is on trial: it boots after CONFIRM only",
  },
  {
    name: "LOAD",
    code: 13,
    argument: "LOAD_BOOT, LOAD_OTHER or LOAD_PREVIOUS",
    request: "nothing",
    reply: "nothing",
    doc: "reads a slot into memory, as power-on does. NO_IMAGE if its header is not sound, BAD_CRC if its body is not; memory then holds no image",
  },
  {
    name: "CONFIRM",
    code: 14,
    argument: "CRC-32C of the image in memory",
    request: "nothing",
    reply: "nothing",
    doc: "makes the other slot, which LOAD has read, the one that boots: confirms its header, or revokes the other's where that is newer",
  },
] as const satisfies readonly CommandSpec[];

export const statusCodes = [
  { name: "OK", value: 0, doc: "done" },
  { name: "BAD_COMMAND", value: 1, doc: "unknown command or protocol version" },
  { name: "BAD_LENGTH", value: 2, doc: "data of another length than the command takes" },
  { name: "OUT_OF_RANGE", value: 3, doc: "offset, length, count or argument outside what exists" },
  { name: "TOO_LARGE", value: 4, doc: "image larger than this device's memory" },
  { name: "NOT_OPEN", value: 5, doc: "DATA, DIGEST or COMMIT before BEGIN" },
  { name: "BAD_CRC", value: 6, doc: "memory does not have the CRC that COMMIT names" },
  {
    name: "NO_IMAGE",
    value: 7,
    doc: "INFER, TRACE, SELFTEST, STORE or CONFIRM without the image they need in memory; LOAD of a slot without one",
  },
  { name: "NO_FLASH", value: 8, doc: "no flash chip answers, so there are no slots" },
  {
    name: "FLASH_FAILED",
    value: 9,
    doc: "the flash chip did not finish, or did not keep what was written",
  },
] as const satisfies readonly Constant[];

export const slotStates = [
  { name: "SLOT_EMPTY", value: 0, doc: "no image" },
  { name: "SLOT_OPEN", value: 1, doc: "BEGIN was accepted, COMMIT not yet" },
  { name: "SLOT_COMMITTED", value: 2, doc: "runnable" },
] as const satisfies readonly Constant[];

export const slotFlags = [
  { name: "SLOTS_FLASH", value: 1, doc: "a flash chip answers" },
  { name: "SLOTS_BOOTABLE", value: 2, doc: "a slot holds a confirmed image: it boots" },
  { name: "SLOTS_BOOT_B", value: 4, doc: "that slot is B; else A" },
  { name: "SLOTS_KEPT", value: 8, doc: "memory holds the image of the slot that boots" },
  { name: "SLOTS_STORED", value: 16, doc: "the other slot holds the image of memory, by STORE" },
  {
    name: "SLOTS_TRIAL",
    value: 32,
    doc: "memory holds the image of the other slot, by LOAD",
  },
] as const satisfies readonly Constant[];

export const helloReply = {
  name: "hello",
  bytes: 64,
  doc: "Reply data of HELLO.",
  fields: [
    { name: "protocol", type: "u8", doc: "LINK_VERSION" },
    { name: "deviceKind", type: "u8", doc: "1 FPGA, 2 microcontroller" },
    { name: "slots", type: "u8", doc: "number of slots in flash; 0 = nothing outlasts power-off" },
    { name: "window", type: "u8", doc: "DATA frames it takes without a pause" },
    { name: "lanes", type: "u8", doc: "look-ups a cycle; 0 when not fixed" },
    { name: "accumulatorBits", type: "u8", doc: "the table sum of every output must fit in it" },
    { name: "dataBytes", type: "u16", doc: "largest data after the argument" },
    { name: "tableBytes", type: "u32", doc: "capacity of the table section" },
    { name: "parameterBytes", type: "u32", doc: "capacity of the parameter section" },
    { name: "arenaElements", type: "u32", doc: "i16 activations" },
    { name: "outputElements", type: "u16", doc: "largest M, padding included" },
    {
      name: "outputElements4",
      type: "u16",
      doc: "likewise in steps of maddness4; 0 = as outputElements",
    },
    { name: "operators", type: "u32", doc: "bit n set: operator code n runs here" },
    { name: "clockHz", type: "u32", doc: "clock the engine counts cycles of" },
    { name: "baud", type: "u32", doc: "line rate after power-on" },
    { name: "maxBaud", type: "u32", doc: "highest rate it accepts: clockHz / BAUD_CLOCKS_MIN" },
    { name: "firmware", type: "u32", doc: "CRC-32C of the gateware or firmware sources" },
    { name: "board", type: "u8", count: 20, doc: "board id, ASCII, 0-padded" },
  ],
} as const satisfies Struct;

export const statusReply = {
  name: "status",
  bytes: 32,
  doc: "Reply data of STATUS. Counters wrap.",
  fields: [
    { name: "slotState", type: "u8", doc: "SLOT_*" },
    { name: "slotFlags", type: "u8", doc: "SLOTS_* bits" },
    { name: "framesDropped", type: "u16", doc: "valid frames that came while busy" },
    { name: "framesBad", type: "u16", doc: "frames of wrong CRC, length or coding" },
    { name: "framesGood", type: "u16", doc: "frames executed" },
    { name: "deviceBytes", type: "u32", doc: "as BEGIN said" },
    { name: "tableOffset", type: "u32", doc: "as BEGIN said" },
    { name: "deviceCrc", type: "u32", doc: "of the committed image; else 0" },
    { name: "cycles", type: "u32", doc: "clock cycles of the last INFER or SELFTEST" },
    { name: "uptimeCycles", type: "u32", doc: "clock cycles since reset" },
    { name: "sequence", type: "u16", doc: "of the slot that boots; 0 when there is none" },
    { name: "flashMaker", type: "u8", doc: "JEDEC id of the flash chip, first byte" },
    { name: "flashSize", type: "u8", doc: "JEDEC id, third byte: 2^n bytes in most chips" },
  ],
} as const satisfies Struct;
