import { expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import { statusCodes } from "../host/spec/link.ts";
import { fuzzGateware } from "./fuzz-gateware.ts";

const SEED = Number(process.env.NOMUL_SEED ?? 2);
const FRAMES = 20_000;

test(`the gateware should answer and write only what it accepted, under ${FRAMES} hostile frames (seed ${SEED})`, async () => {
  const { path } = await buildSimulator(loadBoard("icebreaker"));
  const startMs = performance.now();
  const { sound, byStatus, dropped, digests } = fuzzGateware(new Machine(path), SEED, FRAMES);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const counts = statusCodes.map(({ name, value }) => `${byStatus.get(value) ?? 0} ${name}`);
  process.stderr.write(
    `seed ${SEED}: ${FRAMES} frames in ${seconds} s, ${sound} sound, ${dropped} dropped while busy; ` +
      `${counts.join(", ")}; ${digests} digests compared\n`,
  );
  // Every refusal that any gateware knows must have been reached.
  for (const status of [0, 1, 2, 3, 4, 5, 6, 7])
    expect(byStatus.get(status) ?? 0).toBeGreaterThan(0);
}, 300_000);
