/** toMatchBits on the simulated board, and a user's project that uses it, as a child process. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packImage } from "../host/image/pack.ts";
import { planProgram } from "../host/image/plan.ts";
import { readImage } from "../host/image/read.ts";
import type { Device } from "../host/link/device.ts";
import { packageRoot } from "../host/package-root.ts";
import { openDevice } from "../host/vitest.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const vector = (vectors as unknown as VectorFile).vectors.find((v) => v.id === "outputs-10")!;
const file = packImage(toProgram("maddness", vector), {
  manifest: { tool: "test" },
  goldenInputs: toInputs(vector),
});
const image = readImage(file);
const root = join(packageRoot, "build", `hil-${process.pid}`);

beforeAll(() => {
  mkdirSync(root, { recursive: true });
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

describe("toMatchBits", () => {
  let device: Device;

  beforeAll(async () => {
    device = await openDevice("sim:icebreaker");
  });

  afterAll(async () => {
    await device?.close();
  });

  const message = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "passed",
      (error: Error) => error.message,
    );

  /** Flips the same bit of output 0 in every table row: all inputs show the fault. */
  async function flipOutput0(): Promise<void> {
    const { tableOffset } = planProgram(image.program).steps[0];
    const [layer] = image.program.layers;
    const M8 = 16;
    for (let row = 0; row < layer.codebooks * 16; row++) {
      await device.port.simulator!.poke("table", tableOffset + row * M8, 6);
    }
  }

  test("should flash a device that holds no image, and pass", async () => {
    expect((await device.status()).slotState).toBe("empty");
    const path = join(root, "a.nomul");
    writeFileSync(path, file);
    await expect(device).toMatchBits(path, { selfTestVectors: 500, seed: 3 });
    expect((await device.status()).deviceCrc).toBe(image.deviceCrc);
  });

  test("should send nothing to a device that holds the image", async () => {
    const before = (await device.status()).framesGood;
    await expect(device).toMatchBits(image, { vectors: 1, selfTestVectors: 1 });
    // STATUS twice, one DIGEST, one INFER, one SELFTEST; the first STATUS counts itself.
    const frames = ((await device.status()).framesGood - before) & 0xffff;
    expect(frames).toBeLessThanOrEqual(6);
  });

  test("should fail after a memory fault, naming vector, step, element and byte", async () => {
    await flipOutput0();
    const text = await message(expect(device).toMatchBits(image, { selfTestVectors: 100 }));
    expect(text).toContain(`expected sim:icebreaker to compute the bits of the image`);
    expect(text).toContain(image.sha256);
    expect(text).toMatch(
      /first difference: vector 0, step 0, element 0: device -?\d+, expected -?\d+/,
    );
    expect(text).toMatch(
      /memory byte \d+: [0-9a-f]{2}, expected [0-9a-f]{2} \(step 0, codebook 0, table row 0, output 0\)/,
    );
    await expect(device).not.toMatchBits(image);
    await flipOutput0();
    await expect(device).toMatchBits(image);
  });

  test("should say so when it was expected to fail and all is equal", async () => {
    const text = await message(expect(device).not.toMatchBits(image));
    expect(text).toContain("not to compute the bits");
    expect(text).toContain("equal bit for bit");
  });

  test("should reject what compares nothing, what is no device and a bad file", async () => {
    const nothing = { inputs: [], selfTestVectors: 0 };
    const code = async (work: Promise<unknown>) =>
      work.then(
        () => "passed",
        (error) => error.code,
      );
    expect(await code(expect(device).toMatchBits(image, nothing))).toBe("E_USAGE");
    expect(await code(expect(device).not.toMatchBits(image, nothing))).toBe("E_USAGE");
    expect(await code(expect({}).toMatchBits(image))).toBe("E_USAGE");
    expect(await code(expect(device).toMatchBits("nowhere.nomul"))).toBe("E_FILE_MISSING");
  });
});

describe("a user's project (examples/hil)", () => {
  const project = join(root, "project");

  const run = (script: string, args: string[], port: string) =>
    new Promise<{ code: number; text: string }>((resolve) => {
      const env = { ...process.env, NOMUL_PORT: port, NO_COLOR: "1" };
      execFile(process.execPath, [script, ...args], { cwd: project, env }, (error, out, err) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, text: out + err });
      });
    });

  const vitest = join(packageRoot, "node_modules/vitest/vitest.mjs");

  // What `npm install` makes of its package.json: links to this package and to the tools.
  beforeAll(async () => {
    cpSync(join(packageRoot, "examples/hil"), project, {
      recursive: true,
      filter: (path) => !path.endsWith("node_modules"),
    });
    mkdirSync(join(project, "node_modules"));
    symlinkSync(packageRoot, join(project, "node_modules/nomul"), "junction");
    const modules = join(packageRoot, "node_modules");
    symlinkSync(join(modules, "vitest"), join(project, "node_modules/vitest"), "junction");
    const made = await run(join(project, "make-image.js"), [], "");
    expect(made).toEqual({ code: 0, text: "" });
    expect(existsSync(join(project, "gestures.nomul"))).toBe(true);
  });

  test("should pass on the simulated board", async () => {
    const { code, text } = await run(vitest, ["run"], "");
    expect(text).toMatch(/1 passed/);
    expect(code).toBe(0);
  }, 120_000);

  test("should take the port from NOMUL_PORT and fail when nothing is there", async () => {
    const { code, text } = await run(vitest, ["run"], "/dev/ttyNONE");
    expect(code).toBe(1);
    expect(text).toContain("there is no such port");
    expect(text).toContain("/dev/ttyNONE");
  }, 60_000);

  test("should have types for openDevice and toMatchBits, and only for right arguments", async () => {
    const tsc = join(packageRoot, "node_modules/typescript/bin/tsc");
    expect(await run(tsc, ["-p", "."], "")).toEqual({ code: 0, text: "" });
    const wrong = `import { openDevice } from "nomul/vitest";
import { expect } from "vitest";
await expect(await openDevice()).toMatchBits("a.nomul", { selfTestVectors: "many" });
`;
    writeFileSync(join(project, "test/wrong.ts"), wrong);
    const { code, text } = await run(tsc, ["-p", "."], "");
    rmSync(join(project, "test/wrong.ts"));
    expect(code).not.toBe(0);
    expect(text).toMatch(/wrong\.ts\(3,\d+\): error TS2322/);
  }, 60_000);
});
