import { packers } from "../generated/operators.ts";
import type { TableImage } from "../image/read.ts";
import { textTable, thousands } from "./table.ts";

export interface StepReport {
  readonly operator: string;
  readonly inputs: number;
  readonly codebooks: number;
  readonly outputs: number;
  readonly tableBytes: number;
  readonly parameterBytes: number;
  /** Smallest and largest table sum that any input can give. */
  readonly accumulatorMin: number;
  readonly accumulatorMax: number;
  readonly requantise: boolean;
}

export interface ImageReport {
  readonly sha256: string;
  readonly totalBytes: number;
  readonly deviceBytes: number;
  readonly deviceCrc: number;
  readonly parameterBytes: number;
  readonly tableBytes: number;
  readonly arenaElements: number;
  readonly inputType: string;
  readonly goldenVectors: number;
  readonly steps: readonly StepReport[];
  readonly manifest: TableImage["manifest"];
}

/** What an image holds. */
export function inspectImage(image: TableImage): ImageReport {
  return {
    sha256: image.sha256,
    totalBytes: image.totalBytes,
    deviceBytes: image.device.length,
    deviceCrc: image.deviceCrc,
    parameterBytes: image.tableOffset,
    tableBytes: image.device.length - image.tableOffset,
    arenaElements: image.arenaElements,
    inputType: image.program.inputType,
    goldenVectors: image.golden.length,
    steps: image.program.layers.map((layer, i) => {
      const { min, max } = packers[layer.operator].accumulatorRange(layer);
      return {
        operator: layer.operator,
        inputs: layer.inputs,
        codebooks: layer.codebooks,
        outputs: layer.outputs,
        ...packers[layer.operator].sizes(layer),
        accumulatorMin: Math.min(...min),
        accumulatorMax: Math.max(...max),
        requantise: image.steps[i].requantise,
      };
    }),
    manifest: image.manifest,
  };
}

/** The report as text for people. */
export function inspectText(name: string, report: ImageReport): string {
  const steps = textTable([
    ["step", "operator", "inputs", "codebooks", "outputs", "table bytes", "sums", "output stage"],
    ...report.steps.map((s, i) => [
      i,
      s.operator,
      s.inputs,
      s.codebooks,
      s.outputs,
      thousands(s.tableBytes),
      `${s.accumulatorMin}..${s.accumulatorMax}`,
      s.requantise ? "bias and shift" : "none needed",
    ]),
  ]);
  return [
    `${name}: ${thousands(report.totalBytes)} bytes, sha256 ${report.sha256.slice(0, 16)}…`,
    `device part: ${thousands(report.deviceBytes)} bytes (parameters ${thousands(report.parameterBytes)}, ` +
      `tables ${thousands(report.tableBytes)}), CRC-32C ${report.deviceCrc.toString(16).padStart(8, "0")}`,
    `inputs: ${report.inputType} [${report.steps[0].inputs}]; arena: ${report.arenaElements} activations; ` +
      `golden vectors: ${report.goldenVectors}`,
    "",
    steps,
    "",
    `manifest: ${JSON.stringify(report.manifest)}`,
  ].join("\n");
}
