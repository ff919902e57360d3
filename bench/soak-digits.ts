/** The demo's own tables: vectors over the link and a million of the self-test. */
import { loadDigits } from "../examples/digits/data.ts";
import { trainDigits } from "../examples/digits/train.ts";
import { Device, flashImage, openPort, packImage, readImage, verifyDevice } from "../host/index.ts";
import type { Progress } from "../host/report/progress.ts";
import { thousands } from "../host/report/table.ts";

const SELFTEST_VECTORS = 1_000_000;
const VECTORS = 2000;

/** @returns whether all bits are equal, and the sum in one line */
export async function soakDigits(
  seed: number,
  progress: Progress,
): Promise<{ ok: boolean; sum: string }> {
  const { train, test } = loadDigits(seed);
  const trained = trainDigits(train, { seed, onProgress: (s, f) => progress.update(s, f) });
  const inputs = Array.from({ length: VECTORS }, (_, i) =>
    test.pixels.subarray(i * 784, (i + 1) * 784),
  );
  const image = readImage(
    packImage({ inputType: "u8", layers: trained.layers }, { manifest: { tool: "soak" } }),
  );
  const port = await openPort("sim:icebreaker", { onProgress: (text) => progress.busy(text) });
  const device = await Device.open(port);
  await flashImage(device, image);
  const result = await verifyDevice(device, image, {
    inputs,
    selfTestVectors: SELFTEST_VECTORS,
    seed,
    onProgress: (stage, done, total) => progress.update(stage, done / total),
  });
  await port.close();
  const sum =
    `${thousands(result.vectors)} vectors over the link, ${result.differingBits} differing bits; ` +
    `${thousands(result.selfTestVectors)} self-test vectors, CRCs ${result.selfTestOk ? "equal" : "DIFFER"}; ` +
    `${result.memoryFaults.length} memory faults`;
  return { ok: result.ok, sum };
}
