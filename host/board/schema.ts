import { NomulError } from "../errors.ts";
import { slotConstants } from "../spec/slots.ts";
import { clockProblem } from "./clock.ts";
import {
  flag,
  integer,
  list,
  listOf,
  matching,
  nullable,
  object,
  oneOf,
  ShapeError,
  type TypeOf,
  text,
  texts,
} from "./shape.ts";

const SLOT_BYTES = slotConstants.find((c) => c.name === "SLOT_BYTES")!.value;
/** Addresses of the flash chip have 24 bits. */
const SLOT_A_MAX = 2 ** 24 - 2 * SLOT_BYTES;

const pin = matching(/^[A-Z]*[0-9]+$/, "a pin of the package such as 35 or B10");
const usbId = matching(/^[0-9a-f]{4}$/, "four lower-case hexadecimal digits");
const baudRate = integer(300, 12_000_000);

/** The facts of one FPGA board. `null` says that a fact is not known. */
const board = object({
  /** Name of the file and of the simulator; travels in HELLO, hence 20 bytes of ASCII at most. */
  id: matching(/^[a-z0-9-]{1,20}$/, "1 to 20 of a-z, 0-9 and -"),
  name: text,
  fpga: object({ family: oneOf("ice40", "ecp5", "xilinx"), device: text, package: text }),
  /**
   * hz: the gateware's clock. It comes from `pin` (at pinHz) as it is or through a PLL, or from the
   * oscillator inside the chip.
   */
  clock: object({
    hz: integer(1_000_000, 200_000_000),
    generator: oneOf("pin", "pll-pad", "pll-core", "hfosc"),
    pin: nullable(pin),
    pinHz: nullable(integer(1_000_000, 200_000_000)),
    source: text,
  }),
  /** Pins from the FPGA's side. usbInterface: number of the USB interface that carries the UART. */
  uart: object({ rxPin: pin, txPin: pin, usbInterface: nullable(integer(0, 7)) }),
  /** A LED. */
  busy: object({ pin: nullable(pin), activeLow: flag }),
  /** Pins that the gateware does not use but must hold at a level. */
  drive: listOf(object({ pin, level: integer(0, 1), purpose: text })),
  usb: object({ vendorId: usbId, productId: usbId, product: nullable(text) }),
  /** verified: highest rate that was run on a real board. */
  baud: object({ gateware: baudRate, verified: nullable(baudRate) }),
  /** divisor: clocks a bit in the simulator. */
  simulation: object({ divisor: integer(4, 4096) }),
  engine: object({
    tableKind: oneOf("spram", "bram"),
    tableBytes: integer(1024, 1 << 20),
    parameterBytes: integer(64, 65536),
    arenaElements: integer(16, 65536),
    /** Look-ups a cycle: 8 with tables in SPRAM, 16 with tables in block RAM. */
    lanes: oneOf(8, 16),
    /** Outputs of a step, at most; padding included. */
    outputs: integer(8, 1024),
  }),
  flash: object({
    chip: nullable(text),
    bytes: nullable(integer(1, 2 ** 32)),
    userOffset: nullable(integer(0, SLOT_A_MAX)),
    /** From the FPGA's side: mosi is its output. */
    pins: nullable(object({ csN: pin, sck: pin, mosi: pin, miso: pin })),
  }),
  /** Commands as words; {bitstream} stands for the file. */
  program: object({ volatile: nullable(list(text)), persistent: nullable(list(text)) }),
  /** synthesis: Yosys' command; placeAndRoute, pack: null where npm has no such tool. */
  tools: object({
    synthesis: matching(/^synth_[a-z0-9]+( -?[a-z0-9]+)*$/, "a synth_ command of Yosys"),
    placeAndRoute: nullable(list(text)),
    pack: nullable(list(text)),
  }),
  /** How far `nomul build` gets: to a bitstream, to a netlist, or not even that; and why not. */
  build: object({ reach: oneOf("bitstream", "synthesis", "none"), reason: nullable(text) }),
  /** Where each fact was read: dotted key of the fact or of its section → source. */
  sources: texts,
});

export type Board = TypeOf<typeof board>;

/** Every source names a fact, and every fact of every section has one. @throws ShapeError */
export function checkSources(checked: {
  readonly sources: Readonly<Record<string, string>>;
}): void {
  const keys = Object.keys(checked.sources);
  for (const key of keys) {
    let value: unknown = checked;
    for (const part of key.split(".")) value = (value as Record<string, unknown> | null)?.[part];
    if (value === undefined) throw new ShapeError(`sources.${key}`, "names no fact of this board");
  }
  for (const [section, facts] of Object.entries(checked)) {
    if (typeof facts !== "object" || facts === null) continue;
    if (section === "sources" || keys.includes(section)) continue;
    for (const fact of Object.keys(facts)) {
      if (keys.includes(`${section}.${fact}`)) continue;
      throw new ShapeError(`sources.${section}.${fact}`, "is missing: say where the fact was read");
    }
  }
}

/** Facts that must agree with each other. */
function checkAgreement({ build, clock, flash, fpga, tools }: Board): void {
  const problem = clockProblem(clock, fpga.device);
  if (problem) throw new ShapeError("clock.generator", problem);
  if ((build.reach === "bitstream") !== (build.reason === null)) {
    throw new ShapeError("build.reason", "must be given exactly when there is no bitstream");
  }
  if (build.reach === "bitstream" && !(tools.placeAndRoute && tools.pack)) {
    throw new ShapeError("tools.placeAndRoute", "is needed, and tools.pack, for a bitstream");
  }
  if (flash.userOffset === null) return;
  if (!flash.pins) throw new ShapeError("flash.pins", "are needed where there are slots");
  if (flash.userOffset % SLOT_BYTES !== 0) {
    throw new ShapeError("flash.userOffset", `must be a multiple of ${SLOT_BYTES}`);
  }
  if (flash.bytes !== null && flash.userOffset + 2 * SLOT_BYTES > flash.bytes) {
    throw new ShapeError("flash.userOffset", "leaves no room for two slots");
  }
}

/**
 * Checks the contents of a board file.
 * @param json the parsed file
 * @param where its name, for errors
 * @throws NomulError E_BOARD_FILE naming the key that is unknown, missing or wrong
 */
export function checkBoard(json: unknown, where: string): Board {
  try {
    const checked = board(json, "");
    checkAgreement(checked);
    checkSources(checked);
    return checked;
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new NomulError("E_BOARD_FILE", error.message, {
      where: `${where}: ${error.key}`,
      next: "Correct the board file; docs/adding-a-board.md explains every key.",
    });
  }
}
