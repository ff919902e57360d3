import type { Device } from "nomul";
import { openDevice } from "nomul/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";

let device: Device;

beforeAll(async () => {
  device = await openDevice(); // NOMUL_PORT, or the simulated board
});

afterAll(() => device?.close());

test("the board computes the image's bits", async () => {
  await expect(device).toMatchBits("gestures.nomul", { selfTestVectors: 5000, seed: 42 });
});
