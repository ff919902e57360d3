import type { Constant } from "./struct.ts";

/** Widths and sizes that every realisation shares (DESIGN: Numbers). */
export const numbers = [
  { name: "ACTIVATION_MIN", value: -32768, doc: "smallest i16 activation" },
  { name: "ACTIVATION_MAX", value: 32767, doc: "largest i16 activation" },
  { name: "TABLE_ENTRY_MIN", value: -128, doc: "smallest i8 table entry" },
  { name: "TABLE_ENTRY_MAX", value: 127, doc: "largest i8 table entry" },
  { name: "TABLE_ENTRY4_MIN", value: -8, doc: "smallest 4-bit table entry" },
  { name: "TABLE_ENTRY4_MAX", value: 7, doc: "largest 4-bit table entry" },
  { name: "MADDNESS_LEVELS", value: 4, doc: "comparisons per codebook" },
  { name: "MADDNESS_NODES", value: 15, doc: "thresholds per codebook, heap order" },
  { name: "MADDNESS_LEAVES", value: 16, doc: "prototypes per codebook" },
  { name: "OUTPUT_GROUP", value: 8, doc: "outputs are padded to a multiple of this in tables" },
  { name: "OUTPUT_GROUP4", value: 16, doc: "likewise where entries have 4 bits" },
  { name: "SHIFT_MAX", value: 31, doc: "largest requantisation shift" },
] as const satisfies readonly Constant[];

/** Type in which inputs travel; they widen to i16 in the arena. Codes are in the program header. */
export const inputTypes = [
  { name: "INPUT_U8", value: 0, doc: "0..255, one byte an element" },
  { name: "INPUT_I8", value: 1, doc: "-128..127, one byte an element" },
  { name: "INPUT_I16", value: 2, doc: "-32768..32767, two bytes an element, little-endian" },
] as const satisfies readonly Constant[];
