/**
 * `npm run bench:bake`: what images cost as a part of the bitstream, from the tools' own reports, as a
 * Markdown table on stdout. The images are those of conformance vectors. Minutes each.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bake } from "../host/bitstream/bake.ts";
import { buildBitstream } from "../host/bitstream/build.ts";
import { buildReport } from "../host/bitstream/report.ts";
import { loadBoard } from "../host/board/load.ts";
import { packImage } from "../host/image/pack.ts";
import { readImage } from "../host/image/read.ts";
import { packageRoot } from "../host/package-root.ts";
import { thousands } from "../host/report/table.ts";
import { toProgram, type VectorFile } from "../test/vectors/format.ts";

const cases = [
  ["icebreaker", "maddness", "every-leaf"],
  ["icebreaker", "maddness", "chain-3"],
  ["hx8k-evn", "maddness4", "outputs-64"],
] as const;

const row = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(" | ")} |\n`);
row(["board", "image", "its bytes", "LUT4", "EBR", "SPRAM", "Fmax (seed)", "cycles"]);
row(Array.from({ length: 8 }, () => "---"));
for (const [id, operator, vector] of cases) {
  const path = join(packageRoot, "test", "vectors", `${operator}.json`);
  const file: VectorFile = JSON.parse(readFileSync(path, "utf8"));
  const program = toProgram(operator, file.vectors.find((v) => v.id === vector)!);
  const image = readImage(packImage(program, { manifest: { tool: "bench:bake" } }));
  const { board, gateware } = bake(loadBoard(id), image);
  const built = await buildBitstream(board, {
    gateware,
    onProgress: (text) => process.stderr.write(`${id}, ${vector}: ${text}\n`),
  });
  const work = { image: { image, path: vector }, baked: true };
  const report = buildReport(board, built, `${id}.bin`, work);
  row([
    id,
    vector,
    thousands(image.device.length),
    thousands(report.lut4),
    `${report.blockRam.used} of ${report.blockRam.available}`,
    report.spram ? `${report.spram.used} of ${report.spram.available}` : "none",
    `${(report.fmaxHz / 1e6).toFixed(1)} MHz (${report.seed})`,
    thousands(report.image!.cycles),
  ]);
}
