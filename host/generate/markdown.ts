import { placeFields } from "../spec/layout.ts";
import { commands, linkConstants, slotFlags, slotStates, statusCodes } from "../spec/link.ts";
import { inputTypes, numbers } from "../spec/numbers.ts";
import { operators, stepFlags } from "../spec/operators.ts";
import { slotConstants } from "../spec/slots.ts";
import type { Constant, Struct } from "../spec/struct.ts";
import { structs } from "./constants.ts";

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");

const constantTable = (list: readonly Constant[]) =>
  table(
    ["name", "value", "meaning"],
    list.map((c) => [`\`${c.name}\``, c.value, c.doc]),
  );

const structTable = (struct: Struct) =>
  `${struct.doc} ${struct.bytes} bytes.\n\n${table(
    ["byte", "field", "type", "meaning"],
    placeFields(struct).map((f) => [
      f.offset,
      `\`${f.name}\``,
      f.type + (f.count ? `[${f.count}]` : ""),
      f.doc,
    ]),
  )}`;

const realisation = (value: true | string) => (value === true ? "yes" : `no: ${value}`);

/** Name of a marked region in docs/*.md → its text. */
export const regions: Readonly<Record<string, string>> = {
  numbers: constantTable(numbers),
  input_types: constantTable(inputTypes),
  step_flags: constantTable(stepFlags),
  link_constants: constantTable(linkConstants),
  status_codes: constantTable(statusCodes),
  slot_states: constantTable(slotStates),
  slot_flags: constantTable(slotFlags),
  slot_constants: constantTable(slotConstants),
  commands: table(
    ["command", "code", "argument", "request data", "reply data", "what it does"],
    commands.map((c) => [`\`${c.name}\``, c.code, c.argument, c.request, c.reply, c.doc]),
  ),
  operators: table(
    [
      "operator",
      "code",
      "what it does",
      "Wasm scalar",
      "Wasm SIMD",
      "gateware, 8 lanes",
      "16 lanes",
    ],
    operators.map((o) => [
      `\`${o.token}\``,
      o.code,
      o.doc,
      realisation(o.realisations.scalar),
      realisation(o.realisations.simd128),
      realisation(o.realisations.gateware[8]),
      realisation(o.realisations.gateware[16]),
    ]),
  ),
  ...Object.fromEntries(structs.map((s) => [s.name, structTable(s)])),
};

/**
 * Replaces what stands between `<!-- generated: NAME -->` and `<!-- end generated -->`.
 * @throws Error for a region that does not exist or is not closed
 */
export function fillRegions(text: string, file: string): string {
  return text.replace(
    /<!-- generated: (\w+) -->\n([\s\S]*?)(<!-- end generated -->|$)/g,
    (_all, name: string, _old: string, end: string) => {
      const body = regions[name];
      if (body === undefined) throw new Error(`${file}: no generated region is called ${name}`);
      if (end === "") throw new Error(`${file}: region ${name} is not closed`);
      return `<!-- generated: ${name} -->\n${body}\n${end}`;
    },
  );
}
