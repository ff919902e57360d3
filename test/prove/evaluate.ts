/** Evaluates combinational Verilog with Yosys: no simulator needed. */
import { NomulError } from "../../host/errors.ts";
import { yosys } from "./yosys.ts";

/** Port → value, unsigned. */
export type Ports = Readonly<Record<string, bigint>>;

/**
 * @param widths of the inputs, in bits
 * @param outputs names of the ports to tell
 * @param vectors inputs of each evaluation
 * @returns the outputs of each evaluation
 * @throws NomulError E_BUILD_FAILED
 */
export async function evaluate(
  files: Readonly<Record<string, string>>,
  top: string,
  widths: Readonly<Record<string, number>>,
  outputs: readonly string[],
  vectors: readonly Ports[],
): Promise<Ports[]> {
  const evals = vectors.map((vector) => {
    const sets = Object.entries(vector).map(
      ([name, value]) => `-set ${name} ${widths[name]}'b${value.toString(2)}`,
    );
    return `eval ${sets.join(" ")} ${outputs.map((name) => `-show ${name}`).join(" ")}`;
  });
  const sources = Object.keys(files).filter((name) => name.endsWith(".v"));
  const script = [
    `read_verilog ${sources.join(" ")}`,
    `hierarchy -check -top ${top}`,
    "proc",
    "flatten",
    `cd ${top}`,
    ...evals,
  ].join("\n");
  const log = await yosys("script evaluate.ys", { ...files, "evaluate.ys": script });
  // Small values of 32 bits are told in decimal.
  const found = [...log.matchAll(/Eval result: \\(\w+) = (?:\d+'([01]+)|(\d+))\./g)];
  if (found.length !== vectors.length * outputs.length) {
    throw new NomulError("E_BUILD_FAILED", `${found.length} values told: ${log.slice(-600)}`, {
      where: "Yosys eval",
      next: "Report this log.",
    });
  }
  return vectors.map((_, i) => {
    const told = found.slice(i * outputs.length, (i + 1) * outputs.length);
    return Object.fromEntries(
      told.map(([, name, bits, decimal]) => [name, BigInt(bits ? `0b${bits}` : decimal)]),
    );
  });
}
