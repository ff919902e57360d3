/** The commands that build and program, as a user gives them, on a machine without their programs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadBoard } from "../host/board/load.ts";
import { packImage } from "../host/image/pack.ts";
import { packageRoot } from "../host/package-root.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };

const file = vectors as unknown as VectorFile;
/** The words that iCE40, ECP5 and Artix look for. */
const SYNC = Buffer.from("7eaa997effffbdb3aa995566", "hex");

let folder: string;
let bitstream: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nomul-"));
  bitstream = join(folder, "board.bin");
  writeFileSync(bitstream, Buffer.concat([SYNC, Buffer.alloc(1000)]));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs nomul where PATH leads to no program at all. */
function nomul(...args: string[]) {
  const main = join(packageRoot, "dist", "host", "cli", "main.js");
  const env = { ...process.env, PATH: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env });
  return { code: status, stdout: String(stdout), stderr: String(stderr) };
}

describe("nomul flash --bitstream", () => {
  test.each([
    ["icebreaker", "iceprog", "apt install fpga-icestorm"],
    ["pico-ice", "dfu-util", "apt install dfu-util"],
    ["ulx3s-85f", "openFPGALoader", "apt install openfpgaloader"],
    ["tinyfpga-bx", "tinyprog", "pipx install tinyprog"],
    ["icesugar", "icesprog", "https://github.com/wuxx/icesugar"],
  ])("for %s without %s says what to install", (board, tool, hint) => {
    const { code, stdout, stderr } = nomul("flash", "--bitstream", bitstream, "--board", board);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`error E_TOOL_MISSING: ${tool}, which programs `);
    expect(stderr).toContain(hint);
  });

  test("needs a board, a file that exists, and no image", () => {
    const error = (...args: string[]) => {
      const { code, stderr } = nomul("flash", ...args, "--json");
      return [code, JSON.parse(stderr).error.code, JSON.parse(stderr).error.where];
    };
    const board = ["--board", "icebreaker"];
    expect(error("--bitstream", bitstream)).toEqual([2, "E_USAGE", "--board"]);
    expect(error("x.nomul", "--bitstream", bitstream, ...board)).toEqual([2, "E_USAGE", "x.nomul"]);
    expect(error("--bitstream", "/no/file", ...board)).toEqual([2, "E_FILE_MISSING", "/no/file"]);
    expect(error()).toEqual([2, "E_USAGE", "image"]);
  });

  const flashed = (bytes: Uint8Array) => {
    const path = join(folder, "other.bin");
    writeFileSync(path, bytes);
    const { code, stderr } = nomul("flash", "--bitstream", path, "--board", "icebreaker", "--json");
    const { error } = JSON.parse(stderr);
    return [code, error.code, error.next];
  };

  test("refuses a file that is no bitstream, and says where one comes from", () => {
    const next = expect.stringContaining("nomul build icebreaker");
    expect(flashed(Buffer.from("not a bitstream"))).toEqual([2, "E_BITSTREAM_FORMAT", next]);
    expect(flashed(Buffer.alloc(0))).toEqual([2, "E_BITSTREAM_FORMAT", next]);
    expect(flashed(SYNC.subarray(4))).toEqual([2, "E_BITSTREAM_FORMAT", next]);
  });

  test("refuses a bitstream that was built for another board, and names that", () => {
    const label = (board: string) => Buffer.from(`\xff\0nomul ${board} 00abcdef\0\0\xff`, "latin1");
    const next = expect.stringContaining("Give --board icesugar");
    expect(flashed(Buffer.concat([label("icesugar"), SYNC]))).toEqual([2, "E_BOARD_WRONG", next]);
    const own = flashed(Buffer.concat([label("icebreaker"), SYNC]));
    expect(own.slice(0, 2)).toEqual([1, "E_TOOL_MISSING"]);
  });
});

describe("nomul build", () => {
  test("of a board that gets no bitstream ends with the reason", () => {
    const { code, stdout, stderr } = nomul("build", "ulx3s-85f", "--json");
    expect([code, stdout]).toEqual([2, ""]);
    expect(JSON.parse(stderr).error).toMatchObject({ code: "E_BOARD_UNFIT" });
    expect(stderr).toContain(loadBoard("ulx3s-85f").build.reason);
  });

  test("takes placement seeds that are numbers only", () => {
    const { code, stderr } = nomul("build", "icebreaker", "--seeds", "1,x");
    expect(code).toBe(2);
    expect(stderr).toContain('error E_USAGE: "x" is no integer');
  });

  const image = (id: string) => {
    const vector = file.vectors.find((v) => v.id === id)!;
    const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
    const path = join(folder, `${id}.nomul`);
    writeFileSync(path, packImage(toProgram("maddness", vector), options));
    return path;
  };

  test("refuses what it can before the minutes of a build", () => {
    const large = image("codebooks-256-bounds");
    const error = (...args: string[]) => {
      const { code, stdout, stderr } = nomul("build", ...args, "--json");
      expect(stdout).toBe("");
      return [code, JSON.parse(stderr).error.code, JSON.parse(stderr).error.where];
    };
    expect(error("nope")).toEqual([2, "E_BOARD_UNKNOWN", "nope"]);
    const inFile = join(bitstream, "folder");
    expect(error("icebreaker", "--out", inFile)).toEqual([2, "E_FILE_WRITE", inFile]);
    expect(error("icebreaker", "--image", "/no/file")).toEqual([2, "E_FILE_MISSING", "/no/file"]);
    expect(error("icebreaker", "--image", bitstream)).toEqual([2, "E_IMAGE_FORMAT", bitstream]);
    const section = "parameter section";
    expect(error("icebreaker", "--image", large)).toEqual([2, "E_IMAGE_TOO_LARGE", section]);
    expect(error("icebreaker", "--bake", large)).toEqual([2, "E_IMAGE_TOO_LARGE", section]);
    const both = ["--bake", large, "--image", large];
    expect(error("icebreaker", ...both)).toEqual([2, "E_USAGE", "--image"]);
  });
});

test("nomul boards says of every board how far it can be built, and why not further", () => {
  const { code, stdout } = nomul("boards");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^icebreaker .* bitstream$/m);
  expect(stdout).toMatch(/^ulx3s-85f .* netlist only$/m);
  expect(stdout).toMatch(/^hx8k-evn .* bitstream$/m);
  expect(stdout).toContain(loadBoard("ulx3s-85f").build.reason);
});
