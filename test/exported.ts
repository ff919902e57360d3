/** Exports as a user makes, compiles and runs them: the command, then what examples/embed/README.md says. */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { encodeInput } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { packageRoot } from "../host/package-root.ts";
import type { Program } from "../host/reference/program.ts";
import { toInputs, toProgram, type Vector, type VectorFile } from "./vectors/format.ts";

const run = promisify(execFile);
export const examples = join(packageRoot, "examples/embed");
const readme = readFileSync(join(examples, "README.md"), "utf8");

export interface ExportedCase {
  readonly vector: Vector;
  readonly program: Program;
  /** All inputs of the vector, as they travel, one row behind the other. */
  readonly inputs: Uint8Array;
  /** What the command wrote. */
  readonly folder: string;
  readonly path: (name: string) => string;
}

export const vectorFile = (operator: string): VectorFile =>
  JSON.parse(readFileSync(join(packageRoot, `test/vectors/${operator}.json`), "utf8"));

/** Runs `nomul`. @returns exit code and what it wrote */
export async function nomul(...args: string[]) {
  const main = join(packageRoot, "dist/host/cli/main.js");
  return run(process.execPath, [main, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => ({ code: Number(error.code), stdout: error.stdout, stderr: error.stderr }),
  );
}

/** Exports the image of a conformance vector. */
export async function exported(kind: "wasm" | "c", operator: string, id: string) {
  const vector = vectorFile(operator).vectors.find((v) => v.id === id)!;
  const program = toProgram(operator as VectorFile["operator"], vector);
  const folder = mkdtempSync(join(tmpdir(), `nomul-${kind}-`));
  const image = join(folder, "model.nomul");
  writeFileSync(image, packImage(program, { manifest: { tool: "test" } }));
  const { code, stderr } = await nomul("export", kind, image, "--out", join(folder, "out"));
  if (code !== 0) throw new Error(stderr);
  const rows = toInputs(vector).map((row) => encodeInput(program.inputType, row));
  const path = (name: string) => join(folder, "out", name);
  return { vector, program, inputs: Buffer.concat(rows), folder, path } satisfies ExportedCase;
}

/** Runs the README's command of that name. @returns path of what it made */
export async function build(
  name: string,
  { folder, path }: ExportedCase,
  env: Readonly<Record<string, string>> = {},
  change: (command: string) => string = (command) => command,
): Promise<string> {
  const command = new RegExp(`\`\`\`sh ${name}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (!command) throw new Error(`examples/embed/README.md has no command ${name}`);
  const out = join(folder, "built");
  mkdirSync(out, { recursive: true });
  const environment = { ...process.env, ...env, EXPORT: path(""), OUT: out };
  await run("sh", ["-ec", change(command)], { cwd: examples, env: environment });
  return join(out, "model");
}

/** Runs a program on some input. @returns what it wrote to stdout @throws if it ends with a code or is killed */
export function feed(program: string, args: readonly string[], input: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: 60_000 });
    const out: Buffer[] = [];
    let errors = "";
    child.stdout.on("data", (bytes) => out.push(bytes));
    child.stderr.on("data", (bytes) => {
      errors += bytes;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`${program} ended with ${code}: ${errors}`));
    });
    child.stdin.on("error", () => {}); // it may end before it has read all
    child.stdin.end(input);
  });
}

/** The lines that examples/embed/main.c prints. */
export const printed = (stdout: Buffer): number[][] =>
  stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
