/** `nomul fit` of a classifier and what follows it, as a user types them. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../host/fit/random.ts";
import { writeNpy } from "../host/import/npy.ts";
import { packageRoot } from "../host/package-root.ts";

const folder = mkdtempSync(join(tmpdir(), "nomul-cli-fit-"));
const at = (name: string) => join(folder, name);
const D = 5;

function nomul(...args: string[]) {
  const cli = join(packageRoot, "dist/host/cli/main.js");
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

async function failure(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await nomul(...args, "--json");
  expect([code, stdout]).toEqual([2, ""]);
  const { error } = JSON.parse(stderr.trim().split("\n").at(-1)!);
  expect(error.next.length).toBeGreaterThan(0);
  return error.code;
}

/** Floats whose columns have scales from 0.001 to 10,000. */
function write(name: string, seed: number, rows: number): void {
  const random = new Random(seed);
  const labels = Int32Array.from({ length: rows }, () => random.below(3));
  const x = Float32Array.from({ length: rows * D }, (_, i) => {
    const label = labels[Math.floor(i / D)];
    return 10 ** ((i % D) * 1.75 - 3) * (5 + 2 * ((label + (i % D)) % 3) + 0.5 * random.normal());
  });
  writeFileSync(at(`${name}.npy.gz`), gzipSync(writeNpy(x, [rows, D])));
  writeFileSync(at(`${name}-labels.npy`), writeNpy(labels, [rows]));
}

const data = ["--data", "train.npy.gz", "--labels", "train-labels.npy"];
const settings = ["--hidden", "8", "--budget", "4KiB", "--seed", "7", "--epochs", "15"];

beforeAll(() => {
  write("train", 41, 500);
  write("test", 42, 300);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("nomul fit --labels (seeds 41, 42)", () => {
  test("learns from floats of any scale, and nomul run says how well", async () => {
    const fitted = await nomul(
      "fit",
      ...data,
      ...settings,
      "-o",
      "a.nomul",
      "--report",
      "a.html",
      "--json",
    );
    expect(fitted.code).toBe(0);
    const report = JSON.parse(fitted.stdout);
    expect(report).toMatchObject({ output: "a.nomul", heldOut: { rows: 50 } });
    expect(report.tableBytes).toBeLessThanOrEqual(4096);
    expect(readFileSync(at("a.html"), "utf8")).toMatch(/^<!doctype html>/);

    const test = ["--data", "test.npy.gz", "--labels", "test-labels.npy"];
    const ran = JSON.parse((await nomul("run", "a.nomul", ...test, "--json")).stdout);
    expect(Object.keys(ran)).toEqual(["accuracy", "rows", "tableBytes", "realisation"]);
    expect(ran).toMatchObject({ rows: 300, tableBytes: report.tableBytes, realisation: "simd" });
    expect(ran.accuracy).toBeGreaterThan(0.95);

    const page = await nomul("report", "a.nomul", ...test, "-o", "b.html");
    expect([page.code, page.stdout]).toEqual([0, "b.html written\n"]);
    expect(readFileSync(at("b.html"), "utf8")).toContain(`${(100 * ran.accuracy).toFixed(2)} %`);
  }, 60_000);

  test("goes on from a checkpoint, to the same file", async () => {
    const run = (...more: string[]) => nomul("fit", ...data, ...settings, ...more);
    await run("-o", "b.nomul", "--checkpoint", "b.checkpoint");
    const again = await run("-o", "c.nomul", "--checkpoint", "b.checkpoint");
    expect(again.stderr).toContain("going on after: ");
    expect(readFileSync(at("c.nomul"))).toEqual(readFileSync(at("b.nomul")));
    const other = ["fit", ...data, "--seed", "8", "-o", "d.nomul", "--checkpoint", "b.checkpoint"];
    expect(await failure(...other)).toBe("E_CHECKPOINT");
    expect(existsSync(at("d.nomul"))).toBe(false);
  }, 60_000);

  test("refuses what it can't learn from, and writes nothing", async () => {
    const out = ["-o", "none.nomul"];
    const cases: [string, string[]][] = [
      ["E_USAGE", ["--data", "train.npy.gz"]],
      ["E_USAGE", [...data, "--hidden", "0"]],
      ["E_USAGE", [...data, "--budget", "much"]],
      ["E_RANGE", [...data, "--hidden", "64", "--budget", "1KiB"]],
      ["E_USAGE", [...data, "--image", "3x3"]],
      ["E_NPY_SHAPE", ["--data", "train.npy.gz", "--labels", "test-labels.npy"]],
      ["E_NPY_SHAPE", ["--data", "train.npy.gz", "--labels", "train.npy.gz"]],
      ["E_NPY_TRUNCATED", ["--data", "cut.npy.gz", "--labels", "train-labels.npy"]],
    ];
    writeFileSync(at("cut.npy.gz"), readFileSync(at("train.npy.gz")).subarray(0, 500));
    for (const [code, args] of cases) expect(await failure("fit", ...args, ...out)).toBe(code);
    writeFileSync(at("file"), "");
    expect(await failure("fit", ...data, ...settings, "-o", "file/x.nomul")).toBe("E_FILE_WRITE");
    expect(await failure("report", "a.nomul", "--labels", "test-labels.npy")).toBe("E_USAGE");
    expect(await failure("report", "a.nomul", "--port", "sim:icebreaker")).toBe("E_USAGE");
    expect(existsSync(at("none.nomul"))).toBe(false);
  }, 60_000);
});
