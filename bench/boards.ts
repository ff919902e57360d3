/**
 * `npm run bench:boards`: bitstreams of the boards named, or of all that can have one, from the tools'
 * own reports, as a Markdown table on stdout. Minutes each; built ones are taken from the cache.
 * `--seeds=1` tries that placement seed only, which leaves a core for another build.
 */
import { buildBitstream } from "../host/bitstream/build.ts";
import { type BuildReport, buildReport } from "../host/bitstream/report.ts";
import { listBoards, loadBoard } from "../host/board/load.ts";
import { thousands } from "../host/report/table.ts";

const words = process.argv.slice(2);
const seeds = words
  .find((word) => word.startsWith("--seeds="))
  ?.slice(8)
  .split(",")
  .map(Number);
const named = words.filter((word) => !word.startsWith("--"));
const boards = (named.length > 0 ? named : listBoards())
  .map(loadBoard)
  .filter(({ build }) => build.reach === "bitstream");

const rows: string[][] = [];
for (const board of boards) {
  process.stderr.write(`${board.id} …\n`);
  const built = await buildBitstream(board, {
    seeds,
    onProgress: (text) => process.stderr.write(`  ${text}\n`),
  });
  rows.push(rowOf(buildReport(board, built, `${board.id}.bin`, undefined)));
}
const heads = [
  ...["board", "clock", "Fmax (seed)", "LUT4", "logic cells", "EBR", "SPRAM", "look-ups a cycle"],
  "took",
];
for (const row of [heads, heads.map(() => "---"), ...rows]) {
  process.stdout.write(`| ${row.join(" | ")} |\n`);
}

function rowOf(report: BuildReport): string[] {
  const share = ({ used, available }: { used: number; available: number }) =>
    `${thousands(used)} of ${thousands(available)}`;
  const { synthesis, placeAndRoute } = report.seconds;
  return [
    report.board,
    `${report.clockHz / 1e6} MHz`,
    `${(report.fmaxHz / 1e6).toFixed(1)} MHz (${report.seed})`,
    thousands(report.lut4),
    share(report.logicCells),
    share(report.blockRam),
    report.spram ? share(report.spram) : "none",
    String(report.lookupsPerCycle),
    `${Math.round(synthesis + placeAndRoute)} s`,
  ];
}
