/** Power fails in every operation that changes a slot: the device comes up with the old image or the new one. */
import { beforeAll, describe, expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { Random } from "../host/fit/random.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import { DirectDevice } from "./direct.ts";
import { cutEverywhere, holds, rollBackTo, run, update } from "./power-cut.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const SEED = 20261122;
const LIMIT_MS = 240_000;
const board = loadBoard("icebreaker");
const slotA = board.flash.userOffset!;
const file = vectors as unknown as VectorFile;
const vector = file.vectors.find((v) => v.id === "chain-3")!;
const program = toProgram("maddness", vector);
const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };

const imageOf = (change: (entry: number) => number): TableImage => {
  const layers = program.layers.map((l) => ({ ...l, tables: l.tables.map(change) }));
  return readImage(packImage({ ...program, layers }, options));
};
const first = imageOf((t) => t);
const second = imageOf((t) => -1 - t);
const third = imageOf((t) => t >> 1);
const bytes = first.device.length;

let wasm: string;
beforeAll(async () => {
  wasm = (await buildSimulator(board)).path;
}, LIMIT_MS);

/** A board on which these images were kept one after the other. */
function boardWith(...images: readonly TableImage[]): DirectDevice {
  const device = new DirectDevice(new Machine(wasm));
  device.powerCycle();
  images.forEach((image, i) => {
    expect(run(device, update(images[i - 1], image))).toBe("done");
  });
  device.powerCycle();
  expect(holds(device, images.at(-1))).toBe(true);
  return device;
}

describe(`power that fails in every program and erase operation (seed ${SEED})`, () => {
  const random = new Random(SEED);
  test.each([
    ["of a first flash", [], update(undefined, first)],
    ["of an update", [first], update(first, second)],
    ["of an update that overwrites the oldest image", [first, second], update(second, third)],
    ["of a roll-back", [first, second], rollBackTo(second, first)],
  ])(
    "%s should leave the old image or the new one, whole",
    (_, kept, change) => {
      const counts = cutEverywhere(boardWith(...kept), change, slotA, bytes, random);
      process.stdout.write(
        `${change.name}: ${counts.operations} operations, ${counts.cut} cuts: ` +
          `${counts.old} old kept, ${counts.new} new kept, ${counts.neither} neither\n`,
      );
      expect(counts.neither).toBe(0);
      expect(counts.cut).toBeGreaterThan(0);
      // Both ends were seen: the cuts reach from before the decisive word to behind it.
      expect(counts.old).toBeGreaterThan(0);
      expect(counts.new).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
