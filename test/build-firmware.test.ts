/** `nomul build` of microcontrollers as a user gives it; the Pico's file is booted. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { loadMcuBoard } from "../host/board/load.ts";
import { packImage } from "../host/image/pack.ts";
import { Device } from "../host/link/device.ts";
import { openEmulator } from "../host/link/port.ts";
import { Rp2040Emulator } from "../host/mcu/rp2040.ts";
import { missingTools } from "../host/mcu/tools.ts";
import { packageRoot } from "../host/package-root.ts";
import { vectorFile } from "./exported.ts";
import { toInputs, toProgram } from "./vectors/format.ts";

const pico = loadMcuBoard("pico");
const missing = missingTools(pico);
const title = (text: string) => (missing ? `${text} (absent: ${missing})` : text);
const folder = mkdtempSync(join(tmpdir(), "nomul-firmware-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = promisify(execFile);
async function nomul(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const cli = join(packageRoot, "dist/host/cli/main.js");
  try {
    return { code: 0, ...(await run(process.execPath, [cli, ...args], { env, cwd: folder })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

function imageFile(id: string): string {
  const vector = vectorFile("maddness").vectors.find((v) => v.id === id)!;
  const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
  const path = join(folder, `${id}.nomul`);
  writeFileSync(path, packImage(toProgram("maddness", vector), options));
  return path;
}

/** What a board in its boot loader does with a dropped file: address and 256 bytes of each block. */
function flashContents(file: Buffer, origin: number): Uint8Array {
  const contents = new Uint8Array(file.length / 2).fill(0xff);
  const blocks = file.length / 512;
  for (let i = 0; i < blocks; i++) {
    const block = file.subarray(512 * i, 512 * (i + 1));
    expect(block.toString("latin1", 0, 4)).toBe("UF2\n");
    expect(block.toString("hex", 4, 8)).toBe("57515d9e");
    expect(block.toString("hex", 508)).toBe("306fb10a");
    const [flags, address, bytes, index, count, family] = [8, 12, 16, 20, 24, 28].map((at) =>
      block.readUInt32LE(at),
    );
    // The RP2040's boot ROM takes no others.
    expect([flags, bytes, index, count, family]).toEqual([0x2000, 256, i, blocks, 0xe48bff56]);
    contents.set(block.subarray(32, 32 + 256), address - origin);
  }
  return contents;
}

test.skipIf(missing)(
  title("the file for the Pico should boot, and be the firmware that was told"),
  async () => {
    const { code, stdout, stderr } = await nomul(["build", "pico", "--json"]);
    expect([code, stderr.includes("error")]).toEqual([0, false]);
    const report = JSON.parse(stdout);
    expect(report.file.path).toMatch(/pico\.uf2$/);
    expect(report.flashBytes).toBeLessThanOrEqual(12 * 1024);
    expect(report.ramBesideImage).toBeLessThanOrEqual(6 * 1024);
    const contents = flashContents(readFileSync(join(folder, "pico.uf2")), 0x10000000);
    const device = await Device.open(await openEmulator(new Rp2040Emulator(pico, contents)));
    const { board, firmware, slots } = device.info;
    expect([board, firmware.toString(16).padStart(8, "0"), slots]).toEqual([
      "pico",
      report.firmware,
      2,
    ]);
    await device.close();
  },
  60_000,
);

test.skipIf(missing)(
  title("flash and verify should run on the emulated Pico"),
  async () => {
    const image = imageFile("chain-3");
    const flashed = await nomul(["flash", image, "--port", "sim:pico", "--json"]);
    expect(flashed.code).toBe(0);
    expect(JSON.parse(flashed.stdout).kept).toMatchObject({ slot: "A", written: true });
    const verified = await nomul([
      "verify",
      image,
      "--port",
      "sim:pico",
      "--selftest",
      "200",
      "--json",
    ]);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, differingBits: 0 });
  },
  60_000,
);

test.each([
  [["build", "pico", "--seeds", "1"], "E_USAGE", /no gateware/],
  [["build", "pico", "--bake", "x.nomul"], "E_USAGE", /no gateware/],
  [["build", "microbit", "--image", "digits-shape"], "E_IMAGE_TOO_LARGE", /bytes/],
  [["build", "picco"], "E_BOARD_UNKNOWN", /picco/],
  [["flash", "chain-3", "--port", "sim:picco"], "E_BOARD_UNKNOWN", /picco/],
  [["flash", "digits-shape", "--port", "sim:microbit"], "E_IMAGE_TOO_LARGE", /bytes/],
])(
  "%j should be refused with %s",
  async (words, code, what) => {
    if (missing && words[0] === "flash") return;
    const args = words.map((word) => (/^(chain|digits)-/.test(word) ? imageFile(word) : word));
    const { code: exit, stderr } = await nomul(args);
    expect(stderr).toContain(`error ${code}`);
    expect(stderr).toMatch(what);
    expect(stderr).toMatch(/next: +\S/);
    expect(exit).toBe(2);
  },
  60_000,
);

test("without a compiler the command should name the Debian packages", async () => {
  const env = { ...process.env, PATH: folder, NOMUL_CACHE_DIR: join(folder, "cache") };
  const { code, stderr } = await nomul(["build", "pico"], env);
  expect(stderr).toMatch(/E_TOOL_MISSING/);
  expect(stderr).toMatch(/apt install --no-install-recommends wabt/);
  expect(code).toBe(1);
}, 60_000);
