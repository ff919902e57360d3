/**
 * From board file to bitstream with the real tools, for a small design in the gateware's place. The
 * gateware itself takes minutes: `npm run bench:boards`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { boardTop } from "../host/bitstream/board-top.ts";
import { type BuiltBitstream, buildBitstream, synthesise } from "../host/bitstream/build.ts";
import { imageCycles } from "../host/bitstream/cycles.ts";
import { boardLimits } from "../host/bitstream/limits.ts";
import { buildReport, buildText } from "../host/bitstream/report.ts";
import { placeSeeds } from "../host/bitstream/seeds.ts";
import { pinConstraints } from "../host/board/constraints.ts";
import { gatewareParameters } from "../host/board/gateware.ts";
import { listBoards, loadBoard } from "../host/board/load.ts";
import { programBitstream, programCommand } from "../host/board/program.ts";
import type { NomulError } from "../host/errors.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage, type TableImage } from "../host/image/read.ts";
import { Device } from "../host/link/device.ts";
import { flashImage } from "../host/link/flash.ts";
import { openPort, type Port } from "../host/link/port.ts";
import { packageRoot } from "../host/package-root.ts";
import { misfit } from "./misfit.ts";
import { toInputs, toProgram, type VectorFile } from "./vectors/format.ts";
import vectors from "./vectors/maddness.json" with { type: "json" };
import vectors4 from "./vectors/maddness4.json" with { type: "json" };

const file = vectors as unknown as VectorFile;
const file4 = vectors4 as unknown as VectorFile;

function imageOf(id: string): TableImage {
  const vector = file.vectors.find((v) => v.id === id)!;
  const options = { manifest: { tool: "test" }, goldenInputs: toInputs(vector) };
  return readImage(packImage(toProgram("maddness", vector), options));
}

const rejection = async (work: Promise<unknown>): Promise<NomulError> => {
  const outcome = await work.catch((error: NomulError) => error);
  expect(outcome).toBeInstanceOf(Error);
  return outcome as NomulError;
};

const icebreaker = loadBoard("icebreaker");

/** A small design in the gateware's place, with all its ports: its adder bounds the clock. */
const small = (bits: number) => ({
  firmware: 0,
  files: {
    "nomul_top.v": `
module nomul_top #(
  parameter CLOCK_HZ = 0, BAUD = 0, MAX_BAUD = 0, DIVISOR = 0, FIRMWARE = 0, BOARD = 0,
  TABLE_BYTES = 0, PARAMETER_BYTES = 0, ARENA_ELEMENTS = 0, LANES = 0, OUTPUTS = 0, SLOTS = 0,
  FLASH_OFFSET = 0
) (
  input clk_i, uart_rx_i, flash_miso_i,
  output uart_tx_o, flash_cs_n_o, flash_sck_o, flash_mosi_o, busy_o
);
  reg [${bits - 1}:0] sum = 0, step = 1;
  always @(posedge clk_i) begin
    sum <= sum + step;
    step <= {step, uart_rx_i ^ flash_miso_i ^ sum[${bits - 1}]};
  end
  assign {uart_tx_o, flash_cs_n_o, flash_sck_o, flash_mosi_o, busy_o} = {5{sum[${bits - 1}]}};
endmodule`,
  },
});

describe("the module around the gateware", () => {
  const top = (id: string) => {
    const board = loadBoard(id);
    return boardTop(board, gatewareParameters(board, 16, 0));
  };

  test("hands the clock of a PLL on only after it has locked", () => {
    const text = top("icesugar");
    expect(text).toContain("SB_PLL40_PAD");
    expect(text).toContain("pll_clk && enable_q");
    expect(text).toContain("always @(negedge pll_clk) enable_q <= locked;");
  });

  test("takes the oscillator inside the FPGA where no pin has a clock", () => {
    const text = top("upduino3");
    expect(text).toContain('SB_HFOSC #(.CLKHF_DIV("0b10"))');
    expect(text).not.toContain("input  wire clk_i");
  });

  test("holds pins at their levels and inverts a LED that is lit by a low level", () => {
    const text = top("upduino3");
    expect(text).toContain("assign drive_16_o = 1'b1;");
    expect(text).toContain("assign busy_o = !busy;");
    expect(top("icebreaker")).toContain("assign busy_o = busy;");
  });
});

describe("a bitstream", () => {
  let built: BuiltBitstream;

  beforeAll(async () => {
    built = await buildBitstream(icebreaker, { gateware: small(8) });
  }, 120_000);

  test("meets the clock asked for", () => {
    expect(built.fmaxHz).toBeGreaterThanOrEqual(icebreaker.clock.hz);
    // Comment header, then the chip's synchronisation word.
    expect(Buffer.from(built.bitstream).includes(Buffer.from("7eaa997e", "hex"))).toBe(true);
  });

  test("is reported with its cells, its rate and its inferences a second", () => {
    const image = imageOf("chain-3");
    const report = buildReport(icebreaker, built, "icebreaker.bin", {
      image: { image, path: "x.nomul" },
      baked: false,
    });
    expect(report.spram).toEqual({ used: 0, available: 4 });
    expect(report.blockRam.available).toBe(30);
    expect(report.logicCells.used).toBeLessThanOrEqual(report.logicCells.available);
    expect(report.lut4).toBeLessThanOrEqual(report.logicCells.used);
    expect(report.image?.inferencesPerSecond).toBe(
      icebreaker.clock.hz / imageCycles(image, icebreaker.engine).cycles,
    );
    const text = buildText(report);
    expect(text).toMatch(/LUT4 +\d+/);
    expect(text).toMatch(/inferences a second/);
  });

  test("is taken from the cache the second time, the same bytes", async () => {
    const again = await buildBitstream(icebreaker, { gateware: small(8) });
    expect(again.built).toBe(false);
    expect(Buffer.compare(again.bitstream, built.bitstream)).toBe(0);
    expect({ ...again, built: true }).toEqual({ ...built, built: true });
  });
});

describe("what cannot be built", () => {
  test.each(
    listBoards()
      .map(loadBoard)
      .filter(({ build }) => build.reach !== "bitstream"),
  )("$id is refused with the reason from its file", async (board) => {
    const error = await rejection(buildBitstream(board));
    expect(error.code).toBe("E_BOARD_UNFIT");
    expect(error.message).toContain(board.build.reason!);
    expect(error.exitCode).toBe(2);
  });

  test("a design too slow for the clock is refused, with the rate of every seed", async () => {
    const clock = { ...icebreaker.clock, hz: 192_000_000 };
    const options = { gateware: small(64), seeds: [5, 6] };
    const error = await rejection(buildBitstream({ ...icebreaker, clock }, options));
    expect(error.code).toBe("E_TIMING");
    expect(error.message).toMatch(/192 MHz of iCEBreaker.*5: \d+\.\d\d MHz, 6: \d+\.\d\d MHz/);
  }, 120_000);

  test("of several seeds the first in their order is taken that meets timing", async () => {
    const { netlist } = await synthesise(icebreaker, { gateware: small(64) });
    const { placeAndRoute } = icebreaker.tools;
    const request = {
      ...{ stage: "placement" as const, netlist, label: "test" },
      options: placeAndRoute!.slice(1),
      constraints: pinConstraints(icebreaker),
    };
    const all = await placeSeeds({ ...request, megahertz: 1000 }, [5, 6, 7]);
    expect(all.placement).toBeUndefined();
    expect(all.tried.map(({ seed }) => seed)).toEqual([5, 6, 7]);
    const rates = all.tried.map(({ fmaxHz }) => fmaxHz);
    const second = { ...request, megahertz: rates[1] / 1e6 };
    const meets = all.tried.find(({ fmaxHz }) => fmaxHz >= rates[1])!;
    for (const atATime of [1, 2]) {
      const { placement } = await placeSeeds(second, [5, 6, 7], undefined, atATime);
      expect([atATime, placement?.seed, placement?.fmaxHz]).toEqual([
        atATime,
        meets.seed,
        meets.fmaxHz,
      ]);
    }
  }, 240_000);

  test("a design larger than the chip is refused, with what the chip lacks", async () => {
    const design = small(8)
      .files["nomul_top.v"].replace("  reg ", "  reg [15:0] word;\n  reg ")
      .replace("uart_rx_i ^", "^word ^");
    const memory = `
  (* ram_style = "block" *) reg [15:0] mem [0:16383];
  always @(posedge clk_i) begin
    if (uart_rx_i) mem[{sum, step}] <= {sum, step};
    word <= mem[{step, sum}];
  end
endmodule`;
    const files = { "nomul_top.v": design.replace("endmodule", memory) };
    const error = await rejection(
      buildBitstream(icebreaker, { gateware: { firmware: 0, files }, seeds: [1] }),
    );
    expect([error.code, error.message]).toEqual([
      "E_BOARD_UNFIT",
      "the chip has too little for this gateware: block RAM",
    ]);
  }, 120_000);

  test("broken Verilog is reported with the tool's own words", async () => {
    const files = { "nomul_top.v": "module nomul_top; wire w = ; endmodule" };
    const error = await rejection(synthesise(icebreaker, { gateware: { firmware: 0, files } }));
    expect(error.code).toBe("E_BUILD_FAILED");
    expect(error.where).toBe("Yosys");
    expect(error.message).toContain("nomul_top.v:1: ERROR: syntax error");
  }, 60_000);
});

describe("every board that can be placed", () => {
  const placeable = listBoards()
    .map(loadBoard)
    .filter(({ tools }) => tools.placeAndRoute !== null);

  test("a damaged result is not taken from the cache", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nomul-"));
    vi.stubEnv("NOMUL_CACHE_DIR", folder);
    try {
      const first = await buildBitstream(icebreaker, { gateware: small(8) });
      const name = readdirSync(folder).find((file) => file.endsWith(".bin"))!;
      writeFileSync(join(folder, name), Uint8Array.from(first.bitstream).fill(0xff, 100, 200));
      const again = await buildBitstream(icebreaker, { gateware: small(8) });
      expect([first.built, again.built]).toEqual([true, true]);
      expect(Buffer.compare(again.bitstream, first.bitstream)).toBe(0);
      const label = Buffer.from(first.bitstream).indexOf("nomul icebreaker 00000000");
      expect(label).toBe(2);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  }, 240_000);

  test.each(placeable)(
    "$id has its pins and its clock where its file says",
    async (board) => {
      const fitting = { ...board, build: { reach: "bitstream" as const, reason: null } };
      const built = await buildBitstream(fitting, { gateware: small(8) });
      expect(built.bitstream.length).toBeGreaterThan(50_000);
    },
    120_000,
  );
});

describe.each(["icebreaker", "hx8k-evn"])("cycles of an image on %s", (name) => {
  const board = loadBoard(name);
  const { engine } = board;
  let port: Port;
  let device: Device;

  beforeAll(async () => {
    port = await openPort(`sim:${name}`);
    device = await Device.open(port);
  }, 600_000);

  afterAll(async () => {
    await port?.close();
  });

  test("limits of a board are those that its gateware tells", () => {
    expect(device.info).toMatchObject(boardLimits(board));
  });

  test("by the formula are the cycles that the gateware counts", async () => {
    let images = 0;
    const cases = [file, file4].flatMap((f) => f.vectors.map((v) => [f, v] as const));
    for (const [{ operator }, vector] of cases) {
      const id = `${operator} ${vector.id}`;
      const image = readImage(
        packImage(toProgram(operator, vector), { manifest: { tool: "test" } }),
      );
      if (misfit(image, board) !== undefined) continue;
      await flashImage(device, image);
      const bytes = new Uint8Array(device.info.dataBytes).subarray(
        0,
        image.program.layers[0].inputs * (image.program.inputType === "i16" ? 2 : 1),
      );
      const { cycles } = await device.infer(bytes);
      expect([id, imageCycles(image, engine).cycles]).toEqual([id, cycles]);
      images++;
    }
    expect(images).toBeGreaterThan(5);
  }, 120_000);
});

describe("programming a board", () => {
  test("gives the board's command with the file in its place", () => {
    expect(programCommand(icebreaker, "a b.bin", true)).toEqual(["iceprog", "a b.bin"]);
    expect(programCommand(icebreaker, "x.bin", false)).toEqual(["iceprog", "-S", "x.bin"]);
    expect(programCommand(loadBoard("pico-ice"), "x.bin", true)).toEqual(
      "dfu-util -d 1209:b1c0 -a 0 -D x.bin --reset".split(" "),
    );
  });

  test("only for now is refused where no command does that", () => {
    expect(() => programCommand(loadBoard("tinyfpga-bx"), "x.bin", false)).toThrow(
      expect.objectContaining({ code: "E_USAGE", next: "Leave out --volatile." }),
    );
  });

  test("without the tool says which package brings it", async () => {
    const board = { ...icebreaker, program: { volatile: null, persistent: ["no-such-tool-here"] } };
    const error = await rejection(programBitstream(board, "x.bin", true));
    expect(error.code).toBe("E_TOOL_MISSING");
    expect(error.message).toContain("no-such-tool-here, which programs iCEBreaker 1.0");
  });

  test("with a tool that fails says how it ended", async () => {
    const program = { volatile: null, persistent: [process.execPath, "-e", "process.exit(3)"] };
    const error = await rejection(programBitstream({ ...icebreaker, program }, "x.bin", true));
    expect(error.code).toBe("E_PROGRAM_FAILED");
    expect(error.message).toMatch(/exit code 3$/);
  });

  test("with a tool that succeeds gives it the file", async () => {
    const read = "require('fs').readFileSync(process.argv[1])";
    const program = { volatile: null, persistent: [process.execPath, "-e", read, "{bitstream}"] };
    const path = join(packageRoot, "package.json");
    const command = await programBitstream({ ...icebreaker, program }, path, true);
    expect(command.at(-1)).toBe(path);
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });
});
