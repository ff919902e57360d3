/**
 * `npm run soak`: the long proofs, 1.5 hours in all. Ends with one line of counts.
 * `node dist/bench/soak.js [seed] [share]`: a share of 0.01 does a hundredth of transfers and frames.
 */
import { Progress } from "../host/report/progress.ts";
import { soakDigits } from "./soak-digits.ts";
import { soakFuzz } from "./soak-fuzz.ts";
import { soakLine } from "./soak-line.ts";

const TRANSFERS = 10_000;
const FRAMES = 1_000_000;
const seed = Number(process.argv[2] ?? 1);
const share = Number(process.argv[3] ?? 1);

const progress = new Progress();
process.stderr.write(`seed ${seed}, share ${share}\n`);
const digits = await soakDigits(seed, progress);
process.stderr.write(`${digits.sum}\n`);
const line = await soakLine(seed, Math.ceil(TRANSFERS * share), progress);
process.stderr.write(`${line}\n`);
const fuzz = await soakFuzz(seed, Math.ceil(FRAMES * share), progress);
process.stdout.write(`soak, seed ${seed}: ${[digits.sum, line, fuzz].join("; ")}\n`);
process.exitCode = digits.ok ? 0 : 9;
