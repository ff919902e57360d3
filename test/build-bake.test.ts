/** Images as part of the gateware: what Yosys makes of the Verilog that bake writes, simulated. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bake } from "../host/bitstream/bake.ts";
import { imageCycles } from "../host/bitstream/cycles.ts";
import { gatewareParameters } from "../host/board/gateware.ts";
import { loadBoard } from "../host/board/load.ts";
import type { Board } from "../host/board/schema.ts";
import { NomulError } from "../host/errors.ts";
import { encodeInput } from "../host/image/input.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { inferProgram } from "../host/reference/program.ts";
import { selftest } from "../host/reference/selftest.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { Machine } from "../host/sim/machine.ts";
import { DirectDevice, u32 } from "./direct.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };
import vectors4 from "./vectors/maddness4.json" with { type: "json" };

const files = [vectors, vectors4] as unknown as VectorFile[];
const verilator = spawnSync("verilator", ["--version"]).status === 0;
const SEED = 0x1234567;
const COUNT = 50;

function imageOf(id: string): TableImage {
  const file = files.find(({ vectors }) => vectors.some((v) => v.id === id))!;
  const vector = file.vectors.find((v) => v.id === id)!;
  const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
  return readImage(packImage(toProgram(file.operator, vector), options));
}

const words = (data: Uint8Array) => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length >> 2 }, (_, i) => view.getUint32(4 * i, true));
};

const outputsOf = (data: Uint8Array) =>
  Array.from(new Int16Array(data.slice(4).buffer, 0, (data.length - 4) >> 1));

const icebreaker = loadBoard("icebreaker");

// Requantisation and i16 inputs on 8 lanes, three layers with entries of 4 and 8 bits on 16.
describe.each([
  ["icebreaker", "requantise-random"],
  ["hx8k-evn", "chain-mixed"],
])("%s with %s baked in", (name, id) => {
  const image = imageOf(id);
  let engine: Board["engine"];
  let device: DirectDevice;

  beforeAll(async () => {
    const { board, gateware } = bake(loadBoard(name), image);
    engine = board.engine;
    const { path } = await buildSimulator(board, { gateware });
    device = new DirectDevice(new Machine(path));
    device.powerCycle();
  }, 600_000);

  const status = () => words(device.request("STATUS").data);

  function expectImage(): void {
    const [slot, , bytes, tableOffset, crc] = status();
    expect(slot & 0xffff).toBe(2); // committed, none of the slots' flags
    expect([bytes, tableOffset, crc]).toEqual([
      image.device.length,
      image.tableOffset,
      image.deviceCrc,
    ]);
    for (const { input } of image.golden) {
      const bytes = encodeInput(image.program.inputType, input);
      const { status: answer, data } = device.request("INFER", 0, bytes);
      expect(answer).toBe("OK");
      expect(outputsOf(data)).toEqual([...inferProgram(image.program, input).at(-1)!]);
      expect(words(data)[0]).toBe(imageCycles(image, engine).cycles);
    }
  }

  test("the board infers after power-on, without a byte of it sent", () => {
    expectImage();
  });

  test("a self-test equals the definition's", () => {
    const { data } = device.request("SELFTEST", SEED, u32(COUNT));
    expect(words(data)[0]).toBe(selftest(image.program, SEED, COUNT));
  });

  test("every byte of it can be read back", () => {
    const { data } = device.request("DIGEST", 0, u32(image.device.length));
    expect(words(data)).toEqual([image.deviceCrc]);
  });

  test("it stays, whatever is asked", () => {
    const answer = (...request: Parameters<DirectDevice["request"]>) =>
      device.request(...request).status;
    expect(answer("BEGIN", image.device.length, u32(image.tableOffset))).toBe("TOO_LARGE");
    expect(answer("BEGIN", 8, u32(8))).toBe("TOO_LARGE");
    expect(answer("DATA", 0, new Uint8Array(8).fill(255))).toBe("NOT_OPEN");
    expect(answer("COMMIT", ~image.deviceCrc >>> 0)).toBe("NOT_OPEN");
    expect(answer("COMMIT", image.deviceCrc)).toBe("OK");
    for (const command of ["STORE", "LOAD", "CONFIRM"] as const) {
      expect(answer(command, image.deviceCrc)).toBe("NO_FLASH");
    }
    expectImage();
    expect(answer("RESET")).toBe("OK");
    expectImage();
  });
});

test.skipIf(!verilator).each(["icebreaker", "hx8k-evn"])(
  `what is written for %s is lint-clean under verilator -Wall${verilator ? "" : " (absent: Debian package verilator)"}`,
  (id) => {
    const folder = mkdtempSync(join(tmpdir(), "nomul-lint-"));
    try {
      const { board, gateware } = bake(loadBoard(id), imageOf("chain-3"));
      for (const [name, text] of Object.entries(gateware.files)) {
        writeFileSync(join(folder, name), text);
      }
      const parameters = Object.entries(gatewareParameters(board, 4, gateware.firmware)).map(
        ([name, value]) => `-G${name}=${/^\d+$/.test(value) ? `32'd${value}` : value}`,
      );
      const sources = Object.keys(gateware.files).filter((name) => name.endsWith(".v"));
      const flags = ["--lint-only", "-Wall", `-I${folder}`, "--Mdir", folder];
      const args = [...flags, "--top-module", "nomul_top", ...parameters];
      const paths = sources.map((name) => join(folder, name));
      const output = execFileSync("verilator", [...args, ...paths], {
        encoding: "utf8",
        stdio: "pipe",
      });
      expect(output).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);

describe("what cannot be baked", () => {
  const refused = (work: () => unknown): NomulError => {
    try {
      work();
    } catch (error) {
      if (error instanceof NomulError) return error;
    }
    throw new Error("it was not refused");
  };

  test("an image larger than the engine can address", () => {
    const error = refused(() => bake(icebreaker, imageOf("codebooks-256-bounds")));
    expect(error.code).toBe("E_IMAGE_TOO_LARGE");
    expect(error.where).toBe("parameter section");
  });

  test("an image larger than any bitstream, before Yosys is asked", () => {
    const error = refused(() => bake(icebreaker, imageOf("codebooks-152")));
    expect(error.code).toBe("E_IMAGE_TOO_LARGE");
    expect(error.next).toMatch(/at most 32768 bytes/);
  });

  test("anything for a chip that nothing of npm can place", () => {
    const error = refused(() => bake(loadBoard("ulx3s-85f"), imageOf("every-leaf")));
    expect(error.code).toBe("E_BOARD_UNFIT");
  });
});
