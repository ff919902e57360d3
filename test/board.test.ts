import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pllSettings } from "../host/board/clock.ts";
import { pinConstraints } from "../host/board/constraints.ts";
import { gatewareParameters } from "../host/board/gateware.ts";
import { boardsMarkdown, mcusMarkdown } from "../host/board/list-text.ts";
import { listBoards, listMcuBoards, loadBoard, loadMcuBoard } from "../host/board/load.ts";
import { knownProgrammers } from "../host/board/program.ts";
import { checkBoard } from "../host/board/schema.ts";
import { NomulError } from "../host/errors.ts";
import { packageRoot } from "../host/package-root.ts";

type Json = Record<string, Record<string, unknown>>;

const icebreaker = (): Json =>
  JSON.parse(readFileSync(join(packageRoot, "boards", "icebreaker.json"), "utf8"));

/** The error of a board file after one change. */
function errorAfter(change: (board: Json) => void): NomulError {
  const board = icebreaker();
  change(board);
  try {
    checkBoard(board, "boards/icebreaker.json");
  } catch (error) {
    expect(error).toBeInstanceOf(NomulError);
    return error as NomulError;
  }
  throw new Error("the board file was accepted");
}

describe("a board file", () => {
  test.each(listBoards())("%s is correct and names its id", (id) => {
    expect(loadBoard(id).id).toBe(id);
  });

  test("with an unknown key is refused, naming the key", () => {
    const error = errorAfter((board) => {
      board.clock.herz = 12;
    });
    expect(error.code).toBe("E_BOARD_FILE");
    expect(error.message).toBe("clock.herz is not a known key");
    expect(error.where).toContain("boards/icebreaker.json");
  });

  test("with a missing key is refused: an unknown fact is null", () => {
    const error = errorAfter((board) => {
      delete board.baud.verified;
    });
    expect(error.message).toBe("baud.verified is missing");
  });

  test.each<[string, (board: Json) => void]>([
    ["clock.hz must be an integer", (b) => Object.assign(b.clock, { hz: "12000000" })],
    ["clock.hz must be an integer", (b) => Object.assign(b.clock, { hz: 1.5 })],
    ["uart.rxPin must be a pin", (b) => Object.assign(b.uart, { rxPin: "6; x" })],
    ["usb.vendorId must be four", (b) => Object.assign(b.usb, { vendorId: "0x0403" })],
    ["busy.activeLow must be true or false", (b) => Object.assign(b.busy, { activeLow: 1 })],
    [
      "clock.generator cannot make exactly",
      (b) => Object.assign(b.clock, { generator: "pll-pad", hz: 20_000_000 }),
    ],
    [
      "clock.generator leaves clock.pinHz",
      (b) => Object.assign(b.clock, { generator: "pin", hz: 24_000_000 }),
    ],
    ["clock.generator is the oscillator", (b) => Object.assign(b.clock, { generator: "hfosc" })],
    [
      "clock.generator makes 48, 24, 12 or 6 MHz",
      (b) => Object.assign(b.clock, { hz: 18_000_000, generator: "hfosc", pin: null, pinHz: null }),
    ],
    ["drive must be a list", (b) => Object.assign(b, { drive: null })],
    ["drive[0].levle is not a known key", (b) => Object.assign(b, { drive: [{ levle: 1 }] })],
    ["build.reason must be given exactly", (b) => Object.assign(b.build, { reason: "none" })],
    ["tools.placeAndRoute is needed", (b) => Object.assign(b.tools, { pack: null })],
    [
      "tools.synthesis must be a synth_ command",
      (b) => Object.assign(b.tools, { synthesis: "synth_ice40; shell rm" }),
    ],
    [
      "flash.userOffset must be a multiple of 262144",
      (b) => Object.assign(b.flash, { userOffset: 0x101000 }),
    ],
    [
      "flash.userOffset must be an integer from 0 to 16252928",
      (b) => Object.assign(b.flash, { userOffset: 0xfc0000 }),
    ],
    ["flash.userOffset leaves no room", (b) => Object.assign(b.flash, { bytes: 1_500_000 })],
    ["flash.pins are needed", (b) => Object.assign(b.flash, { pins: null })],
    ["engine.tableKind must be one of", (b) => Object.assign(b.engine, { tableKind: "sdram" })],
    ["program.volatile must be a list", (b) => Object.assign(b.program, { volatile: "iceprog" })],
    ["program.volatile[1] must be a text", (b) => Object.assign(b.program, { volatile: ["a", 1] })],
    ["fpga must be an object", (b) => Object.assign(b, { fpga: ["ice40"] })],
    ["id must be 1 to 20 of", (b) => Object.assign(b, { id: "a-name-of-21-characte" })],
  ])("with a wrong value is refused: %s", (message, change) => {
    expect(errorAfter(change).message).toContain(message);
  });

  test("must say where each fact was read", () => {
    const missing = errorAfter((board) => {
      delete board.sources["usb.productId"];
    });
    expect(missing.message).toContain("sources.usb.productId is missing");
    const dangling = errorAfter((board) => {
      board.sources["clock.colour"] = "nowhere";
    });
    expect(dangling.message).toContain("sources.clock.colour names no fact");
  });

  test("that does not exist is an error that lists those that do", () => {
    for (const id of ["nope", "../package", ""]) {
      expect(() => loadBoard(id)).toThrow(
        expect.objectContaining({
          code: "E_BOARD_UNKNOWN",
          next: expect.stringContaining("icebreaker"),
        }),
      );
    }
  });
});

describe("a PLL", () => {
  test("of 12 MHz makes 24 MHz with the settings that icepll gives", () => {
    expect(pllSettings(12e6, 24e6)).toEqual({ divr: 0, divf: 63, divq: 5, filterRange: 1 });
    expect(pllSettings(100e6, 50e6)).toEqual({ divr: 0, divf: 7, divq: 4, filterRange: 5 });
  });

  test("of any settings makes the rate asked for, within its chip's limits", () => {
    for (let inMhz = 10; inMhz <= 133; inMhz++) {
      for (let outMhz = 16; outMhz <= 275; outMhz++) {
        const settings = pllSettings(inMhz * 1e6, outMhz * 1e6);
        if (!settings) continue;
        const { divr, divf, divq, filterRange } = settings;
        const vco = (inMhz * (divf + 1)) / (divr + 1);
        expect(vco / 2 ** divq).toBeCloseTo(outMhz, 9);
        expect(vco).toBeGreaterThanOrEqual(533);
        expect(vco).toBeLessThanOrEqual(1066);
        expect([divr <= 15, divf <= 127, divq <= 6, filterRange <= 6]).not.toContain(false);
      }
    }
  });

  test("is not offered a rate it cannot make exactly", () => {
    expect(pllSettings(12e6, 20e6)).toBeUndefined();
  });
});

describe("what is generated from a board", () => {
  test("constraints give every port of the gateware with a known pin", () => {
    const lines = pinConstraints(loadBoard("icebreaker")).split("\n");
    expect(lines).toEqual([
      "# Generated from boards/icebreaker.json",
      "set_io clk_i 35",
      "set_io -pullup yes uart_rx_i 6",
      "set_io uart_tx_o 9",
      "set_io busy_o 26",
      "set_io flash_cs_n_o 16",
      "set_io flash_sck_o 15",
      "set_io flash_mosi_o 14",
      "set_io -pullup yes flash_miso_i 17",
      "set_io drive_12_o 12",
      "set_io drive_13_o 13",
      "",
    ]);
  });

  test("constraints leave out a port whose pin is not known", () => {
    const board = { ...loadBoard("icebreaker"), busy: { pin: null, activeLow: false } };
    expect(pinConstraints(board)).not.toContain("busy_o");
  });

  test("a flash chip that the board's line gets in the way of is not connected", () => {
    const constraints = pinConstraints(loadBoard("upduino3"));
    expect(constraints).not.toContain("flash");
    expect(constraints).not.toContain("clk_i");
    expect(constraints).toContain("set_io drive_16_o 16\n");
  });

  test("parameters hold the id with its first character in the lowest byte", () => {
    const parameters = gatewareParameters(loadBoard("icebreaker"), 4, 0xabc);
    expect(parameters.BOARD).toBe("160'h0000000000000000000072656b61657262656369");
    expect(parameters.FIRMWARE).toBe("32'h00000abc");
    expect(parameters.BAUD).toBe("3000000");
  });
});

test("docs/boards.md holds the table of boards as the files have it", () => {
  const page = readFileSync(join(packageRoot, "docs", "boards.md"), "utf8");
  expect(page).toContain(boardsMarkdown(listBoards().map(loadBoard)));
});

test("docs/mcu.md holds the table of microcontrollers as the files have it", () => {
  const page = readFileSync(join(packageRoot, "docs", "mcu.md"), "utf8");
  expect(page).toContain(mcusMarkdown(listMcuBoards().map(loadMcuBoard)));
});

test("every program that a board is written with can be installed by what nomul says", () => {
  const named = listBoards().flatMap((id) => {
    const { persistent, volatile } = loadBoard(id).program;
    return [persistent?.[0], volatile?.[0]].filter((tool) => tool !== undefined);
  });
  expect([...knownProgrammers]).toEqual(expect.arrayContaining(named));
});

test("docs/adding-a-board.md explains every key of a board file", () => {
  const page = readFileSync(join(packageRoot, "docs", "adding-a-board.md"), "utf8");
  const { sources: _, ...sections } = icebreaker();
  const keys = Object.entries(sections).flatMap(([section, facts]) =>
    typeof facts === "object" && !Array.isArray(facts)
      ? Object.keys(facts).map((fact) => `${section}.${fact}`)
      : section,
  );
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});
