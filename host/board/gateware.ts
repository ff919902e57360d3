import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32c } from "../crc32c.ts";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { linkConstants } from "../spec/link.ts";
import type { Board } from "./schema.ts";

export interface Gateware {
  /** File name → Verilog text; spec.vh is the generated include. */
  readonly files: Readonly<Record<string, string>>;
  /** CRC-32C over names and texts, as HELLO's `firmware` tells. */
  readonly firmware: number;
}

/** Name of a module parameter of nomul_top → value as Verilog writes it. */
export type GatewareParameters = Readonly<Record<string, string>>;

const BAUD_CLOCKS_MIN = linkConstants.find((c) => c.name === "BAUD_CLOCKS_MIN")!.value;

const bridge = join(packageRoot, "firmware-bridge");

/** CRC-32C over names and texts of a gateware's files. */
export function firmwareOf(files: Gateware["files"]): number {
  const text = Object.entries(files)
    .map(([name, body]) => `${name}\0${body}\0`)
    .join("");
  return crc32c(new TextEncoder().encode(text));
}

/** @throws NomulError E_FILE_MISSING if the package lacks its gateware */
export function readGateware(folder = join(bridge, "gateware")): Gateware {
  try {
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(".v"))
      .sort();
    const files = Object.fromEntries(
      names.map((name) => [name, readFileSync(join(folder, name), "utf8")]),
    );
    files["spec.vh"] = readFileSync(join(bridge, "generated", "spec.vh"), "utf8");
    return { files, firmware: firmwareOf(files) };
  } catch (cause) {
    throw new NomulError("E_FILE_MISSING", "the gateware's sources cannot be read", {
      where: folder,
      next: "Install nomul again; firmware-bridge belongs to the package.",
      cause,
    });
  }
}

/** ASCII as a Verilog constant of 160 bits, first character in the lowest byte, 0-padded. */
function boardVector(id: string): string {
  const digits = [...Buffer.from(id, "ascii")]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return `160'h${digits.padStart(40, "0")}`;
}

/**
 * Parameters of nomul_top for a board.
 * @param divisor clocks a bit after power-on; the line then runs at clock / divisor
 */
export function gatewareParameters(
  board: Board,
  divisor: number,
  firmware: number,
): GatewareParameters {
  const baud = Math.round(board.clock.hz / divisor);
  const { userOffset } = board.flash;
  return {
    CLOCK_HZ: String(board.clock.hz),
    BAUD: String(baud),
    MAX_BAUD: String(Math.floor(board.clock.hz / BAUD_CLOCKS_MIN)),
    DIVISOR: String(divisor),
    FIRMWARE: `32'h${firmware.toString(16).padStart(8, "0")}`,
    BOARD: boardVector(board.id),
    TABLE_BYTES: String(board.engine.tableBytes),
    PARAMETER_BYTES: String(board.engine.parameterBytes),
    ARENA_ELEMENTS: String(board.engine.arenaElements),
    LANES: String(board.engine.lanes),
    OUTPUTS: String(board.engine.outputs),
    SLOTS: userOffset === null ? "0" : "2",
    FLASH_OFFSET: `24'h${(userOffset ?? 0).toString(16)}`,
  };
}
