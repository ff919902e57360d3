import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readGateware } from "../host/board/gateware.ts";
import { loadBoard } from "../host/board/load.ts";
import { buildSimulator } from "../host/sim/build.ts";
import { withLock } from "../host/sim/lock.ts";
import { fastModel, fastRuntime, memoryMap } from "../host/sim/model.ts";
import { phaseMap } from "../host/sim/phases.ts";

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
      expect(texts).toContain("Yosys: gateware to C++");
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

describe("the generated model", () => {
  const clock = "return !prev_p_clk__i.slice<0>().val() && p_clk__i.slice<0>().val();";

  test("with feedback arcs is refused, because one evaluation would not settle it", () => {
    expect(() => fastModel(`bool converged = false;\n${clock}`)).toThrow(/feedback arcs/);
  });

  test("that is clocked in another way than expected is refused", () => {
    expect(() => fastModel("bool converged = true;")).toThrow(/rising edge .* 0 times/);
    const falling = `bool converged = true;\nbool negedge_p_clk__i;\n${clock}`;
    expect(() => fastModel(falling)).toThrow(/falling edges/);
  });

  test("of another CXXRTL than the patches fit is refused", () => {
    expect(() => fastRuntime("struct wire {};")).toThrow(/wire::commit/);
    expect(() => fastModel(`bool converged = true;\n${clock}`)).toThrow(/top level/);
  });

  test("with a memory of two write ports is refused, because one write is kept", () => {
    const update = "memory_p_u_table_mem.update(tmp_1.index, a, b, 0);";
    expect(() => fastModel(`bool converged = true;\n${update}\n${update}`)).toThrow(
      /memory_p_u_table_mem has two write ports/,
    );
  });

  test("must have the registers that phases are told by", () => {
    expect(() => phaseMap("\twire<2> p_u__uart__rx_2e_sync__q;", 8)).toThrow(
      /no register u_uart_rx/,
    );
  });

  test("must have the memories that faults are injected into", () => {
    const member = (name: string, width: number, depth: number) =>
      `\tmemory<${width}> memory_p_${name} { ${depth}u };`;
    const parameters = member("u_parameter_mem", 32, 1536);
    expect(memoryMap(`${member("u_table_mem", 64, 16384)}\n${parameters}`, board.engine)).toBe(
      "#define TABLE_ROW_BYTES 8u\n#define TABLE_BANKS(X) X(memory_p_u_table_mem, 0u, 64u)\n" +
        "#define PARAMETER_ROW_BYTES 4u\n#define PARAMETER_BANKS(X) X(memory_p_u_parameter_mem, 0u, 32u)\n",
    );
    const banks = [10, 2, 1, 0].map((n) => member(`u_table_bank${n}`, 16, 16384));
    expect(memoryMap(`${banks.join("\n")}\n${parameters}`, board.engine)).toContain(
      "X(memory_p_u_table_bank2, 32u, 16u) X(memory_p_u_table_bank10, 48u, 16u)",
    );
    expect(() => memoryMap(parameters, board.engine)).toThrow(/131072 bytes .* "table"/);
    const short = `${member("u_table_mem", 64, 8192)}\n${parameters}`;
    expect(() => memoryMap(short, board.engine)).toThrow(/8192 × 64 bits/);
  });
});
