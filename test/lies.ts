/** Device parts whose fields say what is not so, under a CRC that is right. */
import type { TableImage } from "../host/image/read.ts";
import { readRecord, writeRecord } from "../host/image/record.ts";
import { encoderRecord, programHeader, stepDescriptor } from "../host/spec/image.ts";
import { placeFields } from "../host/spec/layout.ts";
import type { Struct } from "../host/spec/struct.ts";

export interface Lie {
  /** Which field, and what it says. */
  readonly name: string;
  readonly device: Uint8Array;
}

const records = { header: programHeader, step: stepDescriptor, encoder: encoderRecord } as const;
type Place = keyof typeof records;

/** Byte of an image's device part where a record begins: the header, its last step, that step's first encoder. */
function startOf(image: TableImage, place: Place): number {
  if (place === "header") return 0;
  if (place === "encoder") return image.steps[image.steps.length - 1].parameterOffset;
  return programHeader.bytes + (image.steps.length - 1) * stepDescriptor.bytes;
}

/** Position and size of a field. */
export function fieldAt(image: TableImage, place: Place, field: string) {
  const struct: Struct = records[place];
  const placed = placeFields(struct).find(({ name }) => name === field)!;
  return { at: startOf(image, place) + placed.offset, bytes: placed.elementBytes };
}

/** An image with one field set to a value. */
export function lie(image: TableImage, place: Place, field: string, value: number): Lie {
  const { at, bytes } = fieldAt(image, place, field);
  const device = Uint8Array.from(image.device);
  const view = new DataView(device.buffer);
  if (bytes === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return { name: `${place}.${field} = ${value}`, device };
}

/** Values that no image of this size may have on a board with an arena of that many elements. */
export function lies(image: TableImage, arenaElements: number): Lie[] {
  const { length } = image.device;
  const { inputs: D, outputs: M } = image.program.layers[image.program.layers.length - 1];
  // Whole groups of 8 outputs are written.
  const beyondByGroup = M & 7 ? [arenaElements - M] : [];
  const high = 0xfffffff8;
  const false_: [Place, string, number[]][] = [
    ["header", "stepCount", [0, 65535]],
    ["header", "tableOffset", [0, image.tableOffset + 4, length + 8, high]],
    ["header", "inputType", [3]],
    ["header", "inputOffset", [65535]],
    ["header", "inputElements", [65535]],
    ["header", "outputOffset", [65535]],
    ["header", "outputElements", [65535]],
    ["step", "operator", [0, 99]],
    ["step", "flags", [2, 0x8000]],
    ["step", "inputOffset", [65535]],
    ["step", "inputElements", [0, 65535]],
    ["step", "outputOffset", [65535, ...beyondByGroup]],
    ["step", "outputElements", [0, 65535]],
    ["step", "codebooks", [0, 65535]],
    ["step", "parameterOffset", [2, image.tableOffset, high]],
    ["step", "tableOffset", [4, length - image.tableOffset, high]],
    ["encoder", "splitDim", [D, 65535]],
  ];
  const single = false_.flatMap(([place, field, values]) =>
    values.map((value) => lie(image, place, field, value)),
  );
  const staged = lie(image, "step", "flags", 1).device;
  const { at } = fieldAt(image, "step", "outputStageOffset");
  const beyond = [length - image.tableOffset, high, 4].map((value) => {
    const device = Uint8Array.from(staged);
    new DataView(device.buffer).setUint32(at, value, true);
    return { name: `step.outputStageOffset = ${value}, flagged`, device };
  });
  // With room behind it, so that nothing is wrong but that tables are not where words are.
  const roomy = new Uint8Array(length + 16);
  roomy.set(lie(image, "header", "tableOffset", image.tableOffset + 4).device);
  const shifted = { name: "header.tableOffset no multiple of 8", device: roomy };
  return [...single, ...beyond, shifted];
}

/**
 * A device part that is sound steps from its header to its end, a hundred of them by its header, twelve
 * by its size: whoever counts on with the header leaves it.
 */
export function endlessSteps(): Uint8Array {
  const [D, steps, inParameters] = [24, 12, 4];
  const device = new Uint8Array(programHeader.bytes + steps * stepDescriptor.bytes);
  const tableOffset = programHeader.bytes + inParameters * stepDescriptor.bytes;
  writeRecord(programHeader, device, {
    ...readRecord(programHeader, device),
    ...{ stepCount: 100, inputElements: D, outputElements: 8, tableOffset },
  });
  for (let at = programHeader.bytes; at < device.length; at += stepDescriptor.bytes) {
    // Its encoder is the bytes of a step from outputOffset on: as split dimensions all below D.
    const parameterOffset = programHeader.bytes + 8;
    const step = { operator: 1, inputElements: D, outputOffset: 16, outputElements: 8 };
    writeRecord(
      stepDescriptor,
      device,
      { ...readRecord(stepDescriptor, device, at), ...step, codebooks: 1, parameterOffset },
      at,
    );
  }
  return device;
}
