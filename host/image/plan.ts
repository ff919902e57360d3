import { packers } from "../generated/operators.ts";
import type { Program } from "../reference/program.ts";
import { outputStageRecord, programHeader, stepDescriptor } from "../spec/image.ts";
import { padOutputs, type StepShape } from "./packer.ts";

export interface StepPlan {
  readonly inputOffset: number;
  readonly outputOffset: number;
  /** Bytes from the start of the device part. */
  readonly parameterOffset: number;
  /** Bytes from the start of the table section, as is the next. */
  readonly tableOffset: number;
  /** 0 when the step has no output stage records. */
  readonly outputStageOffset: number;
  readonly requantise: boolean;
}

export interface Plan {
  readonly steps: readonly StepPlan[];
  readonly arenaElements: number;
  /** Where the table section starts in the device part: the size of the parameter section. */
  readonly tableOffset: number;
  readonly deviceBytes: number;
}

const align8 = (n: number) => (n + 7) & ~7;

/** Needs no output stage records: every bias and shift is 0. */
export function isPlain(layer: { bias: Int32Array; shift: Uint8Array }): boolean {
  return layer.bias.every((b) => b === 0) && layer.shift.every((s) => s === 0);
}

/**
 * Places buffers and sections. Buffers alternate between two regions of the arena, so a step never
 * reads and writes the same region however many steps there are.
 */
export function planProgram(program: Program): Plan {
  const buffers = [
    align8(program.layers[0].inputs),
    ...program.layers.map((layer) => padOutputs(layer.outputs)),
  ];
  const largest = (parity: number) => Math.max(...buffers.filter((_, i) => i % 2 === parity));
  const oddRegion = largest(0);
  const bufferOffset = (i: number) => (i % 2 === 0 ? 0 : oddRegion);

  let parameters = programHeader.bytes + program.layers.length * stepDescriptor.bytes;
  let tables = 0;
  const steps = program.layers.map((layer, i) => {
    const shape: StepShape = layer;
    const { parameterBytes, tableBytes } = packers[layer.operator].sizes(shape);
    const requantise = !isPlain(layer);
    const step = {
      inputOffset: bufferOffset(i),
      outputOffset: bufferOffset(i + 1),
      parameterOffset: parameters,
      tableOffset: tables,
      outputStageOffset: requantise ? tables + tableBytes : 0,
      requantise,
    };
    parameters += parameterBytes;
    tables += tableBytes + (requantise ? padOutputs(layer.outputs) * outputStageRecord.bytes : 0);
    return step;
  });
  const tableOffset = align8(parameters);
  return {
    steps,
    arenaElements: oddRegion + largest(1),
    tableOffset,
    deviceBytes: tableOffset + tables,
  };
}
