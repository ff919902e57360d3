import * as image from "../spec/image.ts";
import { placeFields } from "../spec/layout.ts";
import * as link from "../spec/link.ts";
import { inputTypes, numbers } from "../spec/numbers.ts";
import { operators, stepFlags } from "../spec/operators.ts";
import { slotConstants, slotHeader } from "../spec/slots.ts";
import type { Constant, Struct } from "../spec/struct.ts";

export interface Section {
  readonly title: string;
  readonly constants: readonly Constant[];
}

export const structs: readonly Struct[] = [
  image.imageHeader,
  image.programHeader,
  image.stepDescriptor,
  image.encoderRecord,
  image.outputStageRecord,
  link.frameHeader,
  link.helloReply,
  link.statusReply,
  slotHeader,
];

/** camelCase to UPPER_CASE. */
const upper = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();

const prefixed = (prefix: string, list: readonly { name: string; doc: string }[], value: string) =>
  list.map((entry) => ({
    name: `${prefix}_${entry.name.toUpperCase()}`,
    value: (entry as unknown as Record<string, number>)[value],
    doc: entry.doc,
  }));

function structSection(struct: Struct): Section {
  const name = upper(struct.name);
  return {
    title: `${struct.name}: ${struct.doc}`,
    constants: [
      { name: `${name}_BYTES`, value: struct.bytes, doc: "size" },
      ...placeFields(struct)
        .filter((field) => !field.name.startsWith("reserved"))
        .map((field) => ({
          name: `${name}_${upper(field.name)}_AT`,
          value: field.offset,
          doc: `${field.type}${field.count ? `[${field.count}]` : ""} ${field.doc}`,
        })),
    ],
  };
}

/** Every constant of the spec, in one order for all languages. */
export const sections: readonly Section[] = [
  { title: "Numbers", constants: numbers },
  { title: "Input types", constants: inputTypes },
  {
    title: "Operators",
    constants: operators.map((o) => ({
      name: `OP_${o.token.toUpperCase()}`,
      value: o.code,
      doc: o.doc,
    })),
  },
  { title: "Step flags", constants: stepFlags },
  { title: "Image", constants: image.imageConstants },
  { title: "Link", constants: link.linkConstants },
  { title: "Commands", constants: prefixed("CMD", link.commands, "code") },
  { title: "Status codes", constants: prefixed("STATUS", link.statusCodes, "value") },
  { title: "Slot states", constants: link.slotStates },
  { title: "Slot flags", constants: link.slotFlags },
  { title: "Slots in flash", constants: slotConstants },
  ...structs.map(structSection),
];
