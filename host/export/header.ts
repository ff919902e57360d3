import { inputBytes } from "../image/input.ts";
import type { TableImage } from "../image/read.ts";
import { memoryPlan } from "../runtime/memory-plan.ts";
import { statusCodes } from "../spec/link.ts";

/** File name → contents. */
export type ExportedFiles = Readonly<Record<string, string | Uint8Array>>;

export const banner = (origin: string) => `// Written by ${origin}. Do not edit.`;

/** One line of C. */
export const define = (name: string, value: number | string, doc?: string) =>
  `#define NOMUL_${name} ${typeof value === "number" ? `${value}u` : value}${doc ? ` // ${doc}` : ""}`;

/** An input as it travels, in C. */
export const inputCType = { u8: "uint8_t", i8: "int8_t", i16: "int16_t" } as const;

/** Sizes of an image that both exports tell. */
export function modelDefines(image: TableImage): string[] {
  const { layers, inputType } = image.program;
  const [{ inputs }] = layers;
  return [
    define("INPUTS", inputs, `of ${inputCType[inputType]}`),
    define("INPUT_BYTES", inputBytes(inputType, inputs)),
    define("OUTPUTS", layers[layers.length - 1].outputs, "of int16_t"),
    define("DEVICE_BYTES", image.device.length),
    define("ARENA_ELEMENTS", image.arenaElements),
    define("ACCUMULATORS", memoryPlan(image).outputs),
    define("MODEL_CRC", `0x${image.deviceCrc.toString(16).padStart(8, "0")}u`, "CRC-32C"),
    define(`STATUS_${statusCodes[0].name}`, statusCodes[0].value),
  ];
}
