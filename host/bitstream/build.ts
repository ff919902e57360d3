import { readFileSync } from "node:fs";
import { clockMegahertz, pinConstraints } from "../board/constraints.ts";
import { type Gateware, gatewareParameters, readGateware } from "../board/gateware.ts";
import type { Board } from "../board/schema.ts";
import { NomulError } from "../errors.ts";
import { withLock } from "../sim/lock.ts";
import { boardTop } from "./board-top.ts";
import { cachePath, readCache, writeCache } from "./cache.ts";
import type { Netlist, Placement, SynthesisRequest } from "./flow.ts";
import { bitstreamLabel } from "./identify.ts";
import { flowModule, startStage } from "./run-flow.ts";
import { type Attempt, placeSeeds } from "./seeds.ts";

export interface BuildOptions {
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Sources instead of the package's own. */
  readonly gateware?: Gateware | undefined;
  /** Placement seeds to try, in this order. */
  readonly seeds?: readonly number[] | undefined;
}

/** What a build's report is made of. */
export interface BuildFacts extends Pick<Placement, "fmaxHz" | "seed" | "utilization"> {
  /** Cell type of the netlist → how many. */
  readonly cells: Netlist["cells"];
  /** Every seed tried, with the rate it reached. */
  readonly tried: readonly Attempt[];
  /** placeAndRoute: of all seeds that were tried. */
  readonly seconds: { readonly synthesis: number; readonly placeAndRoute: number };
}

export interface BuiltBitstream extends BuildFacts {
  readonly bitstream: Uint8Array;
  /** CRC-32C of the gateware's sources, as HELLO tells it. */
  readonly firmware: number;
  /** False when it was in the cache. */
  readonly built: boolean;
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

function synthesisRequest(board: Board, gateware: Gateware): SynthesisRequest {
  const divisor = Math.round(board.clock.hz / board.baud.gateware);
  const parameters = gatewareParameters(board, divisor, gateware.firmware);
  return {
    stage: "synthesis",
    verilog: { ...gateware.files, "board_top.v": boardTop(board, parameters) },
    top: "board_top",
    command: board.tools.synthesis,
    spram: board.engine.tableKind === "spram",
  };
}

const placementRequest = (board: Board, gateware: Gateware) => ({
  stage: "placement" as const,
  options: board.tools.placeAndRoute?.slice(1) ?? [],
  constraints: pinConstraints(board),
  megahertz: clockMegahertz(board),
  label: bitstreamLabel(board, gateware.firmware),
});

function tooSlow(board: Board, tried: readonly Attempt[]): NomulError {
  const rates = tried.map(({ seed, fmaxHz }) => `${seed}: ${(fmaxHz / 1e6).toFixed(2)} MHz`);
  return new NomulError(
    "E_TIMING",
    `the gateware does not reach the ${clockMegahertz(board)} MHz of ${board.name}; placement seeds reached ${rates.join(", ")}`,
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
export function synthesise(board: Board, options: BuildOptions = {}): Promise<Netlist> {
  options.onProgress?.("Yosys: Verilog to netlist");
  return startStage(synthesisRequest(board, options.gateware ?? readGateware())).result;
}

/**
 * Builds the bitstream of a board, or takes it from the cache. Takes minutes and 1 GB of
 * memory for each of two child processes.
 * @throws NomulError E_BOARD_UNFIT with the reason if the board's file says that there is none,
 *   or with what the chip has too little of;
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
  const { firmware } = gateware;
  const synthesis = synthesisRequest(board, gateware);
  const placement = placementRequest(board, gateware);
  const seeds = options.seeds ?? SEEDS;
  const flow = readFileSync(flowModule, "utf8");
  const path = cachePath(board.id, [synthesis, placement, seeds, flow]);
  const cached = () => readCache<BuildFacts>(path);
  const found = cached();
  if (found) return { ...found, firmware, built: false };

  return withLock(`${path}.lock`, async () => {
    const foundNow = cached();
    if (foundNow) return { ...foundNow, firmware, built: false };
    const { cells, netlist, seconds } = await synthesise(board, options);
    const startMs = performance.now();
    const placed = await placeSeeds({ ...placement, netlist }, seeds, options.onProgress);
    if (!placed.placement) throw tooSlow(board, placed.tried);
    const { bitstream, fmaxHz, seed, utilization } = placed.placement;
    const placeAndRoute = (performance.now() - startMs) / 1000;
    const facts: BuildFacts = {
      ...{ cells, fmaxHz, seed, utilization },
      tried: placed.tried,
      seconds: { synthesis: seconds, placeAndRoute },
    };
    writeCache(path, facts, bitstream);
    return { ...facts, bitstream, firmware, built: true };
  });
}
