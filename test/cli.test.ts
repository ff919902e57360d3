/** The commands as a user types them: child processes, their output, exit codes and files. */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../host/fit/random.ts";
import { packImage } from "../host/image/pack.ts";
import { readNpy, writeNpy } from "../host/import/npy.ts";
import { packageRoot } from "../host/package-root.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";

const folder = mkdtempSync(join(tmpdir(), "nomul-cli-"));
const at = (name: string) => join(folder, name);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const nomul = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const cli = join(packageRoot, "dist/host/cli/main.js");
    execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });

/** Code and exit code of a command that must fail with --json. */
async function failure(...args: string[]): Promise<[string, number]> {
  const { code, stdout, stderr } = await nomul(...args, "--json");
  expect(stdout).toBe("");
  const { error } = JSON.parse(stderr.trim().split("\n").at(-1)!);
  expect(error.message.length).toBeGreaterThan(0);
  expect(error.next.length).toBeGreaterThan(0);
  return [error.code, code];
}

const D = 12;
const SEED = 5;
const ROWS = 400;

beforeAll(() => {
  const random = new Random(SEED);
  const floats = (n: number) => Float32Array.from({ length: n }, () => random.normal() / 4);
  const hidden = 8;
  const rows = Uint8Array.from({ length: ROWS * D }, () => random.below(256));
  writeFileSync(at("W1.npy"), writeNpy(floats(D * hidden), [D, hidden]));
  writeFileSync(at("b1.npy"), writeNpy(floats(hidden), [hidden]));
  writeFileSync(at("W2.npy"), writeNpy(floats(hidden * 3), [hidden, 3]));
  writeFileSync(at("b2.npy"), writeNpy(floats(3), [3]));
  writeFileSync(at("X.npy"), writeNpy(rows, [ROWS, D]));
  writeFileSync(
    at("y.npy"),
    writeNpy(
      Uint8Array.from({ length: ROWS }, () => random.below(3)),
      [ROWS],
    ),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const network = [
  "--weights",
  "W1.npy",
  "--weights",
  "W2.npy",
  "--bias",
  "b1.npy",
  "--bias",
  "b2.npy",
];
const fit = ["fit", ...network, "--data", "X.npy", "--codebooks", "6,4", "-o", "a.nomul"];

describe("nomul", () => {
  test("should describe every command", async () => {
    const { code, stdout } = await nomul("--help");
    expect(code).toBe(0);
    for (const name of [
      "fit",
      "inspect",
      "run",
      "report",
      "flash",
      "verify",
      "sim",
      "boards",
      "ports",
      "doctor",
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
      const help = await nomul(name, "--help");
      expect([name, help.code]).toEqual([name, 0]);
      expect(help.stdout).toContain("--json");
    }
  }, 60_000);

  test("should say what was meant when a command is misspelt", async () => {
    const { code, stderr } = await nomul("verfy");
    expect(code).toBe(2);
    expect(stderr).toContain("verify");
  });

  test("should learn, inspect and run an image, the same bytes each time", async () => {
    const learned = await nomul(...fit, "--labels", "y.npy", "--json");
    expect([learned.code, learned.stderr]).toEqual([0, ""]);
    const report = JSON.parse(learned.stdout);
    expect(report.layers).toHaveLength(2);
    const bytes = readFileSync(at("a.nomul"));
    await nomul(...fit.slice(0, -1), "b.nomul");
    expect(readFileSync(at("b.nomul")).equals(bytes)).toBe(true);

    const inspected = JSON.parse((await nomul("inspect", "a.nomul", "--json")).stdout);
    expect(inspected.sha256).toBe(report.sha256);
    expect(inspected.steps.map((s: { codebooks: number }) => s.codebooks)).toEqual([6, 4]);

    const run = ["run", "a.nomul", "--data", "X.npy", "--labels", "y.npy"];
    const ran = JSON.parse((await nomul(...run, "-o", "out.npy", "--json")).stdout);
    expect(ran).toMatchObject({ rows: ROWS, realisation: "simd", accuracy: report.accuracy });
    const outputs = readNpy(readFileSync(at("out.npy")), "out.npy");
    expect(outputs.shape).toEqual([ROWS, 3]);
    const text = await nomul(...run);
    expect(text.stdout).toContain("accuracy");
  }, 60_000);

  test("should learn from floats and run floats through the stored scale", async () => {
    const bytes = readNpy(readFileSync(at("X.npy")), "X.npy").data as Uint8Array;
    const floats = Float32Array.from(bytes, (b) => b / 255 - 0.5);
    writeFileSync(at("Xf.npy"), writeNpy(floats, [ROWS, D]));
    const learned = await nomul(
      "fit",
      ...network,
      "--data",
      "Xf.npy",
      "--codebooks",
      "6,4",
      "-o",
      "f.nomul",
    );
    expect(learned.code).toBe(0);
    const ran = await nomul("run", "f.nomul", "--data", "Xf.npy", "--json");
    expect(JSON.parse(ran.stdout).rows).toBe(ROWS);
  }, 60_000);

  test("should train tables on, against the network's outputs or labels", async () => {
    const accuracy = async (...more: string[]) => {
      const tuned = ["--fine-tune", "--epochs", "200", "--labels", "t.npy", ...more];
      const { code, stdout } = await nomul(...fit.slice(0, -1), "t.nomul", ...more, "--json");
      expect(code).toBe(0);
      return [JSON.parse(stdout), tuned] as const;
    };
    // Classes that the network's outputs do not tell, but its inputs do.
    const bytes = readNpy(readFileSync(at("X.npy")), "X.npy").data as Uint8Array;
    const classes = Uint8Array.from({ length: ROWS }, (_, r) => bytes[r * D] >> 7);
    writeFileSync(at("t.npy"), writeNpy(classes, [ROWS]));
    const [before, tuned] = await accuracy("--labels", "t.npy");
    const [after] = await accuracy(...tuned);
    expect(after.accuracy).toBeGreaterThan(before.accuracy + 0.1);
    const [imitated] = await accuracy("--fine-tune", "--epochs", "2", "--slices", "correlated");
    expect(imitated.sha256).not.toBe(before.sha256);
    expect(await failure(...fit, "--slices", "some")).toEqual(["E_USAGE", 2]);
  }, 60_000);

  test("should divide a budget among the layers", async () => {
    const given = ["fit", ...network, "--data", "X.npy", "-o", "budget.nomul"];
    const { stdout } = await nomul(...given, "--budget", "1.5KiB", "--json");
    const report = JSON.parse(stdout);
    expect(report.tableBytes).toBeLessThanOrEqual(1536);
    expect(report.tableBytes).toBeGreaterThan(1000);
    expect(await failure(...given, "--budget", "100B")).toEqual(["E_RANGE", 2]);
    expect(await failure(...fit, "--budget", "1KiB")).toEqual(["E_USAGE", 2]);
  }, 60_000);

  test("should take a list of layers relative to its own folder", async () => {
    const layers = [
      { weights: "W1.npy", bias: "b1.npy", codebooks: 6 },
      { weights: "W2.npy", bias: "b2.npy", codebooks: 4 },
    ];
    writeFileSync(at("layers.json"), JSON.stringify(layers));
    const { code } = await nomul(
      "fit",
      "--layers",
      "layers.json",
      "--data",
      "X.npy",
      "-o",
      "c.nomul",
    );
    expect(code).toBe(0);
    expect(readFileSync(at("c.nomul")).equals(readFileSync(at("a.nomul")))).toBe(true);
  }, 60_000);

  test("should flash and verify the simulated board", async () => {
    const flashed = await nomul("flash", "a.nomul", "--port", "sim:icebreaker", "--json");
    expect(flashed.code).toBe(0);
    expect(JSON.parse(flashed.stdout).retransmissions).toBeGreaterThanOrEqual(0);
    const data = ["--data", "X.npy", "--vectors", "20", "--selftest", "500"];
    const verified = await nomul(
      "verify",
      "a.nomul",
      "--port",
      "sim:icebreaker",
      ...data,
      "--json",
    );
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      ok: true,
      vectors: 20,
      selfTestVectors: 500,
      differingBits: 0,
      memoryFaults: [],
    });
  }, 120_000);

  test("should verify over a pseudo-terminal what another process flashed there", async () => {
    const cli = join(packageRoot, "dist/host/cli/main.js");
    const sim = spawn(process.execPath, [cli, "sim", "icebreaker"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const path = await new Promise<string>((resolve) => {
        sim.stdout.once("data", (bytes) => resolve(String(bytes).trim()));
      });
      const port = ["--port", path];
      expect((await nomul("verify", "a.nomul", ...port)).code).toBe(8); // holds no image yet
      expect((await nomul("flash", "a.nomul", ...port, "--board", "icebreaker")).code).toBe(0);
      expect((await nomul("verify", "a.nomul", ...port, "--selftest", "100")).code).toBe(0);
      const other = toProgramImage("outputs-10");
      writeFileSync(at("other.nomul"), other);
      expect(await failure("verify", "other.nomul", ...port)).toEqual(["E_DEVICE_IMAGE", 8]);
    } finally {
      sim.kill("SIGINT");
    }
    const code = await new Promise((resolve) => sim.once("exit", resolve));
    expect(code).toBe(130);
  }, 120_000);

  test("should list boards and ports", async () => {
    const boards = JSON.parse((await nomul("boards", "--json")).stdout);
    expect(boards.map((b: { id: string }) => b.id)).toContain("icebreaker");
    const ports = JSON.parse((await nomul("ports", "--json")).stdout);
    expect(ports.map((p: { path: string }) => p.path)).toContain("sim:icebreaker");
  });
});

function toProgramImage(id: string): Uint8Array {
  const file = JSON.parse(readFileSync(join(packageRoot, "test/vectors/maddness.json"), "utf8"));
  const vector = (file as VectorFile).vectors.find((v) => v.id === id)!;
  return packImage(toProgram("maddness", vector), {
    manifest: { tool: "test" },
    goldenInputs: toInputs(vector),
  });
}

describe("nomul with bad input", () => {
  const image = () => readFileSync(at("a.nomul"));
  const broken = (name: string, change: (bytes: Uint8Array) => Uint8Array) => {
    writeFileSync(at(name), change(Uint8Array.from(image())));
    return name;
  };

  test.each([
    ["a missing image", () => "nowhere.nomul", "E_FILE_MISSING", 2],
    ["a folder", () => ".", "E_FILE_MISSING", 2],
    [
      "a truncated image",
      () => broken("t.nomul", (b) => b.subarray(0, 500)),
      "E_IMAGE_TRUNCATED",
      2,
    ],
    [
      "a corrupted image",
      () => broken("k.nomul", (b) => b.with(700, b[700] ^ 4)),
      "E_IMAGE_CORRUPT",
      2,
    ],
    [
      "an image of a newer format",
      () => broken("n.nomul", (b) => b.with(8, 2)),
      "E_IMAGE_NEWER",
      6,
    ],
    ["another file", () => "X.npy", "E_IMAGE_FORMAT", 2],
  ])("should refuse %s", async (_what, name, code, exit) => {
    expect(await failure("inspect", name())).toEqual([code, exit]);
    expect(await failure("flash", name(), "--port", "sim:icebreaker")).toEqual([code, exit]);
  });

  test.each([
    [
      "floats where inputs are missing columns",
      ["run", "a.nomul", "--data", "W1.npy"],
      "E_NPY_SHAPE",
      2,
    ],
    ["no data", ["run", "a.nomul"], "E_USAGE", 2],
    ["more codebooks than columns", [...fit, "--codebooks", "13,4"], "E_TOO_MANY_CODEBOOKS", 2],
    [
      "weights the wrong way round",
      ["fit", "--weights", "W2.npy", "--data", "X.npy", "-o", "x.nomul"],
      "E_SHAPE",
      2,
    ],
    ["an unknown board", ["sim", "nonesuch"], "E_BOARD_UNKNOWN", 2],
    ["an unknown simulator", ["flash", "a.nomul", "--port", "sim:nonesuch"], "E_BOARD_UNKNOWN", 2],
    ["no port", ["flash", "a.nomul"], "E_USAGE", 2],
    [
      "a port that is not there",
      ["flash", "a.nomul", "--port", "/dev/ttyNONE"],
      "E_PORT_MISSING",
      3,
    ],
    ["a seed of 0", ["verify", "a.nomul", "--port", "sim:icebreaker", "--seed", "0"], "E_USAGE", 2],
    ["no such operator", [...fit, "--operators", "maddness5"], "E_USAGE", 2],
    [
      "operators for more layers",
      [...fit, "--operators", "maddness,maddness,maddness"],
      "E_USAGE",
      2,
    ],
    ["a wrong variant", [...fit, "--variant", "best"], "E_USAGE", 2],
  ])("should refuse %s", async (_what, args, code, exit) => {
    expect(await failure(...args)).toEqual([code, exit]);
  });

  test("should refuse NaN in the data and in the weights, saying where", async () => {
    const nan = new Float32Array(ROWS * D).fill(1);
    nan[D * 3 + 2] = Number.NaN;
    writeFileSync(at("nan.npy"), writeNpy(nan, [ROWS, D]));
    const args = ["fit", ...network, "--codebooks", "6,4", "-o", "x.nomul"];
    expect(await failure(...args, "--data", "nan.npy")).toEqual(["E_NOT_FINITE", 2]);
    const { stderr } = await nomul(...args, "--data", "nan.npy");
    expect(stderr).toContain("row 3, column 2");
    writeFileSync(at("Wnan.npy"), writeNpy(nan.slice(D, D * 4), [D, 3]));
    const weights = ["fit", "--weights", "Wnan.npy", "--data", "X.npy", "-o", "x.nomul"];
    expect(await failure(...weights)).toEqual(["E_NOT_FINITE", 2]);
  });

  test("should refuse an image larger than the device, or another board's name", async () => {
    writeFileSync(at("large.nomul"), toProgramImage("codebooks-256-bounds"));
    const port = ["--port", "sim:icebreaker"];
    expect(await failure("flash", "large.nomul", ...port)).toEqual(["E_IMAGE_TOO_LARGE", 2]);
    expect(await failure("flash", "a.nomul", ...port, "--board", "nonesuch")).toEqual([
      "E_BOARD_UNKNOWN",
      2,
    ]);
  });

  test("should leave no half-written file behind", async () => {
    expect(await failure(...fit.slice(0, -1), "W1.npy/a.nomul")).toEqual(["E_FILE_WRITE", 2]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
