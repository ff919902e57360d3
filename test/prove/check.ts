/** Proves, refutes and covers, with the SAT solver of npm's Yosys. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readGateware } from "../../host/board/gateware.ts";
import { NomulError } from "../../host/errors.ts";
import { packageRoot } from "../../host/package-root.ts";
import type { Mutant, Proof } from "./proof.ts";
import { yosys } from "./yosys.ts";

type Files = Readonly<Record<string, string>>;

/** Gateware and definitions: file name → Verilog text. */
export function formalSources(): Files {
  const folder = join(packageRoot, "firmware-bridge", "formal");
  const formal = readdirSync(folder).map((name) => [
    name,
    readFileSync(join(folder, name), "utf8"),
  ]);
  return { ...readGateware().files, ...Object.fromEntries(formal) };
}

/**
 * The sources with one fault in them.
 * @throws NomulError E_BUILD_FAILED unless the text to replace is there exactly once
 */
export function mutate(files: Files, { file, from, to }: Mutant): Files {
  const parts = files[file].split(from);
  if (parts.length !== 2) {
    throw new NomulError("E_BUILD_FAILED", `"${from}" is there ${parts.length - 1} times`, {
      where: file,
      next: "Choose a text for the mutant that the file has exactly once.",
    });
  }
  return { ...files, [file]: parts.join(to) };
}

function design({ name, sources, connections = [] }: Proof): string {
  return [
    `read_verilog -formal -I. ${name}_proof.v ${sources.join(" ")}`,
    `hierarchy -check -top ${name}_proof`,
    "proc",
    "flatten",
    // A mutant may leave a register unused, which is to be shown all the same.
    // In a selection the brackets of an element's name would stand for a choice of characters.
    ...connections.map(([, driver]) => `setattr -set keep 1 w:${driver.replace(/[[\]]/g, "?")} %%`),
    "opt",
    "memory_collect",
    "techmap -autoproc -map memory_word.v",
    "select -assert-none t:$mem*",
    ...connections.map(([driven, driver]) => `connect -set ${driven} ${driver}`),
    "chformal -lower",
    "opt_clean",
    // Also finds wires that the prover should have connected.
    "check -assert",
  ].join("; ");
}

type Answer = "proved" | "refuted" | "open";

/** Lines with which the `sat` command ends. */
const answers: readonly [line: string, answer: Answer][] = [
  ["Induction step proven: SUCCESS!", "proved"],
  ["no model found: SUCCESS!", "proved"],
  ["model found for base case: FAIL!", "refuted"],
  ["SAT proof finished - model found: FAIL!", "refuted"],
  ["Reached maximum number of time steps", "open"],
];

async function ask(proof: Proof, files: Files, options: string): Promise<Answer> {
  const log = await yosys(`${design(proof)}; sat -set-assumes ${options}`, files);
  const found = answers.filter(([line]) => log.includes(line));
  if (found.length !== 1) {
    throw new NomulError("E_BUILD_FAILED", `no single answer in: ${log.slice(-600)}`, {
      where: "Yosys sat",
      next: "Report this log.",
    });
  }
  return found[0][1];
}

/** Whether all assertions hold in all clocks: by induction, of which shorter ones are not tried. */
export const prove = (proof: Proof, files = formalSources()): Promise<Answer> => {
  const { inductionClocks: clocks } = proof;
  return ask(
    proof,
    files,
    `-tempinduct -initsteps ${clocks - 1} -maxsteps ${clocks} -prove-asserts`,
  );
};

/** Whether the proof notices the mutant. */
export async function refute(proof: Proof, mutant: Mutant, files = formalSources()) {
  const mutated = mutate(files, mutant);
  if (mutant.deep) return (await prove(proof, mutated)) !== "proved";
  // Clock by clock: a fault shows early, and each clock alone is a small problem.
  const options = `-tempinduct-baseonly -maxsteps ${proof.shallowClocks} -prove-asserts`;
  return (await ask(proof, mutated, options)) === "refuted";
}

/** Whether `reached_o` can be 1 with all assumptions met: if not, the proof says nothing. */
export async function cover(proof: Proof, files = formalSources()) {
  return (await ask(proof, files, `-seq ${proof.shallowClocks} -prove reached_o 0`)) === "refuted";
}
