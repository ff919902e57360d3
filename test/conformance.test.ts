/**
 * One suite: operator × realisation × vectors, compared with toEqual. Expected outputs are those in
 * the vectors, which the definition made (test/reference.test.ts proves them a second time).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { encodeInput } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { openPort } from "../host/link/port.ts";
import { packageRoot } from "../host/package-root.ts";
import { inferProgram, type Program } from "../host/reference/program.ts";
import { selftest } from "../host/reference/selftest.ts";
import { createRuntime } from "../host/runtime/wasm.ts";
import { operators } from "../host/spec/operators.ts";
import { misfit } from "./misfit.ts";
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

const toCase = (file: VectorFile, vector: Vector): Case => {
  const program = toProgram(file.operator, vector);
  return {
    program,
    image: readImage(packImage(program, { manifest: { tool: "conformance" } })),
    inputs: toInputs(vector),
  };
};

interface Realisation {
  readonly name: string;
  /** Why it can't run a case, if so. */
  absent(file: VectorFile, vector: Vector): string | undefined;
  /** Prepares the image and gives one-row inference and the self-test's CRC. */
  load(image: TableImage): Promise<{
    infer(input: number[]): Promise<number[]>;
    selftest(seed: number, count: number): Promise<number>;
  }>;
}

const reason = (value: true | string) => (value === true ? undefined : value);
const specOf = (file: VectorFile) => operators.find((o) => o.token === file.operator)!;

const definition: Realisation = {
  name: "definition",
  absent: () => undefined,
  load: async ({ program }) => ({
    infer: async (input) => [...inferProgram(program, input).at(-1)!],
    selftest: async (seed, count) => selftest(program, seed, count),
  }),
};

const scalar: Realisation = {
  name: "Wasm scalar",
  absent: (file) => reason(specOf(file).realisations.scalar),
  load: async (image) => {
    const runtime = createRuntime(image);
    return {
      infer: async (input) => [...runtime.infer(input)],
      selftest: async (seed, count) => runtime.selftest(seed, count),
    };
  },
};

/** 8 lanes with tables in SPRAM, 16 with tables in block RAM. */
const boards = ["icebreaker", "hx8k-evn"];
const devices = new Map<string, Device>();

const gatewareOf = (id: string): Realisation => ({
  name: `gateware sim:${id}`,
  absent: (file, vector) =>
    reason(specOf(file).realisations.gateware[loadBoard(id).engine.lanes]) ??
    misfit(toCase(file, vector).image, loadBoard(id)),
  load: async (image) => {
    const device = devices.get(id)!;
    await flashImage(device, image);
    return {
      infer: async (input) => {
        const bytes = encodeInput(image.program.inputType, input);
        return [...(await device.infer(bytes)).outputs];
      },
      selftest: async (seed, count) => (await device.selftest(seed, count, 5000)).crc,
    };
  },
});

const simd: Realisation = {
  name: "Wasm SIMD",
  absent: (file) => {
    const why = reason(specOf(file).realisations.simd128);
    if (why === undefined) throw new Error("the spec has a SIMD kernel: add it to this suite");
    return why;
  },
  load: () => Promise.reject(new Error("absent")),
};

beforeAll(async () => {
  for (const id of boards) devices.set(id, await Device.open(await openPort(`sim:${id}`)));
}, 600_000);

afterAll(async () => {
  for (const device of devices.values()) await device.close();
});

for (const file of files) {
  for (const realisation of [definition, scalar, simd, ...boards.map(gatewareOf)]) {
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
        );
      }
    });
  }
}
