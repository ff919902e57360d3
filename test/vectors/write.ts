/** Writes the expected outputs of all cases, by the definition. With --check it only compares. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../host/package-root.ts";
import { inferProgram } from "../../host/reference/program.ts";
import { type Case, toInputs, toProgram, type VectorFile } from "./format.ts";
import { maddnessCases } from "./maddness.cases.ts";
import { maddness4Cases } from "./maddness4.cases.ts";

const cases: readonly { operator: VectorFile["operator"]; cases: readonly Case[] }[] = [
  { operator: "maddness", cases: maddnessCases },
  { operator: "maddness4", cases: maddness4Cases },
];

let stale = 0;
for (const { operator, cases: list } of cases) {
  const file: VectorFile = {
    schema: 1,
    operator,
    vectors: list.map((c) => {
      const program = toProgram(operator, c);
      return { ...c, outputs: toInputs(c).map((x) => [...inferProgram(program, x).at(-1)!]) };
    }),
  };
  const text = `{"schema":1,"operator":"${operator}","vectors":[\n${file.vectors
    .map((v) => JSON.stringify(v))
    .join(",\n")}\n]}\n`;
  const path = join(packageRoot, `test/vectors/${operator}.json`);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (process.argv.includes("--check")) {
    console.error(
      `test/vectors/${operator}.json is stale: run "npm run generate" and read the diff`,
    );
    stale++;
  } else {
    writeFileSync(path, text);
    console.error(`wrote test/vectors/${operator}.json`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
