/** A change of the gateware that the simulator's generator cannot take. */
export class ModelError extends Error {}

/** The number of a one-bit net, or a constant. What Yosys leaves undefined is 0. */
export type Bit = number | "0" | "1";
/** Bit 0 first. */
export type Bits = readonly Bit[];

export interface Cell {
  readonly name: string;
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly connections: Readonly<Record<string, Bits>>;
  /** File and lines, e.g. `baud.v:28.3-43.6` */
  readonly source: string;
}

/** One flattened module. */
export interface Netlist {
  /** Of top-level ports and of named nets, e.g. `u_baud.divisor_q`. */
  readonly nets: ReadonlyMap<string, Bits>;
  /** Names of the input ports. */
  readonly inputs: readonly string[];
  readonly cells: readonly Cell[];
  /** Values at power-on of the nets that have one. */
  readonly initial: ReadonlyMap<number, "0" | "1">;
}

interface Json {
  readonly modules: Readonly<Record<string, JsonModule>>;
}
type JsonBits = readonly (number | string)[];
interface JsonModule {
  readonly cells: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly parameters: Readonly<Record<string, string>>;
        readonly connections: Readonly<Record<string, JsonBits>>;
        readonly attributes: { readonly src?: string };
      }
    >
  >;
  readonly ports: Readonly<Record<string, { readonly direction: string }>>;
  readonly netnames: Readonly<
    Record<string, { readonly bits: JsonBits; readonly attributes: { readonly init?: string } }>
  >;
}

const bitsOf = (bits: JsonBits): Bits =>
  bits.map((bit) => (typeof bit === "number" ? bit : bit === "1" ? "1" : "0"));

/**
 * Reads what Yosys' write_json has written.
 * @param top name of the only module
 * @throws ModelError if there is no such module
 */
export function readNetlist(json: string, top: string): Netlist {
  const module = (JSON.parse(json) as Json).modules[top];
  if (!module) throw new ModelError(`the netlist has no module ${top}`);
  const nets = new Map<string, Bits>();
  const initial = new Map<number, "0" | "1">();
  for (const [name, { bits, attributes }] of Object.entries(module.netnames)) {
    nets.set(name, bitsOf(bits));
    const values = [...(attributes.init ?? "")].reverse();
    bits.forEach((bit, i) => {
      if (typeof bit === "number" && (values[i] === "0" || values[i] === "1")) {
        initial.set(bit, values[i] as "0" | "1");
      }
    });
  }
  const cells = Object.entries(module.cells).map(([name, cell]) => ({
    name,
    type: cell.type,
    parameters: cell.parameters,
    source: cell.attributes.src ?? "",
    connections: Object.fromEntries(
      Object.entries(cell.connections).map(([port, bits]) => [port, bitsOf(bits)]),
    ),
  }));
  const inputs = Object.entries(module.ports)
    .filter(([, { direction }]) => direction === "input")
    .map(([name]) => name);
  return { nets, inputs, cells, initial };
}

/** A cell's parameter as a number: Yosys writes them as strings of bits. */
export function parameter(cell: Cell, name: string): number {
  const text = cell.parameters[name];
  if (text === undefined) throw new ModelError(`${cell.type} ${cell.name} has no ${name}`);
  return Number.parseInt(text, 2);
}
