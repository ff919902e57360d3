/**
 * `npm run bench:speed`: layers of tables against the products they stand for, and start-up, as tables on stdout.
 * `node dist/bench/speed/main.js [threads] [rounds]`: onnxruntime-web's threads are chosen once a process. Start-up
 * is measured with one thread only.
 */
import { Random } from "../../host/fit/random.ts";
import { createBatchRuntime, createThreadedBatchRuntime } from "../../host/index.ts";
import { textTable } from "../../host/report/table.ts";
import { checkOutputs, drawnLayer, layerImage, type Shape } from "./layer.ts";
import {
  clockChain,
  clockChainClocks,
  paired,
  processorClock,
  ratios,
  type Spread,
  spread,
  wallClock,
} from "./paired.ts";
import { installPeers, openOrt, openTfjs } from "./peers.ts";
import { startUp } from "./start-up.ts";

const N = 16384;
const SEED = 1;
const shapes: readonly (readonly [Shape, int8: number, f32: number])[] = [
  [[512, 100, 16], 30, 80],
  [[512, 100, 64], 7, 20],
  [[128, 128, 16], 8, 25],
];
const threads = Number(process.argv[2] ?? 1);
const rounds = Number(process.argv[3] ?? 31);

const fixed = (s: Spread, digits: number) =>
  `${s.median.toFixed(digits)} (${s.quartiles.map((q) => q.toFixed(digits)).join("..")})`;

const head = [
  ...[
    "D, M, C, rows",
    "nomul ms",
    "10^9 look-ups/s",
    "a clock",
    "ORT int8 ms",
    "× (asked)",
    "ORT f32 ms",
  ],
  ...["×", "tfjs f32 ms", "× (asked)"],
];

installPeers();
const ort = await openOrt(threads);
const tfjs = await openTfjs();

async function row([shape, int8Asked, f32Asked]: (typeof shapes)[number]): Promise<string[][]> {
  const [D, M, C] = shape;
  const random = new Random(SEED);
  const image = layerImage(drawnLayer(random, shape));
  const rows = Uint8Array.from({ length: N * D }, () => random.below(256));
  const floats = Float32Array.from(rows, (x) => x / 256);
  const weights = Float32Array.from({ length: D * M }, () => random.uniform() - 0.5);
  const bytes = Uint8Array.from({ length: D * M }, () => random.below(256));
  const runtime = createBatchRuntime(image);
  const inPlace =
    threads === 1
      ? createBatchRuntime(image, { capacity: N })
      : await createThreadedBatchRuntime(image, { threads, capacity: N });
  inPlace.rows.set(rows);
  const out = new Int16Array(N * M);
  checkOutputs(image, rows, runtime.infer(rows));
  inPlace.run(N);
  checkOutputs(image, rows, inPlace.outputs);
  const sizes = [N, D, M] as const;
  const product = await tfjs.product(sizes, floats, weights);
  const times = await paired(
    {
      clock: clockChain,
      copied: () => runtime.infer(rows, out),
      nomul: () => inPlace.run(N),
      int8: await ort.product("MatMulInteger", sizes, rows, bytes),
      f32: await ort.product("MatMul", sizes, floats, weights),
      tfjs: product.run,
    },
    rounds,
    6,
    threads === 1 ? processorClock : wallClock,
  );
  const lookups = N * M * C;
  const lines = [
    [threads === 1 ? "in place" : `shared, ${threads} threads`, times.nomul],
    ["copied, one thread", times.copied],
  ] as const;
  return lines.map(([which, ours]) => {
    const against = (theirs: readonly number[], asked?: number) =>
      `${fixed(ratios(ours, theirs), 1)}${asked ? `, ≥ ${asked}` : ""}`;
    const perClock = ours.map((ms, i) => lookups / ms / (clockChainClocks / times.clock[i]));
    return [
      `${shape.join(", ")}, ${which}`,
      fixed(spread(ours), 2),
      fixed(spread(ours.map((ms) => lookups / ms / 1e6)), 1),
      fixed(spread(perClock), 1),
      fixed(spread(times.int8), 1),
      against(times.int8, int8Asked),
      fixed(spread(times.f32), 1),
      against(times.f32),
      fixed(spread(times.tfjs), 1),
      against(times.tfjs, f32Asked),
    ];
  });
}

const table: string[][] = [];
for (const shape of shapes) {
  process.stderr.write(`${shape[0].join(" × ")} …\n`);
  table.push(...(await row(shape)));
}
process.stdout.write(
  `${threads} thread(s), ${rounds} rounds, ${threads === 1 ? "processor" : "wall"} time\n${textTable([head, ...table])}\n`,
);
if (threads === 1) {
  const startHead = ["contestant", "first result, ms", "bytes of Wasm", "bytes of JavaScript"];
  process.stdout.write(`\n${textTable([startHead, ...startUp()])}\n`);
}
process.exit(0);
