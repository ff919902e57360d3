/** Power cuts in every operation of every kind of change, with an image of several sectors. */
import { Random } from "../host/fit/random.ts";
import { loadBoard } from "../host/index.ts";
import type { Progress } from "../host/report/progress.ts";
import { thousands } from "../host/report/table.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import {
  boardWith,
  countText,
  cutEverywhere,
  rollBackTo,
  threeImages,
  update,
} from "../test/power-cut.ts";

/** @param share below 1: a small image, a quarter of the operations */
export async function soakPower(seed: number, share: number, progress: Progress) {
  const board = loadBoard("icebreaker");
  const { path } = await buildSimulator(board);
  const random = new Random(seed);
  const { first, second, third } = threeImages(share < 1 ? "outputs-1" : "chain-3");
  const changes = [
    { kept: [], change: update(undefined, first) },
    { kept: [first], change: update(first, second) },
    { kept: [first, second], change: update(second, third) },
    { kept: [first, second], change: rollBackTo(second, first) },
  ];
  const sum = { cut: 0, old: 0, new: 0, neither: 0 };
  for (const [i, { kept, change }] of changes.entries()) {
    progress.update("power cuts", i / changes.length);
    const device = boardWith(new Machine(path), kept);
    const counts = cutEverywhere(device, change, board.flash.userOffset!, random);
    process.stderr.write(`  ${countText(change, counts)}\n`);
    sum.cut += counts.cut;
    sum.old += counts.old;
    sum.new += counts.new;
    sum.neither += counts.neither;
  }
  progress.end();
  return {
    ok: sum.neither === 0,
    sum:
      `${thousands(sum.cut)} power cuts: ${thousands(sum.old)} old image, ` +
      `${thousands(sum.new)} new image, ${sum.neither} neither`,
  };
}
