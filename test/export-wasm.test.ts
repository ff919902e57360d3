import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { declarePages, wasmSections } from "../host/export/memory-pages.ts";
import { exportWasm } from "../host/export/wasm.ts";
import { encodeInput } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { selftest } from "../host/reference/selftest.ts";
import { deviceWasm } from "../host/runtime/wasm.ts";
import { operators } from "../host/spec/operators.ts";
import {
  build,
  type ExportedCase,
  exported,
  feed,
  nomul,
  printed,
  vectorFile,
} from "./exported.ts";
import { toInputs, toProgram } from "./vectors/format.ts";

const MEMORY_SECTION = 5;
const made: ExportedCase[] = [];

afterAll(() => {
  for (const { folder } of made) rmSync(folder, { recursive: true, force: true });
});

/** The numbers that a C compiler would read in the header. */
function defines(header: string): Record<string, number> {
  const found = [...header.matchAll(/^#define NOMUL_(\w+) (0x[0-9a-f]+|\d+)u/gm)];
  return Object.fromEntries(found.map(([, name, value]) => [name, Number(value)]));
}

/** Runs an export with nothing but its files, as its header says. */
function start(files: { wasm: Uint8Array; model: Uint8Array; header: string }) {
  const at = defines(files.header);
  const module = new WebAssembly.Module(Uint8Array.from(files.wasm));
  const { exports } = new WebAssembly.Instance(module);
  const memory = exports.memory as WebAssembly.Memory;
  const kernel = exports as unknown as Record<string, (...args: number[]) => number>;
  const bytes = () => new Uint8Array(memory.buffer);
  bytes().set(files.model, at.DEVICE_AT);
  return {
    at,
    memory,
    check: () =>
      kernel.program_check(at.DEVICE_AT, at.DEVICE_BYTES, at.ARENA_ELEMENTS, at.ACCUMULATORS),
    infer(input: Uint8Array): number[] {
      expect(input.length).toBe(at.INPUT_BYTES);
      bytes().set(input, at.INPUT_AT);
      kernel.program_load(at.DEVICE_AT, at.ARENA_AT, at.INPUT_AT);
      expect(kernel.program_run(at.DEVICE_AT, at.ARENA_AT, at.ACCUMULATORS_AT, 0)).toBe(0);
      const from = kernel.program_outputs(at.DEVICE_AT, at.ARENA_AT);
      return [...new Int16Array(memory.buffer, from, at.OUTPUTS)];
    },
    selftest: (seed: number, count: number) =>
      kernel.selftest_run(at.DEVICE_AT, at.ARENA_AT, at.ACCUMULATORS_AT, seed, count) >>> 0,
  };
}

for (const { token } of operators) {
  describe(`nomul export wasm, ${token}`, () => {
    test.each(vectorFile(token).vectors)("should give the bits of $id", (vector) => {
      const program = toProgram(token, vector);
      const image = readImage(packImage(program, { manifest: { tool: "test" } }));
      const files = exportWasm(image, vector.id);
      const model = start({
        wasm: files["nomul.wasm"] as Uint8Array,
        model: files["nomul_model.bin"] as Uint8Array,
        header: files["nomul_abi.h"] as string,
      });
      expect(model.check()).toBe(0);
      expect(model.memory.buffer.byteLength).toBe(model.at.MEMORY_PAGES * 65536);
      expect(model.at.MEMORY_BYTES).toBeLessThanOrEqual(model.memory.buffer.byteLength);
      const outputs = toInputs(vector).map((row) =>
        model.infer(encodeInput(program.inputType, row)),
      );
      expect(outputs).toEqual(vector.outputs);
      expect(model.selftest(7, 3)).toBe(selftest(program, 7, 3));
    });
  });
}

test("the exported module should be device.wasm, byte for byte, but for its memory's size", () => {
  const device = deviceWasm();
  // 300 pages take two bytes of LEB128.
  const changed = declarePages(device, 300);
  const others = (wasm: Uint8Array) =>
    wasmSections(wasm)
      .filter(({ id }) => id !== MEMORY_SECTION)
      .map(({ start, end }) => Buffer.from(wasm.subarray(start, end)).toString("hex"));
  expect(others(changed)).toEqual(others(device));
  expect(others(device).length).toBe(wasmSections(device).length - 1);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(changed)));
  expect((exports.memory as WebAssembly.Memory).buffer.byteLength).toBe(300 * 65536);
});

test("the command should write the three files, and a damaged model should be refused", async () => {
  const written = await exported("wasm", "maddness", "chain-3");
  made.push(written);
  const [wasm, model] = ["nomul.wasm", "nomul_model.bin"].map((n) => readFileSync(written.path(n)));
  const header = readFileSync(written.path("nomul_abi.h"), "utf8");
  const size = written.inputs.length / written.vector.outputs.length;
  const sound = start({ wasm, model, header });
  expect(sound.check()).toBe(0);
  expect(sound.infer(written.inputs.subarray(0, size))).toEqual(written.vector.outputs[0]);
  // Byte 16 is the first step's operator.
  for (const [byte, value] of [[16, 9]] as const) {
    const damaged = Uint8Array.from(model);
    damaged[byte] = value;
    expect(start({ wasm, model: damaged, header }).check()).not.toBe(0);
  }
});

test("an unknown kind and a file that is no image should be typed errors", async () => {
  const error = async (...args: string[]) => {
    const { code, stderr } = await nomul("export", ...args, "--json");
    return [code, JSON.parse(stderr).error.code];
  };
  expect(await error("rust", "x.nomul")).toEqual([2, "E_USAGE"]);
  expect(await error("wasm", "/no/file")).toEqual([2, "E_FILE_MISSING"]);
  expect(await error("wasm", join(import.meta.dirname, "export-wasm.test.ts"))).toEqual([
    2,
    "E_IMAGE_FORMAT",
  ]);
});

/** wasm3's sources are in no package of Debian; .ci/run takes them from one of npm's. */
const wasm3 = process.env.NOMUL_WASM3;
const absent =
  wasm3 && existsSync(join(wasm3, "m3_env.h"))
    ? undefined
    : "set NOMUL_WASM3 to the folder of wasm3's sources";

describe.skipIf(absent)(`wasm3${absent ? ` (${absent})` : ""}`, () => {
  test.each([
    ["maddness4", "chain-mixed"],
    ["maddness", "digits-shape"],
  ])(
    "should give the bits of %s %s, in no more memory than planned",
    async (operator, id) => {
      const written = await exported("wasm", operator, id);
      made.push(written);
      const program = await build("wasm3", written, { WASM3: wasm3! });
      const stdout = await feed(program, [written.path("")], written.inputs);
      expect(printed(stdout)).toEqual(written.vector.outputs);
    },
    120_000,
  );
});
