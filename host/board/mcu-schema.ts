import { NomulError } from "../errors.ts";
import { checkSources } from "./schema.ts";
import {
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

const address = integer(0, 2 ** 32 - 1);
const hertz = integer(1_000_000, 1_000_000_000);
const region = object({ origin: address, bytes: integer(1024, 2 ** 30) });

/** Debian's compilers, one for each of these. */
export const architectures = ["arm", "riscv"] as const;
/** What plays the chip: QEMU's two programs, or rp2040js in this process. */
export const emulators = ["qemu-system-arm", "qemu-system-riscv32", "rp2040js"] as const;

/** The facts of a board whose device is a microcontroller. `null` says that a fact is not known. */
const mcuBoard = object({
  /** Name of the file and of the simulator; travels in HELLO, hence 20 bytes of ASCII at most. */
  id: matching(/^[a-z0-9-]{1,20}$/, "1 to 20 of a-z, 0-9 and -"),
  name: text,
  mcu: object({
    chip: text,
    core: text,
    architecture: oneOf(...architectures),
    /** Options that choose the core. */
    compiler: list(text),
    /** Sources in firmware-bridge/mcu, beside those that every chip has. */
    sources: list(matching(/^[a-z0-9_/]+\.c$/, "a file of firmware-bridge/mcu")),
    /** Addresses and numbers that the port's source wants, by the name it wants them under. */
    registers: (value, path) => {
      const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
      return Object.fromEntries(fields.map(([key, v]) => [key, address(v, `${path}.${key}`)]));
    },
  }),
  /** Where the firmware lies and where it keeps data, image included. */
  memory: object({ code: region, data: region }),
  clock: object({ hz: hertz, source: text }),
  uart: object({ txPin: nullable(text), rxPin: nullable(text) }),
  /** firmware: rate after power-on; verified: highest rate that was run on a real board. */
  baud: object({
    firmware: integer(9600, 12_000_000),
    verified: nullable(integer(300, 12_000_000)),
  }),
  /** window: DATA frames that it takes without a pause. */
  engine: object({
    tableBytes: integer(1024, 1 << 24),
    parameterBytes: integer(64, 65536),
    arenaElements: integer(16, 65535),
    outputs: integer(8, 1024),
    window: integer(1, 8),
  }),
  /** Two slots; null: the firmware does not reach flash that it could write. Offsets are of flash. */
  flash: nullable(object({ slotA: address, slotBytes: integer(8192, 2 ** 24) })),
  emulator: object({ kind: oneOf(...emulators), arguments: listOf(text) }),
  /** What `nomul build` writes for the board: a UF2 file, or nothing but the ELF file. */
  build: object({ format: oneOf("uf2", "elf"), flashOrigin: address }),
  /** Where each fact was read: dotted key of the fact or of its section → source. */
  sources: texts,
});

export type McuBoard = TypeOf<typeof mcuBoard>;

/**
 * Checks the contents of a microcontroller's board file.
 * @param where its name, for errors
 * @throws NomulError E_BOARD_FILE naming the key that is unknown, missing or wrong
 */
export function checkMcuBoard(json: unknown, where: string): McuBoard {
  try {
    const checked = mcuBoard(json, "");
    if (checked.engine.outputs % 8 !== 0) {
      throw new ShapeError("engine.outputs", "must be a multiple of 8");
    }
    for (const key of ["tableBytes", "parameterBytes"] as const) {
      if (checked.engine[key] % 8 !== 0) {
        throw new ShapeError(`engine.${key}`, "must be a multiple of 8");
      }
    }
    checkSources(checked);
    return checked;
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new NomulError("E_BOARD_FILE", error.message, {
      where: `${where}: ${error.key}`,
      next: "Correct the board file; docs/mcu.md explains every key.",
    });
  }
}
