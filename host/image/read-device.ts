import { NomulError } from "../errors.ts";
import { type Layer, packers } from "../generated/operators.ts";
import type { Program } from "../reference/program.ts";
import { outputStageRecord, programHeader, stepDescriptor } from "../spec/image.ts";
import { operators, stepFlags } from "../spec/operators.ts";
import { inputTypeOf } from "./input.ts";
import { padOutputs, type Stage } from "./packer.ts";
import type { StepPlan } from "./plan.ts";
import { proveNoOverflow } from "./prove.ts";
import { type RecordOf, readRecord } from "./record.ts";

type Step = RecordOf<typeof stepDescriptor>;
type Header = RecordOf<typeof programHeader>;

/** A check that names the field, as every reader error does. */
function expectField(ok: boolean, field: string, message: string, name: string): void {
  if (ok) return;
  throw new NomulError("E_IMAGE_CORRUPT", `${field}: ${message}`, {
    where: name,
    next: "Write the image again with nomul fit.",
  });
}

function readStage(step: Step, tables: Uint8Array, where: string, name: string): Stage {
  const bias = new Int32Array(step.outputElements);
  const shift = new Uint8Array(step.outputElements);
  if (!(step.flags & stepFlags[0].value)) return { bias, shift };
  const at = step.outputStageOffset;
  const end = at + padOutputs(step.outputElements) * outputStageRecord.bytes;
  expectField(at % 8 === 0, `${where}.outputStageOffset`, `${at} is not a multiple of 8`, name);
  expectField(
    end <= tables.length,
    `${where}.outputStageOffset`,
    "reaches beyond the table section",
    name,
  );
  for (let m = 0; m < step.outputElements; m++) {
    const record = readRecord(outputStageRecord, tables, at + m * outputStageRecord.bytes);
    expectField(
      record.shift <= 31,
      `${where}.shift`,
      `${record.shift} of output ${m} is above 31`,
      name,
    );
    bias[m] = record.bias;
    shift[m] = record.shift;
  }
  return { bias, shift };
}

function checkBuffers(step: Step, header: Header, where: string, name: string): void {
  const outputs8 = padOutputs(step.outputElements);
  const inputEnd = step.inputOffset + step.inputElements;
  const outputEnd = step.outputOffset + outputs8;
  expectField(step.inputElements > 0, `${where}.inputElements`, "is 0", name);
  expectField(step.outputElements > 0, `${where}.outputElements`, "is 0", name);
  expectField(
    inputEnd <= header.arenaElements,
    `${where}.inputOffset`,
    "reaches beyond the arena",
    name,
  );
  expectField(
    outputEnd <= header.arenaElements,
    `${where}.outputOffset`,
    "reaches beyond the arena",
    name,
  );
  expectField(step.outputOffset % 8 === 0, `${where}.outputOffset`, "is not a multiple of 8", name);
  expectField(
    inputEnd <= step.outputOffset || outputEnd <= step.inputOffset,
    `${where}.outputOffset`,
    "output overlaps input",
    name,
  );
}

function readStep(device: Uint8Array, header: Header, index: number, name: string): Layer {
  const where = `step ${index}`;
  const step = readRecord(
    stepDescriptor,
    device,
    programHeader.bytes + index * stepDescriptor.bytes,
  );
  const operator = operators.find((o) => o.code === step.operator);
  expectField(
    operator !== undefined,
    `${where}.operator`,
    `code ${step.operator} is unknown`,
    name,
  );
  expectField(
    (step.flags & ~stepFlags[0].value) === 0,
    `${where}.flags`,
    `${step.flags} has unknown bits`,
    name,
  );
  expectField(step.codebooks > 0, `${where}.codebooks`, "is 0", name);
  checkBuffers(step, header, where, name);

  const packer = packers[operator!.token];
  const shape = {
    inputs: step.inputElements,
    outputs: step.outputElements,
    codebooks: step.codebooks,
  };
  const { parameterBytes, tableBytes } = packer.sizes(shape);
  const parameterEnd = step.parameterOffset + parameterBytes;
  const tables = device.subarray(header.tableOffset);
  expectField(
    step.parameterOffset % 4 === 0,
    `${where}.parameterOffset`,
    "is not a multiple of 4",
    name,
  );
  expectField(
    step.parameterOffset >= programHeader.bytes + header.stepCount * stepDescriptor.bytes &&
      parameterEnd <= header.tableOffset,
    `${where}.parameterOffset`,
    "reaches beyond the parameter section",
    name,
  );
  expectField(step.tableOffset % 8 === 0, `${where}.tableOffset`, "is not a multiple of 8", name);
  expectField(
    step.tableOffset + tableBytes <= tables.length,
    `${where}.tableOffset`,
    "reaches beyond the table section",
    name,
  );
  const layer = packer.read(
    shape,
    device.subarray(step.parameterOffset, parameterEnd),
    tables.subarray(step.tableOffset, step.tableOffset + tableBytes),
    readStage(step, tables, where, name),
  );
  try {
    packer.check(layer, where);
  } catch (error) {
    expectField(false, where, (error as Error).message, name);
  }
  return layer;
}

/**
 * Reads the device part back into a program; every offset and length is checked before use.
 * @throws NomulError E_IMAGE_CORRUPT naming the field, E_ACCUMULATOR_OVERFLOW
 */
export function readDevicePart(
  device: Uint8Array,
  name: string,
): { program: Program; steps: StepPlan[]; tableOffset: number; arenaElements: number } {
  expectField(
    device.length >= programHeader.bytes,
    "deviceBytes",
    `${device.length} is too small`,
    name,
  );
  expectField(
    device.length % 8 === 0,
    "deviceBytes",
    `${device.length} is not a multiple of 8`,
    name,
  );
  const header = readRecord(programHeader, device);
  const stepsEnd = programHeader.bytes + header.stepCount * stepDescriptor.bytes;
  const inputType = inputTypeOf(header.inputType);
  expectField(header.stepCount > 0, "stepCount", "is 0", name);
  expectField(inputType !== undefined, "inputType", `code ${header.inputType} is unknown`, name);
  expectField(
    header.tableOffset % 8 === 0 &&
      header.tableOffset >= stepsEnd &&
      header.tableOffset <= device.length,
    "tableOffset",
    `${header.tableOffset} is not a multiple of 8 within ${stepsEnd}..${device.length}`,
    name,
  );
  const layers = Array.from({ length: header.stepCount }, (_, i) =>
    readStep(device, header, i, name),
  );
  const offsets = Array.from({ length: header.stepCount }, (_, i) =>
    readRecord(stepDescriptor, device, programHeader.bytes + i * stepDescriptor.bytes),
  );
  const first = offsets[0];
  const last = offsets[offsets.length - 1];
  expectField(
    header.inputOffset === first.inputOffset && header.inputElements === first.inputElements,
    "inputOffset",
    "the program's input is not step 0's",
    name,
  );
  expectField(
    header.outputOffset === last.outputOffset && header.outputElements === last.outputElements,
    "outputOffset",
    "the program's output is not the last step's",
    name,
  );
  offsets.forEach((step, i) => {
    const before = offsets[i - 1];
    expectField(
      !before ||
        (before.outputOffset === step.inputOffset && before.outputElements === step.inputElements),
      `step ${i}.inputOffset`,
      "is not the output of the step before",
      name,
    );
  });
  const program: Program = { inputType: inputType!, layers };
  proveNoOverflow(program);
  const steps = offsets.map((step) => ({
    ...step,
    requantise: (step.flags & stepFlags[0].value) !== 0,
  }));
  return { program, steps, tableOffset: header.tableOffset, arenaElements: header.arenaElements };
}
