import { createHash } from "node:crypto";
import { crc32c } from "../crc32c.ts";
import { NomulError } from "../errors.ts";
import { packers } from "../generated/operators.ts";
import { inferProgram, inputRange, type Program } from "../reference/program.ts";
import {
  imageConstants,
  imageHeader,
  imageMagic,
  outputStageRecord,
  programHeader,
  stepDescriptor,
} from "../spec/image.ts";
import { operators, stepFlags } from "../spec/operators.ts";
import { encodeInput, inputBytes, inputTypeCode } from "./input.ts";
import type { Manifest } from "./manifest.ts";
import { type Plan, planProgram } from "./plan.ts";
import { proveNoOverflow } from "./prove.ts";
import { writeRecord } from "./record.ts";

export interface PackOptions {
  readonly manifest: Manifest;
  /** Inputs of the golden vectors, [inputs] each; the definition supplies their outputs. */
  readonly goldenInputs?: readonly ArrayLike<number>[];
}

const operatorCode = (token: string) => operators.find((o) => o.token === token)!.code;

/** A broken chain of layers can't be packed. @throws NomulError E_SHAPE, E_RANGE */
function checkProgram(program: Program): void {
  if (program.layers.length === 0) {
    throw new NomulError("E_SHAPE", "the program has no layers", {
      next: "Give at least one layer.",
    });
  }
  program.layers.forEach((layer, step) => {
    const where = `step ${step}`;
    packers[layer.operator].check(layer, where);
    const wrong = layer.shift.findIndex((s) => s > 31);
    if (layer.bias.length !== layer.outputs || layer.shift.length !== layer.outputs || wrong >= 0) {
      throw new NomulError(
        "E_RANGE",
        wrong >= 0
          ? `shift ${layer.shift[wrong]} of output ${wrong} is above 31`
          : `bias and shift have ${layer.bias.length} and ${layer.shift.length} elements for ${layer.outputs} outputs`,
        { where, next: "Give one i32 bias and one shift 0..31 per output." },
      );
    }
    const before = program.layers[step - 1];
    if (before && before.outputs !== layer.inputs) {
      throw new NomulError(
        "E_SHAPE",
        `takes ${layer.inputs} inputs, the step before has ${before.outputs} outputs`,
        {
          where,
          next: "Make the layers fit each other.",
        },
      );
    }
  });
}

/** Program and tables, as devices read them in place. */
export function packDevicePart(program: Program, plan: Plan): Uint8Array {
  const bytes = new Uint8Array(plan.deviceBytes);
  const last = plan.steps[plan.steps.length - 1];
  writeRecord(programHeader, bytes, {
    stepCount: program.layers.length,
    inputType: inputTypeCode[program.inputType],
    inputOffset: plan.steps[0].inputOffset,
    inputElements: program.layers[0].inputs,
    outputOffset: last.outputOffset,
    outputElements: program.layers[program.layers.length - 1].outputs,
    arenaElements: plan.arenaElements,
    tableOffset: plan.tableOffset,
  });
  program.layers.forEach((layer, i) => {
    const step = plan.steps[i];
    writeRecord(
      stepDescriptor,
      bytes,
      {
        operator: operatorCode(layer.operator),
        flags: step.requantise ? stepFlags[0].value : 0,
        inputOffset: step.inputOffset,
        inputElements: layer.inputs,
        outputOffset: step.outputOffset,
        outputElements: layer.outputs,
        codebooks: layer.codebooks,
        parameterOffset: step.parameterOffset,
        tableOffset: step.tableOffset,
        outputStageOffset: step.outputStageOffset,
      },
      programHeader.bytes + i * stepDescriptor.bytes,
    );
    const packer = packers[layer.operator];
    bytes.set(packer.parameters(layer), step.parameterOffset);
    bytes.set(packer.tables(layer), plan.tableOffset + step.tableOffset);
    if (!step.requantise) return;
    for (let m = 0; m < layer.outputs; m++) {
      const at = plan.tableOffset + step.outputStageOffset + m * outputStageRecord.bytes;
      writeRecord(outputStageRecord, bytes, { bias: layer.bias[m], shift: layer.shift[m] }, at);
    }
  });
  return bytes;
}

function packGolden(program: Program, inputs: readonly ArrayLike<number>[]): Uint8Array {
  const [low, high] = inputRange[program.inputType];
  const D = program.layers[0].inputs;
  const M = program.layers[program.layers.length - 1].outputs;
  const inBytes = inputBytes(program.inputType, D);
  const bytes = new Uint8Array(inputs.length * (inBytes + 2 * M));
  const view = new DataView(bytes.buffer);
  inputs.forEach((input, v) => {
    const bad = Array.from(input).findIndex((x) => !(x >= low && x <= high && Number.isInteger(x)));
    if (input.length !== D || bad >= 0) {
      throw new NomulError(
        "E_RANGE",
        bad >= 0
          ? `element ${bad} is ${input[bad]}, outside ${low}..${high}`
          : `has ${input.length} elements, expected ${D}`,
        { where: `golden vector ${v}`, next: "Give integer inputs in the program's input type." },
      );
    }
    bytes.set(encodeInput(program.inputType, input), v * inBytes);
    const outputs = inferProgram(program, input).at(-1)!;
    const at = inputs.length * inBytes + v * 2 * M;
    outputs.forEach((y, m) => {
      view.setInt16(at + 2 * m, y, true);
    });
  });
  return bytes;
}

/**
 * Writes a table image: header, device part, manifest, golden vectors (docs/image.md).
 * @throws NomulError E_SHAPE, E_RANGE for layers that do not fit their description or each other;
 *   E_ACCUMULATOR_OVERFLOW if an input exists that could overflow
 */
export function packImage(program: Program, options: PackOptions): Uint8Array {
  checkProgram(program);
  proveNoOverflow(program);
  const device = packDevicePart(program, planProgram(program));
  const manifest = new TextEncoder().encode(JSON.stringify(options.manifest));
  const goldenInputs = options.goldenInputs ?? [];
  const golden = packGolden(program, goldenInputs);

  const totalBytes = imageHeader.bytes + device.length + manifest.length + golden.length;
  const image = new Uint8Array(totalBytes);
  const header = {
    magic: [...imageMagic],
    format: imageConstants[0].value,
    headerBytes: imageHeader.bytes,
    totalBytes,
    deviceBytes: device.length,
    deviceCrc: crc32c(device),
    manifestBytes: manifest.length,
    goldenCount: goldenInputs.length,
    goldenBytes: golden.length,
  };
  writeRecord(imageHeader, image, header);
  image.set(device, imageHeader.bytes);
  image.set(manifest, imageHeader.bytes + device.length);
  image.set(golden, imageHeader.bytes + device.length + manifest.length);
  const sha256 = [...createHash("sha256").update(image).digest()];
  writeRecord(imageHeader, image, { ...header, sha256 });
  return image;
}
