/** Conformance vectors on a simulated board, frame by frame. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Board } from "../../host/board/schema.ts";
import { encodeInput } from "../../host/image/input.ts";
import { packImage } from "../../host/image/pack.ts";
import { readImage, type TableImage } from "../../host/image/read.ts";
import { packageRoot } from "../../host/package-root.ts";
import type { Program } from "../../host/reference/program.ts";
import { selftest } from "../../host/reference/selftest.ts";
import { operators } from "../../host/spec/operators.ts";
import { type DirectDevice, u32 } from "../direct.ts";
import { misfit } from "../misfit.ts";
import { toInputs, toProgram, type Vector, type VectorFile } from "../vectors/format.ts";

const files = operators.map(
  ({ token }): VectorFile =>
    JSON.parse(readFileSync(join(packageRoot, "test/vectors", `${token}.json`), "utf8")),
);
const SELFTEST_SEED = 20240229;
const SELFTEST_COUNT = 2;

export interface Case {
  /** `<operator> <vector>` */
  readonly name: string;
  readonly program: Program;
  readonly image: TableImage;
  readonly vector: Vector;
}

const cases: readonly Case[] = files.flatMap(({ operator, vectors }) =>
  vectors.map((vector) => {
    const program = toProgram(operator, vector);
    const image = readImage(packImage(program, { manifest: { tool: "conformance" } }));
    return { name: `${operator} ${vector.id}`, program, image, vector };
  }),
);

/** The vectors that a board can hold, and the others with the reason. */
export function casesFor(board: Board) {
  const { lanes } = board.engine;
  const absentOf = ({ image, program }: Case): string | undefined => {
    for (const { operator } of program.layers) {
      const spec = operators.find(({ token }) => token === operator);
      const realised = spec?.realisations.gateware[lanes];
      if (typeof realised === "string") return realised;
    }
    return misfit(image, board);
  };
  const all = cases.map((some) => ({ some, absent: absentOf(some) }));
  return {
    fitting: all.filter(({ absent }) => !absent).map(({ some }) => some),
    absent: all.filter(({ absent }) => absent).map(({ some, absent }) => `${some.name}: ${absent}`),
  };
}

export interface Conformity {
  /** Outputs compared */
  readonly outputs: number;
  /** Those that were not equal, a self-test counting as one */
  readonly unequal: number;
}

/**
 * Loads a vector's image, infers all its inputs, runs a self-test.
 * @throws Error if the device refuses a request
 */
export function conform(device: DirectDevice, some: Case): Conformity {
  const { name, program, image, vector } = some;
  const { device: part, tableOffset, deviceCrc } = image;
  const ask = (...request: Parameters<DirectDevice["request"]>) => {
    const { status, data } = device.request(...request);
    if (status !== "OK") throw new Error(`${name}: ${request[0]} was answered ${status}`);
    return Buffer.from(data);
  };
  ask("BEGIN", part.length, u32(tableOffset));
  for (let at = 0; at < part.length; at += 1024) ask("DATA", at, part.subarray(at, at + 1024));
  ask("COMMIT", deviceCrc);
  let outputs = 0;
  let unequal = 0;
  for (const [row, input] of toInputs(vector).entries()) {
    const reply = ask("INFER", 0, encodeInput(program.inputType, input));
    for (const [m, expected] of vector.outputs[row].entries()) {
      outputs++;
      if (reply.readInt16LE(4 + 2 * m) !== expected) unequal++;
    }
  }
  const crc = ask("SELFTEST", SELFTEST_SEED, u32(SELFTEST_COUNT)).readUInt32LE(0);
  outputs++;
  if (crc !== selftest(program, SELFTEST_SEED, SELFTEST_COUNT)) unequal++;
  return { outputs, unequal };
}
