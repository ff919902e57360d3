/** A microcontroller's firmware under test: what it must still do, and what a hostile host sends. */
import { expect } from "vitest";
import { crc32c } from "../host/crc32c.ts";
import { NomulError } from "../host/errors.ts";
import { encodeInput } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import type { Device } from "../host/link/device.ts";
import { inferProgram, type Program } from "../host/reference/program.ts";
import { vectorFile } from "./exported.ts";
import { toProgram } from "./vectors/format.ts";

/** The image of a conformance vector. */
export const imageOf = (operator: "maddness" | "maddness4", id: string): TableImage => {
  const vector = vectorFile(operator).vectors.find((v) => v.id === id)!;
  return readImage(packImage(toProgram(operator, vector), { manifest: { tool: "test" } }));
};

/** Some inputs, small enough for every input type. */
const rowOf = ({ layers }: Program) =>
  Array.from({ length: layers[0].inputs }, (_, d) => (d * 37) & 127);

/** The same as they travel. */
export const inputOf = ({ program }: TableImage): Uint8Array =>
  encodeInput(program.inputType, rowOf(program));

/** The device still answers, and runs exactly this image. */
export async function expectRuns(device: Device, image: TableImage) {
  const { device: part, program } = image;
  const { slotState, deviceCrc } = await device.status();
  expect([slotState, deviceCrc]).toEqual(["committed", crc32c(part)]);
  expect(await device.digest(0, part.length)).toBe(crc32c(part));
  const { outputs } = await device.infer(inputOf(image));
  expect([...outputs]).toEqual([...inferProgram(program, rowOf(program)).at(-1)!]);
}

/** The error that this ends with. @throws Error if it does not */
export const refusal = async (work: Promise<unknown>): Promise<NomulError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof NomulError) return error;
    throw error;
  }
  throw new Error("it was not refused");
};

const PIECE = 64;

/**
 * What a hostile host does: sound frames, a CRC that fits, and a program that lies. Sends those pieces
 * that differ from what the device holds.
 */
export async function submit(
  device: Device,
  part: Uint8Array,
  tableOffset: number,
  held: Uint8Array = new Uint8Array(0),
) {
  await device.begin(part.length, tableOffset);
  for (let at = 0; at < part.length; at += PIECE) {
    const piece = part.subarray(at, at + PIECE);
    if (Buffer.compare(piece, held.subarray(at, at + PIECE)) !== 0) await device.data(at, piece);
  }
  await device.commit(crc32c(part), part.length);
}
