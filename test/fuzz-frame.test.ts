import { expect, test } from "vitest";
import { FrameReader } from "../host/link/frame.ts";
import { fuzzFrames } from "./fuzz-frame.ts";

const SEED = Number(process.env.NOMUL_SEED ?? 3);
const FRAMES = 1_000_000;

test(`the frame reader should take exactly the sound ones of ${FRAMES} hostile frames (seed ${SEED})`, () => {
  const startMs = performance.now();
  const { frames, accepted, refused } = fuzzFrames(SEED, FRAMES);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stderr.write(
    `seed ${SEED}: ${frames} frames in ${seconds} s, ${accepted} accepted, ${refused} refused\n`,
  );
  expect(accepted).toBeGreaterThan(FRAMES / 20);
  expect(refused).toBeGreaterThan(FRAMES / 2);
}, 300_000);

test("the frame reader should keep no more of an endless run than a frame is long", () => {
  const reader = new FrameReader();
  const noise = new Uint8Array(1 << 20).fill(7);
  reader.push(noise);
  global.gc?.();
  const before = process.memoryUsage();
  for (let n = 0; n < 64; n++) expect(reader.push(noise)).toEqual([]);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 << 20);
  reader.push(Uint8Array.of(0));
  expect(reader.skipped).toBe(1);
});
