import type { Constant, Struct } from "./struct.ts";

/** ASCII "nomul", then CR LF ^Z: a text-mode transfer or a type-out damages it visibly. */
export const imageMagic = [0x6e, 0x6f, 0x6d, 0x75, 0x6c, 0x0d, 0x0a, 0x1a] as const;

export const imageConstants = [
  { name: "IMAGE_FORMAT", value: 1, doc: "format version this tool writes and reads" },
] as const satisfies readonly Constant[];

export const imageHeader = {
  name: "image_header",
  bytes: 96,
  doc: "First bytes of a *.nomul file. Device part, manifest and golden vectors follow in this order.",
  fields: [
    { name: "magic", type: "u8", count: 8, doc: "6e 6f 6d 75 6c 0d 0a 1a" },
    { name: "format", type: "u16", doc: "IMAGE_FORMAT" },
    { name: "headerBytes", type: "u16", doc: "96; the device part starts here" },
    { name: "totalBytes", type: "u32", doc: "size of the whole file" },
    { name: "deviceBytes", type: "u32", doc: "size of the device part, a multiple of 8" },
    { name: "deviceCrc", type: "u32", doc: "CRC-32C of the device part" },
    { name: "manifestBytes", type: "u32", doc: "size of the JSON manifest (UTF-8)" },
    { name: "goldenCount", type: "u32", doc: "number of golden vectors" },
    {
      name: "goldenBytes",
      type: "u32",
      doc: "size of all golden vectors: inputs, then outputs (i16)",
    },
    { name: "reserved", type: "u8", count: 28, doc: "0" },
    { name: "sha256", type: "u8", count: 32, doc: "SHA-256 of the whole file with this field 0" },
  ],
} as const satisfies Struct;

export const programHeader = {
  name: "program_header",
  bytes: 32,
  doc: "First bytes of the device part. Step descriptors follow at once.",
  fields: [
    { name: "stepCount", type: "u16", doc: "number of step descriptors, >= 1" },
    { name: "inputType", type: "u16", doc: "INPUT_U8, INPUT_I8 or INPUT_I16" },
    { name: "inputOffset", type: "u16", doc: "arena element of the first input, a multiple of 8" },
    { name: "inputElements", type: "u16", doc: "number of inputs" },
    { name: "outputOffset", type: "u16", doc: "arena element of the first output" },
    { name: "outputElements", type: "u16", doc: "number of outputs" },
    { name: "arenaElements", type: "u16", doc: "i16 elements the program needs, padding included" },
    { name: "reserved0", type: "u16", doc: "0" },
    {
      name: "tableOffset",
      type: "u32",
      doc: "byte of the device part where the table section starts, a multiple of 8; before it lies the parameter section (this header, steps, encoders)",
    },
    { name: "reserved1", type: "u32", count: 3, doc: "0" },
  ],
} as const satisfies Struct;

export const stepDescriptor = {
  name: "step",
  bytes: 32,
  doc: "One step of a program.",
  fields: [
    { name: "operator", type: "u16", doc: "operator code" },
    { name: "flags", type: "u16", doc: "STEP_* bits" },
    { name: "inputOffset", type: "u16", doc: "arena element of input 0" },
    { name: "inputElements", type: "u16", doc: "D" },
    { name: "outputOffset", type: "u16", doc: "arena element of output 0, a multiple of 8" },
    {
      name: "outputElements",
      type: "u16",
      doc: "M; the step writes M rounded up to 8, the padding is 0",
    },
    { name: "codebooks", type: "u16", doc: "C" },
    { name: "reserved0", type: "u16", doc: "0" },
    {
      name: "parameterOffset",
      type: "u32",
      doc: "byte of the device part where the encoders start, a multiple of 4",
    },
    {
      name: "tableOffset",
      type: "u32",
      doc: "byte of the table section where the tables start, a multiple of 8",
    },
    {
      name: "outputStageOffset",
      type: "u32",
      doc: "byte of the table section where the output stage records start (STEP_REQUANTISE), a multiple of 8; else 0",
    },
    { name: "reserved1", type: "u32", doc: "0" },
  ],
} as const satisfies Struct;

export const encoderRecord = {
  name: "encoder",
  bytes: 40,
  doc: "One MADDNESS codebook's encoder; C of them lie at parameterOffset.",
  fields: [
    {
      name: "splitDim",
      type: "u16",
      count: 4,
      doc: "input element compared at each level, relative to the step's inputOffset",
    },
    {
      name: "threshold",
      type: "i16",
      count: 15,
      doc: "heap order: level t, node i at 2^t - 1 + i",
    },
    { name: "reserved", type: "u16", doc: "0" },
  ],
} as const satisfies Struct;

export const outputStageRecord = {
  name: "output_stage",
  bytes: 8,
  doc: "One output's bias and shift; M rounded up to 8 of them lie at outputStageOffset.",
  fields: [
    { name: "bias", type: "i32", doc: "added to the accumulator" },
    { name: "shift", type: "u8", doc: "0..31, arithmetic, rounding half up" },
    { name: "reserved", type: "u8", count: 3, doc: "0" },
  ],
} as const satisfies Struct;
