/** Fast stepping (one evaluation a cycle, patched runtime) against CXXRTL as it is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { packImage, readImage } from "../host/index.ts";
import { type CommandName, commandCode, encodeFrame, FrameReader } from "../host/link/frame.ts";
import { packageRoot } from "../host/package-root.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";

const BUILD_MS = 600_000;
const board = loadBoard("icebreaker");
const seed = Date.now() & 0x7fffffff;

let fast: string;
let reference: string;

beforeAll(async () => {
  fast = (await buildSimulator(board)).path;
  reference = (await buildSimulator(board, { reference: true })).path;
}, BUILD_MS);

/** xorshift32: bytes that differ from run to run and can be had again from the printed seed. */
function random(state: number): () => number {
  let x = state || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

const u32 = (value: number) => Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);

let sequence = 0;
const frame = (command: CommandName, argument: number, data = new Uint8Array(0)) =>
  encodeFrame({
    command: commandCode[command],
    status: undefined,
    session: 0x1234,
    sequence: sequence++ & 0xffff,
    argument,
    data,
  });

/** Frames that write and read both memories, then noise, then a frame again. */
function stimulus(): Uint8Array[] {
  const next = random(seed);
  const block = (count: number) => Uint8Array.from({ length: count }, () => next());
  return [
    frame("HELLO", 0),
    frame("BEGIN", 3000, u32(1024)),
    frame("DATA", 0, block(200)),
    frame("DATA", 1024, block(64)),
    frame("DIGEST", 0, u32(3000)),
    block(40),
    frame("COMMIT", 0),
    frame("STATUS", 0),
  ];
}

const vectorFile: VectorFile = JSON.parse(
  readFileSync(join(packageRoot, "test/vectors/maddness.json"), "utf8"),
);

/** Frames that store the image of a vector and run it on inputs the device makes. */
function engineStimulus(id: string, runs: number): Uint8Array[] {
  const vector = vectorFile.vectors.find((v) => v.id === id)!;
  const image = readImage(
    packImage(toProgram("maddness", vector), {
      manifest: { tool: "test" },
      goldenInputs: toInputs(vector),
    }),
  );
  const blocks = Array.from({ length: Math.ceil(image.device.length / 1024) }, (_, n) =>
    frame("DATA", n * 1024, image.device.subarray(n * 1024, (n + 1) * 1024)),
  );
  return [
    frame("BEGIN", image.device.length, u32(image.tableOffset)),
    ...blocks,
    frame("COMMIT", image.deviceCrc),
    frame("SELFTEST", seed, u32(runs)),
  ];
}

interface Trace {
  levels: Uint8Array;
  bytes: number[];
  phaseCycles: number;
}

/** Levels of tx and busy after every single cycle. */
function trace(path: string, cycles: number, chunks: Uint8Array[]): Trace {
  const machine = new Machine(path);
  const levels = new Uint8Array(cycles);
  const bytes: number[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    const silent = machine.run(1) === "silent";
    // The first time when the device has started.
    if (silent) machine.push(chunks.shift() ?? Uint8Array.of(0));
    levels[cycle] = machine.levels;
    if (cycle % 1000 === 0) bytes.push(...machine.pop());
  }
  bytes.push(...machine.pop());
  return { levels, bytes, phaseCycles: machine.cycles - machine.generalCycles };
}

describe("fast stepping", () => {
  test("gives the levels of two-edge stepping in every cycle", () => {
    console.log(`seed ${seed}`);
    sequence = 0;
    const expected = trace(reference, 120_000, stimulus());
    sequence = 0;
    const actual = trace(fast, 120_000, stimulus());
    const difference = actual.levels.findIndex((level, i) => level !== expected.levels[i]);
    expect(difference).toBe(-1);
    expect(actual.bytes).toEqual(expected.bytes);
    // An idle line would be equal, too: the device must have answered all the frames.
    const replies = new FrameReader().push(Uint8Array.from(actual.bytes));
    expect(replies.map((reply) => reply.command)).toEqual(
      ["HELLO", "BEGIN", "DATA", "DATA", "DIGEST", "COMMIT", "STATUS"].map(
        (name) => commandCode[name as CommandName],
      ),
    );
  });

  test("gives them while the engine runs, too", () => {
    console.log(`seed ${seed}`);
    const cycles = 600_000;
    sequence = 0;
    const chunks = engineStimulus("chain-3", 300);
    const expected = trace(reference, cycles, [...chunks]);
    const actual = trace(fast, cycles, [...chunks]);
    const difference = actual.levels.findIndex((level, i) => level !== expected.levels[i]);
    expect(difference).toBe(-1);
    expect(actual.bytes).toEqual(expected.bytes);
    const replies = new FrameReader().push(Uint8Array.from(actual.bytes));
    expect(replies).toHaveLength(chunks.length);
    expect(replies.at(-1)).toMatchObject({ command: commandCode.SELFTEST, status: 0 });
    // Covered are the phases, not only the general cycle.
    expect(actual.phaseCycles).toBeGreaterThan(50_000);
  });

  test("takes the cycles of a self-test in the phases compiled for them", () => {
    const machine = new Machine(fast);
    const chunks = engineStimulus("digits-shape", 100);
    for (const chunk of [new Uint8Array(0), ...chunks.slice(0, -1)]) {
      machine.push(chunk);
      while (machine.run(100_000) !== "silent") machine.pop();
    }
    machine.push(chunks.at(-1)!);
    machine.run(50_000); // the frame itself
    const { cycles, generalCycles } = machine;
    machine.run(100_000);
    expect(machine.levels & 2).toBe(2);
    expect((machine.generalCycles - generalCycles) / (machine.cycles - cycles)).toBeLessThan(0.1);
  });
});
