/**
 * `npm run bench:speed -- [rounds]`: one layer over 16,384 rows against other Wasm runtimes' matrix
 * products, in turn in one process; medians and spread, as Markdown. The peers are installed beside the
 * build when they are missing.
 */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";
import { thousands } from "../../host/report/table.ts";
import { installPeers } from "./peers.ts";

const rounds = Number(process.argv[2] ?? 15);
const N = 16384;
/** Shape, and by how much onnxruntime-web int8 and tfjs f32 were to be beaten on one thread. */
const shapes = [
  { D: 512, M: 100, C: 16, int8: 30, f32: 80 },
  { D: 512, M: 100, C: 64, int8: 7, f32: 20 },
  { D: 128, M: 128, C: 16, int8: 8, f32: 25 },
] as const;

interface Figures {
  readonly name: string;
  readonly runtimeBytes: number;
  readonly firstMs: number;
  readonly ms: readonly number[];
}

function measure(which: string, ...numbers: readonly number[]): Figures[] {
  const script = join(packageRoot, "dist/bench/speed/measure.js");
  const args = [script, which, ...numbers.map(String)];
  const text = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 24,
  });
  return JSON.parse(text.slice(text.indexOf("[{"))) as Figures[];
}

const quantile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

const line = (...cells: readonly (string | number)[]) =>
  process.stdout.write(`| ${cells.join(" | ")} |\n`);

installPeers();
const cpu = cpus();
process.stdout.write(
  `Node ${process.version}, ${cpu.length} × ${cpu[0].model.trim()}; ${rounds} rounds of 50 ms each.\n\n`,
);
line(
  "D, M, C",
  "threads",
  "runtime",
  "ms, median",
  "middle half",
  "× nomul",
  "asked",
  "10⁹ look-ups/s",
);
line(..."        ".split("").map(() => "---"));
for (const { D, M, C, int8, f32 } of shapes) {
  for (const threads of [1, 2]) {
    process.stderr.write(`${D}, ${M}, ${C} on ${threads} …\n`);
    const all = measure("all", D, M, C, threads, rounds);
    const medians = all.map(({ ms }) => quantile(ms, 0.5));
    const best = medians[0] < medians[1] ? 0 : 1;
    all.forEach(({ name, ms }, i) => {
      const spread = `${quantile(ms, 0.25).toFixed(2)}..${quantile(ms, 0.75).toFixed(2)}`;
      const ratios = ms.map((t, round) => t / all[best].ms[round]);
      const asked =
        threads > 1 ? "" : name.endsWith("int8") ? int8 : name.startsWith("tfjs") ? f32 : "";
      const ratio = i < 2 ? "" : quantile(ratios, 0.5).toFixed(1);
      const rate = i < 2 ? ((N * M * C) / medians[i] / 1e6).toFixed(1) : "";
      line(`${D}, ${M}, ${C}`, threads, name, medians[i].toFixed(2), spread, ratio, asked, rate);
    });
  }
}
process.stdout.write("\n");
line("runtime", "bytes", "first result after start of the process, ms");
line("---", "---", "---");
for (const which of ["nomul", "ort-int8", "ort-f32", "tfjs-f32"]) {
  const runs = Array.from({ length: 5 }, () => measure(which, 512, 100, 16, 1, 0)[0]);
  const first = quantile(
    runs.map(({ firstMs }) => firstMs),
    0.5,
  );
  line(runs[0].name, thousands(runs[0].runtimeBytes), first.toFixed(0));
}
