/**
 * `npm run soak`: the long proofs, side by side. Ends with one line of counts.
 * `node dist/bench/soak.js [seed] [share] [stage]`: a share of 0.01 does a hundredth of transfers and
 * frames; a stage is done alone.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Progress } from "../host/report/progress.ts";
import { soakDigits } from "./soak-digits.ts";
import { soakFuzz } from "./soak-fuzz.ts";
import { soakLine } from "./soak-line.ts";
import { soakPower } from "./soak-power.ts";

const TRANSFERS = 10_000;
const FRAMES = 1_000_000;

interface Outcome {
  readonly ok: boolean;
  readonly sum: string;
}

type Stage = (seed: number, share: number, progress: Progress) => Promise<Outcome>;

/** One half of the transfers: each process has a board of its own. */
const transfers =
  (half: number): Stage =>
  async (seed, share, progress) => {
    const count = Math.ceil((TRANSFERS * share) / 2);
    return { ok: true, sum: await soakLine(seed, half * count, count, progress) };
  };

const stages: Readonly<Record<string, Stage>> = {
  digits: (seed, _, progress) => soakDigits(seed, progress),
  line: transfers(0),
  "line-2": transfers(1),
  fuzz: async (seed, share, progress) => ({
    ok: true,
    sum: await soakFuzz(seed, Math.ceil(FRAMES * share), progress),
  }),
  power: soakPower,
};
/** About as long as each other: transfers mostly wait, the rest mostly computes. */
const lanes = [["line"], ["line-2"], ["digits", "power", "fuzz"]];

/** A stage in a process of its own: fuzzing leaves its event loop no time. */
function alone(stage: string): Promise<Outcome> {
  return new Promise((resolve) => {
    // A stage that failed has said why; the others go on.
    let outcome: Outcome = { ok: false, sum: `${stage} FAILED` };
    const child = fork(fileURLToPath(import.meta.url), [String(seed), String(share), stage]);
    child.on("message", (message: Outcome) => {
      outcome = message;
    });
    child.on("close", () => resolve(outcome));
  });
}

const [seedText = "1", shareText = "1", only] = process.argv.slice(2);
const seed = Number(seedText);
const share = Number(shareText);

if (only !== undefined) {
  const outcome = await stages[only](seed, share, new Progress());
  if (process.send) process.send(outcome);
  else process.stdout.write(`soak ${only}, seed ${seed}: ${outcome.sum}\n`);
  process.exitCode = outcome.ok ? 0 : 9;
} else {
  const startMs = performance.now();
  process.stderr.write(`seed ${seed}, share ${share}\n`);
  const outcomes = await Promise.all(
    lanes.map(async (lane) => {
      const done: Outcome[] = [];
      for (const stage of lane) {
        const outcome = await alone(stage);
        process.stderr.write(`${stage}: ${outcome.sum}\n`);
        done.push(outcome);
      }
      return done;
    }),
  );
  const all = outcomes.flat();
  const minutes = Math.round((performance.now() - startMs) / 60_000);
  process.stdout.write(
    `soak, seed ${seed}, ${minutes} min: ${all.map(({ sum }) => sum).join("; ")}\n`,
  );
  process.exitCode = all.every(({ ok }) => ok) ? 0 : 9;
}
