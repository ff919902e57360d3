/** One command on several devices at once: simulator in process, pseudo-terminals, absent ports. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packImage } from "../host/image/pack.ts";
import { planProgram } from "../host/image/plan.ts";
import { onEachDevice } from "../host/link/each-device.ts";
import { packageRoot } from "../host/package-root.ts";
import { type ServedPty, servePty } from "../host/sim/pty.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";

const folder = mkdtempSync(join(tmpdir(), "nomul-ports-"));
const image = join(folder, "a.nomul");
const file = JSON.parse(readFileSync(join(packageRoot, "test/vectors/maddness.json"), "utf8"));
const vector = (file as VectorFile).vectors.find((v) => v.id === "outputs-10")!;
const program = toProgram("maddness", vector);
const noPython = spawnSync("python3", ["--version"]).error !== undefined;

function nomul(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const cli = join(packageRoot, "dist/host/cli/main.js");
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

beforeAll(() => {
  const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
  writeFileSync(image, packImage(program, options));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.skipIf(noPython)("several --port (pseudo-terminals need python3)", () => {
  let ptys: ServedPty[] = [];
  const portsOf = (...paths: string[]) => paths.flatMap((path) => ["--port", path]);

  beforeAll(async () => {
    ptys = [await servePty("icebreaker"), await servePty("icebreaker")];
  });

  afterAll(async () => {
    for (const pty of ptys) await pty.close();
  });

  test("should flash and verify all of them, in the order given", async () => {
    const paths = [ptys[1].path, "sim:icebreaker", ptys[0].path];
    const flashed = await nomul("flash", image, ...portsOf(...paths), "--json");
    expect(flashed.code).toBe(0);
    const results = JSON.parse(flashed.stdout);
    expect(results.map((r: { port: string }) => r.port)).toEqual(paths);
    for (const result of results) expect(result.sentBytes).toBe(result.bytes);

    const verify = ["verify", image, "--selftest", "200"];
    const verified = await nomul(...verify, ...portsOf(...paths), "--json");
    expect(verified.code).toBe(0);
    for (const result of JSON.parse(verified.stdout)) {
      expect(result).toMatchObject({ ok: true, selfTestVectors: 200, board: "icebreaker" });
    }
  }, 120_000);

  test("should report every port and end with the gravest code", async () => {
    const paths = ["/dev/ttyNONE", ptys[0].path, ptys[1].path];
    expect((await nomul("flash", image, ...portsOf(ptys[0].path, ptys[1].path))).code).toBe(0);
    // Every table row of output 0, so that all inputs show the fault.
    const { tableOffset } = planProgram(program).steps[0];
    const [layer] = program.layers;
    const M8 = 16;
    for (let row = 0; row < layer.codebooks * 16; row++) {
      await ptys[1].simulator!.poke("table", tableOffset + row * M8, 6);
    }
    const verified = await nomul("verify", image, ...portsOf(...paths), "--json");
    expect(verified.code).toBe(9);
    const [absent, equal, different] = JSON.parse(verified.stdout);
    expect(absent).toMatchObject({ port: paths[0], error: { code: "E_PORT_MISSING" } });
    expect(equal).toMatchObject({ port: paths[1], ok: true });
    expect(different).toMatchObject({ port: paths[2], ok: false });
    expect(different.firstDifference).toMatchObject({ step: 0, element: 0 });

    const text = await nomul("verify", image, ...portsOf(...paths));
    expect(text.code).toBe(9);
    const blocks = text.stdout.trimEnd().split("\n\n");
    expect(blocks.map((block) => block.split("\n")[0])).toEqual(paths);
    expect(blocks[0]).toContain("error E_PORT_MISSING");
    expect(blocks[1]).toContain("equal bit for bit");
    expect(blocks[2]).toContain("NOT EQUAL");
  }, 120_000);

  test("should end with the code of the one port that failed", async () => {
    const { code, stdout } = await nomul(
      "flash",
      image,
      ...portsOf(ptys[0].path, "/dev/ttyNONE"),
      "--json",
    );
    expect(code).toBe(3);
    expect(JSON.parse(stdout)[0]).toMatchObject({ port: ptys[0].path, retransmissions: 0 });
  }, 60_000);

  test("should work at the same time, not one after the other", async () => {
    const paths = ptys.map((pty) => pty.path);
    let inside = 0;
    // Each waits until both are inside: one after the other would never end.
    let go = () => {};
    const both = new Promise<void>((resolve) => {
      go = resolve;
    });
    const outcomes = await onEachDevice(paths, async (device) => {
      if (++inside === paths.length) go();
      await both;
      return device.info.board;
    });
    expect(outcomes).toEqual(paths.map((port) => ({ port, result: "icebreaker" })));
  });

  test("should close every port, also after work that failed", async () => {
    const paths = ptys.map((pty) => pty.path);
    const failing = () => Promise.reject(new Error("no"));
    for (const outcome of await onEachDevice(paths, failing))
      expect(outcome).toHaveProperty("error");
    for (const outcome of await onEachDevice(paths, async () => 1)) {
      expect(outcome).toMatchObject({ result: 1 });
    }
  });
});

test("the same port twice should be refused before anything is opened", async () => {
  const twice = ["--port", "sim:icebreaker", "--port", "sim:icebreaker", "--json"];
  const { code, stdout, stderr } = await nomul("flash", image, ...twice);
  expect([code, stdout]).toEqual([2, ""]);
  expect(JSON.parse(stderr.trim().split("\n").at(-1)!).error).toMatchObject({
    code: "E_USAGE",
    where: "sim:icebreaker",
  });
});
