#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { exitCodes } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { addBoards } from "./boards.ts";
import { addBuild } from "./build.ts";
import { addDoctor } from "./doctor.ts";
import { addExport } from "./export.ts";
import { addFit } from "./fit.ts";
import { addFlash } from "./flash.ts";
import { addInspect } from "./inspect.ts";
import { addPorts } from "./ports.ts";
import { addReport } from "./report.ts";
import { addRollback } from "./rollback.ts";
import { addRun } from "./run.ts";
import { addSim } from "./sim.ts";
import { addVerify } from "./verify.ts";

const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));

const program = new Command("nomul")
  .description("Neural networks without multiplying: learn tables, run them, prove the bits.")
  .version(version)
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false })
  .exitOverride()
  .addHelpText(
    "after",
    `
Exit codes: 0 done, 1 internal, 2 usage or bad file, 3 no device, 4 ambiguous, 5 no permission or busy,
6 version mismatch, 7 link failed, 8 device memory or image is not right, 9 output bits differ,
130 interrupted.`,
  );

for (const add of [
  addFit,
  addInspect,
  addRun,
  addReport,
  addFlash,
  addRollback,
  addVerify,
  addSim,
  addBuild,
  addExport,
  addBoards,
  addPorts,
  addDoctor,
]) {
  add(program);
}
// Sub-commands take the parent's settings only if they are copied to them.
for (const command of program.commands) command.copyInheritedSettings(program);

// `nomul boards | head -1`: a reader that has seen enough is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed its text already; help and version end with 0, all else is usage.
  process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}
