/**
 * program_check against images that lie. What it accepts must keep the kernels inside: everything but
 * arena and accumulators stays as it was, and what lies around the image's parts cannot be seen in
 * the outputs. That is what firmware without checks of each access stands on (docs/mcu.md).
 */
import { expect, test } from "vitest";
import { Random } from "../host/fit/random.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { deviceWasm } from "../host/runtime/wasm.ts";
import { encoderRecord, programHeader, stepDescriptor } from "../host/spec/image.ts";
import { vectorFile } from "./exported.ts";
import { endlessSteps, lies } from "./lies.ts";
import { toProgram } from "./vectors/format.ts";

const SEED = Number(process.env.NOMUL_SEED ?? 20_241_123);
const MUTANTS = Number(process.env.NOMUL_MUTANTS ?? 10_000);
const OK = 0;
const GAP = 4096;
const ARENA = 300;
const OUTPUTS = 64;

const imageOf = (operator: "maddness" | "maddness4", id: string): TableImage => {
  const vector = vectorFile(operator).vectors.find((v) => v.id === id)!;
  return readImage(packImage(toProgram(operator, vector), { manifest: { tool: "test" } }));
};
const images = [
  imageOf("maddness", "chain-3"),
  imageOf("maddness", "requantise-random"),
  imageOf("maddness4", "chain-mixed"),
];

interface Kernels {
  memory: WebAssembly.Memory;
  program_check(device: number, bytes: number, arena: number, outputs: number): number;
  program_load(device: number, arena: number, input: number): void;
  program_run(device: number, arena: number, accumulators: number, steps: number): number;
  program_outputs(device: number, arena: number): number;
  program_output_elements(device: number): number;
}

const align = (n: number) => (n + 7) & ~7;

/** Memory with a gap around every part, all of it filled with one byte. */
class Bench {
  readonly #kernels: Kernels;
  readonly #accumulators = GAP;
  readonly #arena = this.#accumulators + 4 * OUTPUTS + GAP;
  readonly #input = align(this.#arena + 2 * ARENA) + GAP;
  readonly #device = this.#input + 2 * ARENA + GAP;

  constructor() {
    const module = new WebAssembly.Module(Uint8Array.from(deviceWasm()));
    this.#kernels = new WebAssembly.Instance(module).exports as unknown as Kernels;
    this.#kernels.memory.grow(4);
  }

  check(device: Uint8Array): number {
    this.#place(device, 0);
    return this.#kernels.program_check(this.#device, device.length, ARENA, OUTPUTS);
  }

  /** The same at the very end of memory, where one byte more is a trap. */
  checkAtEnd(device: Uint8Array): number {
    const bytes = this.#place(device, 0);
    const at = bytes.length - device.length;
    bytes.set(device, at);
    return this.#kernels.program_check(at, device.length, ARENA, OUTPUTS);
  }

  /** One inference. @returns outputs, and the first byte that changed although it must not */
  run(device: Uint8Array, filler: number) {
    const bytes = this.#place(device, filler);
    const before = bytes.slice();
    const { program_load, program_run, program_outputs, program_output_elements } = this.#kernels;
    program_load(this.#device, this.#arena, this.#input);
    const status = program_run(this.#device, this.#arena, this.#accumulators, 0);
    const from = program_outputs(this.#device, this.#arena);
    const count = program_output_elements(this.#device);
    const outputs = [...bytes.slice(from, from + 2 * count)];
    before.set(bytes.subarray(this.#arena, this.#arena + 2 * ARENA), this.#arena);
    const sums = this.#accumulators;
    before.set(bytes.subarray(sums, sums + 4 * OUTPUTS), sums);
    return { status, outputs, unharmed: Buffer.compare(bytes, before) === 0 };
  }

  #place(device: Uint8Array, filler: number): Uint8Array {
    const bytes = new Uint8Array(this.#kernels.memory.buffer).fill(filler);
    bytes.fill(0, this.#arena, this.#arena + 2 * ARENA);
    for (let i = 0; i < 2 * ARENA; i++) bytes[this.#input + i] = i * 73;
    bytes.set(device, this.#device);
    return bytes;
  }
}

const bench = new Bench();

test("every image should be accepted as it is, and every lie refused", () => {
  for (const image of images) {
    expect(bench.check(image.device)).toBe(OK);
    const accepted = lies(image, ARENA).filter(({ device }) => bench.check(device) === OK);
    expect(accepted.map(({ name }) => name)).toEqual([]);
  }
});

test("the check itself should read nothing behind the image", () => {
  for (const image of images) {
    expect(bench.checkAtEnd(image.device)).toBe(OK);
    for (const { device } of lies(image, ARENA)) expect(bench.checkAtEnd(device)).not.toBe(OK);
  }
  const endless = endlessSteps();
  expect(bench.checkAtEnd(endless)).not.toBe(OK);
  // The steps are sound: as many as there are, are accepted.
  new DataView(endless.buffer).setUint16(0, 4, true);
  expect(bench.checkAtEnd(endless)).toBe(OK);
});

/** Changes fields where the program is, at times a whole word, to values near limits or to any. */
function mutant(random: Random, image: TableImage): Uint8Array {
  const device = Uint8Array.from(image.device);
  const view = new DataView(device.buffer);
  const encoders = encoderRecord.bytes * 4;
  const program = programHeader.bytes + image.steps.length * stepDescriptor.bytes;
  for (let n = 1 + random.below(3); n > 0; n--) {
    const at = 2 * random.below((program + encoders) / 2);
    const old = view.getUint16(at, true);
    const near = [old + random.below(17) - 8, random.below(64), old ^ (1 << random.below(16))];
    view.setUint16(at, (near[random.below(4)] ?? random.next()) & 0xffff, true);
  }
  return device;
}

test(`what is accepted should stay inside (seed ${SEED}, ${MUTANTS} mutants)`, () => {
  console.error(`seed ${SEED}`);
  const random = new Random(SEED);
  let accepted = 0;
  for (let i = 0; i < MUTANTS; i++) {
    const image = images[random.below(images.length)];
    const device = mutant(random, image);
    if (bench.check(device) !== OK) continue;
    accepted++;
    const [first, second] = [bench.run(device, 0x00), bench.run(device, 0xa5)];
    const where = `mutant ${i}`;
    expect([where, first.status, first.unharmed]).toEqual([where, OK, true]);
    expect([where, second.unharmed, second.outputs]).toEqual([where, true, first.outputs]);
  }
  // Both outcomes are common, or the mutants prove nothing.
  expect(accepted).toBeGreaterThan(MUTANTS / 20);
  expect(accepted).toBeLessThan(MUTANTS * 0.9);
}, 60_000);
