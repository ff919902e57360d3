import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readGateware } from "../host/board/gateware.ts";
import { loadBoard } from "../host/board/load.ts";
import { placeOfBit, sectionBanks } from "../host/sim/arrays.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { withLock } from "../host/sim/lock.ts";
import type { ArrayPlace } from "../host/sim/netlist/compile.ts";

const BUILD_MS = 600_000;
const board = loadBoard("icebreaker");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nomul-sim-"));
});

afterEach(() => {
  delete process.env.NOMUL_CACHE_DIR;
  rmSync(folder, { recursive: true, force: true });
});

describe("building a simulator", () => {
  test(
    "takes an unchanged gateware from the cache",
    async () => {
      const first = await buildSimulator(board);
      const written = statSync(first.path).mtimeMs;
      const texts: string[] = [];
      const second = await buildSimulator(board, { onProgress: (text) => texts.push(text) });
      expect(second).toEqual({ path: first.path, built: false });
      expect(statSync(second.path).mtimeMs).toBe(written);
      expect(texts).toEqual([]);
    },
    BUILD_MS,
  );

  test(
    "shows the last lines of Yosys' log when the gateware is wrong, and leaves nothing behind",
    async () => {
      process.env.NOMUL_CACHE_DIR = folder;
      const files = {
        ...readGateware().files,
        "broken.v": "module broken (input wire a; endmodule",
      };
      const texts: string[] = [];
      const build = buildSimulator(board, {
        gateware: { files, firmware: 1 },
        onProgress: (text) => texts.push(text),
      });
      await expect(build).rejects.toMatchObject({
        code: "E_BUILD_FAILED",
        where: "Yosys",
        message: expect.stringMatching(/broken\.v:1: ERROR/),
      });
      expect(texts).toContain("Yosys: gateware to a netlist");
      expect(readdirSync(folder)).toEqual([]);
    },
    BUILD_MS,
  );

  test("refuses a cache folder that cannot be made", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    process.env.NOMUL_CACHE_DIR = join(file, "sim");
    const gateware = { files: {}, firmware: 2 };
    await expect(buildSimulator(board, { gateware })).rejects.toMatchObject({
      code: "E_FILE_WRITE",
    });
  });
});

describe("the build lock", () => {
  test("lets one at a time in", async () => {
    const file = join(folder, "lock");
    let inside = 0;
    let most = 0;
    const work = () =>
      withLock(file, async () => {
        most = Math.max(most, ++inside);
        await sleep(30);
        inside--;
      });
    await Promise.all([work(), work(), work()]);
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  test("is taken over from a process that has ended", async () => {
    const file = join(folder, "lock");
    // Above the largest process id Linux gives.
    writeFileSync(file, "4194305");
    await expect(withLock(file, async () => "entered")).resolves.toBe("entered");
  });

  test("is given back when the work fails", async () => {
    const file = join(folder, "lock");
    const failing = withLock(file, async () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(existsSync(file)).toBe(false);
  });
});

describe("the memory sections of a model", () => {
  const array = (name: string, width: number, depth: number, offset = 0): ArrayPlace => ({
    name,
    offset,
    rowBytes: width / 8,
    width,
    depth,
  });
  const parameters = array("u_parameter_mem", 32, 1536);

  test("must be there for faults to be injected into", () => {
    expect(() => sectionBanks([parameters], board.engine)).toThrow(/131072 bytes .* "table"/);
    const short = array("u_table_mem", 64, 8192);
    expect(() => sectionBanks([short, parameters], board.engine)).toThrow(/8192 × 64 bits/);
  });

  test("may be banks side by side, counted as people count", () => {
    const banks = [10, 2, 1, 0].map((n) => array(`u_table_bank${n}`, 16, 16384, n * 65536));
    const { table } = sectionBanks([...banks, parameters], board.engine);
    expect(table.map(({ name }) => name)).toEqual([0, 1, 2, 10].map((n) => `u_table_bank${n}`));
    // Byte 13 is in row 1, where banks 0, 1, 2 have two bytes each: the second one of bank 2.
    expect(placeOfBit(table, 13, 6)).toEqual({ byte: 2 * 65536 + 2 + 1, mask: 64 });
    expect(placeOfBit(table, 16384 * 8 - 1, 7)).toEqual({
      byte: 10 * 65536 + 16383 * 2 + 1,
      mask: 128,
    });
    expect(placeOfBit(table, 16384 * 8, 0)).toBeUndefined();
    expect(placeOfBit(table, 0, 8)).toBeUndefined();
    expect(placeOfBit(table, -1, 0)).toBeUndefined();
  });
});
