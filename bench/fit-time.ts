/**
 * `npm run bench:fit`: how long learning takes, and how it grows with rows N, inputs D, codebooks C and
 * outputs M. Inputs are mixtures, as real ones are, not noise. One thread, but for fine-tuning.
 */
import { fineTune } from "../host/fit/fine-tune.ts";
import { fitNetwork } from "../host/fit/fit-network.ts";
import { Random } from "../host/fit/random.ts";
import { thousands } from "../host/report/table.ts";

/** Rows of 12 random patterns that overlap. */
function mixtures(N: number, D: number): Uint8Array {
  const random = new Random(1);
  const patterns = Array.from({ length: 12 }, () =>
    Float32Array.from({ length: D }, () => Math.max(0, random.normal()) * 90),
  );
  const x = new Uint8Array(N * D);
  for (let r = 0; r < N; r++) {
    const [a, b] = [patterns[random.below(12)], patterns[random.below(12)]];
    const share = random.uniform();
    for (let d = 0; d < D; d++) {
      x[r * D + d] = Math.min(255, share * a[d] + (1 - share) * b[d] + random.below(24));
    }
  }
  return x;
}

function measure(N: number, D: number, C: number, M: number): void {
  const random = new Random(2);
  const inputs = mixtures(N, D);
  const weights = Float32Array.from({ length: D * M }, () => random.normal() / Math.sqrt(D));
  const bias = new Float32Array(M);
  const network = {
    inputType: "u8" as const,
    inputScale: 1 / 255,
    layers: [{ weights, bias, activation: "none" as const }],
  };
  let started = performance.now();
  const fitted = fitNetwork(network, { inputs }, { layers: [{ codebooks: C }] });
  const fit = (performance.now() - started) / 1000;
  const labels = Uint8Array.from({ length: N }, () => random.below(10));
  const train = Uint32Array.from({ length: N }, (_, i) => i);
  started = performance.now();
  fineTune(fitted, inputs, { labels }, { train, held: new Uint32Array(0) }, { epochs: 2 });
  const epoch = (performance.now() - started) / 2000;
  const figures = [thousands(N), D, C, M, fit.toFixed(1), epoch.toFixed(2)];
  process.stdout.write(`| ${figures.join(" | ")} |\n`);
}

process.stdout.write("| rows N | D | C | M | fit s | fine-tuning s an epoch |\n");
process.stdout.write("| --- | --- | --- | --- | --- | --- |\n");
const base = [60_000, 784, 98, 128] as const;
measure(...base);
base.forEach((n, i) => {
  const smaller = [...base] as [number, number, number, number];
  smaller[i] = Math.round(n / 2);
  measure(...smaller);
});
