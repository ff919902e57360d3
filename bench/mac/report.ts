import { percent, thousands } from "../../host/report/table.ts";
import { derived, type EngineFigures, SYSTEM_MEGAHERTZ } from "./figures.ts";

const markdown = (rows: readonly (readonly string[])[]): string =>
  [rows[0], rows[0].map(() => "---"), ...rows.slice(1)]
    .map((row) => `| ${row.join(" | ")} |\n`)
    .join("");

type Line = readonly [what: string, of: (engine: EngineFigures) => string];

const lines: readonly Line[] = [
  ["network", (e) => e.shape],
  ["accuracy, mean", (e) => percent(e.accuracy)],
  ["LUT4", (e) => thousands(e.cost.lut4)],
  ["registers", (e) => thousands(e.cost.registers)],
  ["logic cells", (e) => thousands(e.cost.logicCells)],
  ["EBR", (e) => String(e.cost.ebr)],
  ["SPRAM", (e) => String(e.cost.spram)],
  ["DSP", (e) => String(e.cost.dsp)],
  ["Fmax, MHz", (e) => e.cost.fmax.map(({ megahertz }) => megahertz.toFixed(1)).join(", ")],
  ["LUT4 a lane, without the encoder", (e) => derived(e).laneLut4.toFixed(1)],
  ["LUT4 a lane, operator", (e) => derived(e).operatorLut4PerLane.toFixed(1)],
  ["cycles an inference", (e) => thousands(e.cycles)],
  ["cycles of the hidden layer", (e) => thousands(e.hiddenCycles)],
  ["hidden outputs a cycle", (e) => derived(e).outputsPerCycle.toFixed(4)],
  ["LUT4 for one output a cycle", (e) => thousands(derived(e).lut4PerOutputAndCycle)],
  ["memory bits a hidden output", (e) => thousands(e.bitsPerOutput)],
  ["bytes of tables or weights", (e) => thousands(e.parameterBytes)],
  ["bytes on the device", (e) => thousands(e.deviceBytes)],
  [`inferences/s at ${SYSTEM_MEGAHERTZ} MHz`, (e) => thousands(derived(e).inferencesAtSystemClock)],
  ["inferences/s at the median Fmax", (e) => thousands(derived(e).inferencesAtFmax)],
  [
    `inferences/s a LUT4 at ${SYSTEM_MEGAHERTZ} MHz`,
    (e) => derived(e).inferencesPerLut4.toFixed(1),
  ],
  ["inferences/s a LUT4 at Fmax", (e) => derived(e).inferencesPerLut4AtFmax.toFixed(1)],
];

/** Engines side by side, as Markdown. */
export function engineTable(engines: readonly EngineFigures[]): string {
  return markdown([
    ["", ...engines.map(({ name }) => name)],
    ...lines.map(([what, of]) => [what, ...engines.map(of)]),
  ]);
}

/** One network of some width, over the seeds. */
export interface WidthFigures {
  readonly name: string;

  /** One a seed, 0..1 */
  readonly float: readonly number[];
  readonly accuracy: readonly number[];
  readonly parameterBytes: number;
  readonly cycles: number;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length;

/** Accuracy over widths, as Markdown. */
export function widthTable(widths: readonly WidthFigures[], seeds: readonly number[]): string {
  return markdown([
    ["network", ...seeds.map((s) => `seed ${s}: float → integer`), "mean", "bytes", "cycles"],
    ...widths.map((w) => [
      w.name,
      ...seeds.map((_, i) => `${percent(w.float[i])} → ${percent(w.accuracy[i])}`),
      percent(mean(w.accuracy)),
      thousands(w.parameterBytes),
      thousands(w.cycles),
    ]),
  ]);
}
