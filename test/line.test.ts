/** Nothing is lost: the real gateware behind lines that harm bytes in every way. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPort, type Port } from "../host/link/port.ts";
import { runTrials, trialLines } from "./line-trials.ts";

const SEED = Number(process.env.NOMUL_SEED ?? 5);
const TRIALS = 300;

let port: Port;

beforeAll(async () => {
  port = await openPort("sim:icebreaker", { baudRate: 3_000_000 });
});

afterAll(async () => {
  await port?.close();
});

describe(`${TRIALS} transfers over harmed lines (seed ${SEED})`, () => {
  test("should each end with the exact image or a typed error, in time", async () => {
    const startMs = performance.now();
    const counts = await runTrials(port, { seed: SEED, count: TRIALS, largeOneIn: 40 });
    const { resumed, steppedDown, retransmissions, frames, slowestSeconds } = counts;
    const seconds = (performance.now() - startMs) / 1000;
    process.stderr.write(
      `seed ${SEED}, ${TRIALS} transfers in ${seconds.toFixed(1)} s, slowest ${slowestSeconds.toFixed(1)} s; ` +
        `${frames} frames, ${retransmissions} sent again; ${steppedDown} stepped down, ${resumed} resumed\n` +
        `  ${trialLines(counts).join("\n  ")}\n`,
    );
    // Without these the lines would have been too good to prove anything.
    expect(steppedDown).toBeGreaterThan(5);
    expect(resumed).toBeGreaterThan(20);
    expect(retransmissions).toBeGreaterThan(200);
  }, 300_000);
});
