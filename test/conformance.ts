/**
 * One suite: operator × realisation × vectors, compared with toEqual. Expected outputs are those in
 * the vectors, which the definition made (test/reference.test.ts proves them a second time).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeInput } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import type { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { packageRoot } from "../host/package-root.ts";
import type { Program } from "../host/reference/program.ts";
import { selftest } from "../host/reference/selftest.ts";
import { operators } from "../host/spec/operators.ts";
import { toInputs, toProgram, type Vector, type VectorFile } from "./vectors/format.ts";

const folder = join(packageRoot, "test/vectors");
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name): VectorFile => JSON.parse(readFileSync(join(folder, name), "utf8")));

const SELFTEST_SEED = 20240229;
const SELFTEST_COUNT = 5;

interface Case {
  readonly program: Program;
  readonly image: TableImage;
  readonly inputs: readonly number[][];
}

export const toCase = (file: VectorFile, vector: Vector): Case => {
  const program = toProgram(file.operator, vector);
  return {
    program,
    image: readImage(packImage(program, { manifest: { tool: "conformance" } })),
    inputs: toInputs(vector),
  };
};

interface Loaded {
  infer(input: number[]): Promise<number[]>;
  selftest(seed: number, count: number): Promise<number>;
}

export interface Realisation {
  readonly name: string;
  /** Why it can't run a case, if so. */
  absent(file: VectorFile, vector: Vector): string | undefined;
  /** Prepares the image and gives one-row inference and the self-test's CRC. */
  load(image: TableImage): Promise<Loaded>;
}

export const specOf = (file: VectorFile) => operators.find((o) => o.token === file.operator)!;

/** Flashes an image to a device and runs it there. */
export async function loadDevice(device: Device, image: TableImage): Promise<Loaded> {
  await flashImage(device, image);
  return {
    infer: async (input) => {
      const bytes = encodeInput(image.program.inputType, input);
      return [...(await device.infer(bytes)).outputs];
    },
    selftest: async (seed, count) => (await device.selftest(seed, count, 5000)).crc,
  };
}

/** Declares the tests of these realisations. */
export function conform(realisations: readonly Realisation[]): void {
  for (const file of files) {
    for (const realisation of realisations) {
      describe(`${file.operator} as ${realisation.name}`, () => {
        for (const vector of file.vectors) {
          const absent = realisation.absent(file, vector);
          test.skipIf(absent !== undefined)(
            `should equal vector ${vector.id}${absent ? ` (absent: ${absent})` : ""}`,
            async () => {
              const { program, image, inputs } = toCase(file, vector);
              const loaded = await realisation.load(image);
              const outputs = [];
              for (const input of inputs) outputs.push(await loaded.infer(input));
              expect(outputs).toEqual(vector.outputs);
              expect(await loaded.selftest(SELFTEST_SEED, SELFTEST_COUNT)).toBe(
                selftest(program, SELFTEST_SEED, SELFTEST_COUNT),
              );
            },
            // The largest image over an emulated line on a busy machine.
            90_000,
          );
        }
      });
    }
  }
}
