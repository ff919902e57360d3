import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pinConstraints } from "../host/board/constraints.ts";
import { gatewareParameters } from "../host/board/gateware.ts";
import { listBoards, loadBoard } from "../host/board/load.ts";
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
      "",
    ]);
  });

  test("constraints leave out a port whose pin is not known", () => {
    const board = { ...loadBoard("icebreaker"), busy: { pin: null } };
    expect(pinConstraints(board)).not.toContain("busy_o");
  });

  test("parameters hold the id with its first character in the lowest byte", () => {
    const parameters = gatewareParameters(loadBoard("icebreaker"), 4, 0xabc);
    expect(parameters.BOARD).toBe("160'h0000000000000000000072656b61657262656369");
    expect(parameters.FIRMWARE).toBe("32'h00000abc");
    expect(parameters.BAUD).toBe("3000000");
  });
});

test("docs/adding-a-board.md explains every key of a board file", () => {
  const page = readFileSync(join(packageRoot, "docs", "adding-a-board.md"), "utf8");
  const { sources: _, ...sections } = icebreaker();
  const keys = Object.entries(sections).flatMap(([section, facts]) =>
    typeof facts === "object" ? Object.keys(facts).map((fact) => `${section}.${fact}`) : section,
  );
  expect(keys.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});
