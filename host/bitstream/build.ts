import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { clockMegahertz, pinConstraints } from "../board/constraints.ts";
import { type Gateware, gatewareParameters, readGateware } from "../board/gateware.ts";
import type { Board } from "../board/schema.ts";
import { NomulError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { withLock } from "../sim/lock.ts";
import { boardTop } from "./board-top.ts";
import type { FlowRequest, FlowResult, Placement } from "./flow.ts";
import { flowModule, runFlow } from "./run-flow.ts";

export interface BuildOptions {
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Sources instead of the package's own. */
  readonly gateware?: Gateware | undefined;
  /** Placement seeds to try, in this order. */
  readonly seeds?: readonly number[] | undefined;
}

export interface BuiltBitstream extends FlowResult {
  readonly placed: Placement;
  readonly bitstream: Uint8Array;
  /** CRC-32C of the gateware's sources, as HELLO tells it. */
  readonly firmware: number;
  /** False when it was in the cache. */
  readonly built: boolean;
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** NOMUL_CACHE_DIR serves installations whose own folder cannot be written. */
const cacheFolder = () => process.env.NOMUL_CACHE_DIR ?? join(packageRoot, "build", "bitstreams");

/** Version of an installed package, also of one that does not export its package.json. */
function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
}

/** The npm packages that do the work, with their versions. */
export const toolVersions = (): Record<string, string> =>
  Object.fromEntries(
    ["@yowasp/yosys", "@yowasp/nextpnr-ice40"].map((name) => [name, versionOf(name)]),
  );

/** Everything that the results depend on; changes of any of it give another file name. */
function fingerprint(request: Omit<FlowRequest, "output">): string {
  const content = JSON.stringify([request, readFileSync(flowModule, "utf8"), toolVersions()]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

function flowRequest(
  board: Board,
  gateware: Gateware,
  seeds: readonly number[],
): Omit<FlowRequest, "output"> {
  const divisor = Math.round(board.clock.hz / board.baud.gateware);
  const parameters = gatewareParameters(board, divisor, gateware.firmware);
  return {
    verilog: { ...gateware.files, "board_top.v": boardTop(board, parameters) },
    top: "board_top",
    synthesis: board.tools.synthesis,
    spram: board.engine.tableKind === "spram",
    placeAndRoute: board.tools.placeAndRoute?.slice(1) ?? null,
    constraints: pinConstraints(board),
    megahertz: clockMegahertz(board),
    seeds,
  };
}

/** @throws NomulError E_TIMING with the rates that the seeds reached */
function requireTiming(board: Board, { placed }: FlowResult): Placement {
  if (placed?.met) return placed;
  const rates = placed?.tried.map(
    ({ seed, fmaxHz }) => `${seed}: ${(fmaxHz / 1e6).toFixed(2)} MHz`,
  );
  throw new NomulError(
    "E_TIMING",
    `the gateware does not reach the ${clockMegahertz(board)} MHz of ${board.name}; placement seeds reached ${rates?.join(", ")}`,
    {
      where: `${board.id}: clock.hz`,
      next: "Try other seeds (--seeds 9,10,11), or lower clock.hz in the board file.",
    },
  );
}

/**
 * Synthesises a board's gateware without placing it: what it needs, on boards too whose chips no tool
 * of npm can place.
 * @throws NomulError E_BUILD_FAILED
 */
export function synthesise(board: Board, options: BuildOptions = {}): Promise<FlowResult> {
  const request = flowRequest(board, options.gateware ?? readGateware(), []);
  return runFlow({ ...request, placeAndRoute: null, output: "" }, options.onProgress);
}

/**
 * Builds the bitstream of a board, or takes it from the cache. Takes minutes and 1 GB of memory, in a
 * child process.
 * @throws NomulError E_BOARD_UNFIT with the reason if the board's file says that there is none;
 *   E_TIMING if no seed meets timing; E_BUILD_FAILED with the end of a tool's log; E_FILE_WRITE if
 *   the cache folder cannot be written
 */
export async function buildBitstream(
  board: Board,
  options: BuildOptions = {},
): Promise<BuiltBitstream> {
  if (board.build.reach !== "bitstream") {
    throw new NomulError("E_BOARD_UNFIT", `no bitstream for ${board.name}: ${board.build.reason}`, {
      where: `${board.id}: build.reach`,
      next: `"nomul build ${board.id} --synthesis" tells what the gateware would need there.`,
    });
  }
  const gateware = options.gateware ?? readGateware();
  const request = flowRequest(board, gateware, options.seeds ?? SEEDS);
  const folder = cacheFolder();
  const output = join(folder, `${board.id}-${fingerprint(request)}`);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new NomulError("E_FILE_WRITE", "the folder for built bitstreams cannot be made", {
      where: folder,
      next: "Set NOMUL_CACHE_DIR to a folder you may write.",
      cause,
    });
  }
  const found = (): FlowResult | undefined =>
    existsSync(`${output}.json`) ? JSON.parse(readFileSync(`${output}.json`, "utf8")) : undefined;
  const cached = found();
  const result =
    cached ??
    (await withLock(`${output}.lock`, async () => {
      return found() ?? (await runFlow({ ...request, output }, options.onProgress));
    }));
  const placed = requireTiming(board, result);
  const bitstream = readFileSync(`${output}.bin`);
  return { ...result, placed, bitstream, firmware: gateware.firmware, built: !cached };
}
