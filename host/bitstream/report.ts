import type { Board } from "../board/schema.ts";
import type { TableImage } from "../image/read.ts";
import { textTable, thousands } from "../report/table.ts";
import type { BuiltBitstream } from "./build.ts";
import { sha256, toolVersions } from "./cache.ts";
import { imageCycles } from "./cycles.ts";

interface Share {
  readonly used: number;
  readonly available: number;
}

export interface BuildReport {
  readonly board: string;
  readonly part: string;
  /** CRC-32C of the gateware's sources, hexadecimal, as HELLO tells it. */
  readonly firmware: string;
  readonly bitstream: { readonly path: string; readonly bytes: number; readonly sha256: string };
  readonly clockHz: number;
  readonly fmaxHz: number;
  readonly seed: number;
  readonly tried: readonly { readonly seed: number; readonly fmaxHz: number }[];
  readonly lut4: number;
  readonly flipFlops: number;
  readonly logicCells: Share;
  readonly blockRam: Share;
  /** null on chips that have none. */
  readonly spram: Share | null;
  readonly pll: Share | null;
  /** Most look-ups that the engine makes in a clock. */
  readonly lookupsPerCycle: number;
  readonly image: ImageReport | null;
  readonly seconds: { readonly synthesis: number; readonly placeAndRoute: number };
  readonly cached: boolean;
  readonly tools: Readonly<Record<string, string>>;
}

interface ImageReport {
  readonly path: string;
  readonly cycles: number;
  readonly lookups: number;
  readonly lookupsPerCycle: number;
  /** Of the engine; what a host gets over the line is less. */
  readonly inferencesPerSecond: number;
  /** The image is part of the bitstream. */
  readonly baked: boolean;
}

/** An image to report about, and whether the bitstream holds it. */
export interface ReportedImage {
  readonly image: { readonly image: TableImage; readonly path: string } | undefined;
  readonly baked: boolean;
}

function imageReport(
  board: Board,
  { image, path }: NonNullable<ReportedImage["image"]>,
  baked: boolean,
): ImageReport {
  const { cycles, lookups } = imageCycles(image, board.engine);
  return {
    path,
    cycles,
    lookups,
    lookupsPerCycle: lookups / cycles,
    inferencesPerSecond: board.clock.hz / cycles,
    baked,
  };
}

/** What an iCE40 bitstream costs and how fast it is. */
export function buildReport(
  board: Board,
  built: BuiltBitstream,
  path: string,
  { image, baked }: ReportedImage = { image: undefined, baked: false },
): BuildReport {
  const { cells, bitstream, utilization } = built;
  const flipFlops = Object.entries(cells).filter(([type]) => type.startsWith("SB_DFF"));
  return {
    board: board.id,
    part: `${board.fpga.family} ${board.fpga.device}-${board.fpga.package}`,
    firmware: built.firmware.toString(16).padStart(8, "0"),
    bitstream: {
      path,
      bytes: bitstream.length,
      sha256: sha256(bitstream),
    },
    clockHz: board.clock.hz,
    fmaxHz: built.fmaxHz,
    seed: built.seed,
    tried: built.tried,
    lut4: cells.SB_LUT4 ?? 0,
    flipFlops: flipFlops.reduce((sum, [, count]) => sum + count, 0),
    logicCells: utilization.ICESTORM_LC,
    blockRam: utilization.ICESTORM_RAM,
    spram: utilization.ICESTORM_SPRAM ?? null,
    pll: utilization.ICESTORM_PLL ?? null,
    lookupsPerCycle: board.engine.lanes,
    image: image ? imageReport(board, image, baked) : null,
    seconds: built.seconds,
    cached: !built.built,
    tools: toolVersions(),
  };
}

const megahertz = (hz: number) => `${(hz / 1e6).toFixed(2)} MHz`;

const share = ({ used, available }: Share) =>
  `${thousands(used)} of ${thousands(available)} (${Math.round((100 * used) / available)} %)`;

/** Engines of 16 lanes add two entries of 4 bits in place of one. */
const doubled = (lanes: number) => (lanes === 16 ? ", 32 with 4-bit entries" : "");

function imageText(report: ImageReport): string {
  const { path, baked, cycles, inferencesPerSecond, lookupsPerCycle } = report;
  return (
    `${path}${baked ? ", part of the bitstream" : ""}: ${thousands(cycles)} cycles, ${lookupsPerCycle.toFixed(2)} look-ups a cycle, ` +
    `${thousands(inferencesPerSecond)} inferences a second in the engine`
  );
}

/** The report as text for people. */
export function buildText(report: BuildReport): string {
  const tried = report.tried.length > 1 ? `, ${report.tried.length} seeds tried` : "";
  const rows = [
    ["clock", `${megahertz(report.clockHz)} asked for, ${megahertz(report.fmaxHz)} reached: met`],
    ["LUT4", `${thousands(report.lut4)}, ${thousands(report.flipFlops)} flip-flops`],
    ["logic cells", share(report.logicCells)],
    ["block RAM", share(report.blockRam)],
    ...(report.spram ? [["SPRAM", share(report.spram)]] : []),
    ...(report.pll ? [["PLL", share(report.pll)]] : []),
    ["look-ups a cycle", `up to ${report.lookupsPerCycle}${doubled(report.lookupsPerCycle)}`],
    [
      "built in",
      `${report.seconds.synthesis.toFixed(0)} s of Yosys, ${report.seconds.placeAndRoute.toFixed(0)} s of nextpnr (seed ${report.seed}${tried})${report.cached ? ", from the cache" : ""}`,
    ],
    [
      "bitstream",
      `${report.bitstream.path}, ${thousands(report.bitstream.bytes)} bytes, sha256 ${report.bitstream.sha256.slice(0, 16)}…`,
    ],
  ];
  const table = textTable([[report.board, report.part], ...rows]);
  return report.image ? `${table}\n\n${imageText(report.image)}` : table;
}
