/**
 * `npm run prove`: proves parts of the gateware equal to their definitions, for all inputs. A line a
 * proof on stdout as it ends. `node dist/test/prove/main.js [--json] [name …]`
 */
import { cover, formalSources, prove, refute } from "./check.ts";
import type { Proof } from "./proof.ts";
import { proofs } from "./proofs.ts";

const names = process.argv.slice(2).filter((argument) => argument !== "--json");
const json = process.argv.includes("--json");
const chosen = names.length ? proofs.filter(({ name }) => names.includes(name)) : proofs;
if (chosen.length < names.length) {
  process.stderr.write(`proofs are: ${proofs.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}

const files = formalSources();

async function run(proof: Proof) {
  const { inductionClocks: clocks } = proof;
  const start = performance.now();
  process.stderr.write(`${proof.name} …\n`);
  const answer = await prove(proof, files);
  const reached = await cover(proof, files);
  const missed = [];
  for (const mutant of proof.mutants) {
    process.stderr.write(`${proof.name}: ${mutant.to}\n`);
    if (!(await refute(proof, mutant, files))) missed.push(mutant);
  }
  return {
    name: proof.name,
    claim: proof.claim,
    method: `all inputs, all time: induction over ${clocks} clock${clocks === 1 ? "" : "s"}`,
    proved: answer === "proved",
    answer,
    reached,
    mutants: proof.mutants.length,
    missed,
    seconds: Math.round((performance.now() - start) / 100) / 10,
  };
}

const results = [];
for (const proof of chosen) {
  const result = await run(proof);
  results.push(result);
  if (json) continue;
  const verdict = result.proved ? `proved (${result.method})` : `NOT PROVED (${result.answer})`;
  const refuted = result.mutants - result.missed.length;
  process.stdout.write(
    `${result.name}: ${result.claim}: ${verdict}, ${refuted} of ${result.mutants} mutants refuted, ` +
      `${result.reached ? "cover reached" : "COVER NOT REACHED"}, ${result.seconds} s\n`,
  );
  for (const { file, from, to } of result.missed) {
    process.stdout.write(`  not refuted: ${file}: ${from} → ${to}\n`);
  }
}

const sound = results.filter((r) => r.proved && r.reached && r.missed.length === 0).length;
const seconds = Math.round(results.reduce((sum, r) => sum + r.seconds, 0));
if (json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
else process.stdout.write(`${sound} of ${results.length} proved, ${seconds} s\n`);
process.exitCode = sound === results.length ? 0 : 1;
