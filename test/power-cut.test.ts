/** Power fails in every operation that changes a slot: the device comes up with the old image or the new one. */
import { beforeAll, describe, expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { Random } from "../host/fit/random.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import {
  boardWith,
  countText,
  cutEverywhere,
  rollBackTo,
  threeImages,
  update,
} from "./power-cut.ts";

const SEED = 20261122;
const LIMIT_MS = 240_000;
const board = loadBoard("icebreaker");
const { first, second, third } = threeImages("outputs-1");

let wasm: string;
beforeAll(async () => {
  wasm = (await buildSimulator(board)).path;
}, LIMIT_MS);

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
      const device = boardWith(new Machine(wasm), kept);
      const counts = cutEverywhere(device, change, board.flash.userOffset!, random);
      process.stdout.write(`${countText(change, counts)}\n`);
      expect(counts.neither).toBe(0);
      expect(counts.cut).toBeGreaterThan(0);
      // Both ends were seen: the cuts reach from before the decisive word to behind it.
      expect(counts.old).toBeGreaterThan(0);
      expect(counts.new).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
