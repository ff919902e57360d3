import type { Board } from "../board/schema.ts";

/** A change of the model that would leave the simulation wrong or without its access points. */
export class ModelError extends Error {}

function replaceOnce(text: string, from: string | RegExp, to: string, what: string): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new ModelError(`${what}: found ${parts.length - 1} times, not once`);
  return parts.join(to);
}

/**
 * Makes CXXRTL's runtime faster where the harness needs less than it offers: nobody looks whether a
 * register changed, and most writes of most cycles have an empty mask.
 */
export function fastRuntime(header: string): string {
  const commit = replaceOnce(
    header,
    /if \(curr != next\) \{\s+observer\.on_update\(curr\.chunks, curr\.data, next\.data\);\s+curr = next;\s+return true;\s+\}\s+return false;/,
    "curr = next; return true;",
    "wire::commit",
  );
  // A memory with one write port (checked by fastModel) needs no queue on the heap. Inlined, so that
  // data for writes that do not happen is not even computed.
  const slot = replaceOnce(
    commit,
    "std::vector<write> write_queue;",
    `struct {
		write entry;
		size_t count = 0;
		const write *begin() const { return &entry; }
		const write *end() const { return &entry + count; }
		void clear() { count = 0; }
	} write_queue;

	CXXRTL_ALWAYS_INLINE`,
    "memory::write_queue",
  );
  return replaceOnce(
    slot,
    /write_queue\.insert\(\s+std::upper_bound\(write_queue[^;]+;\s+\}\),\s+write \{ index, val, mask, priority \}\);/,
    `if (mask.is_zero()) return;
		write_queue.entry = write { index, val, mask, priority };
		write_queue.count = 1;`,
    "memory::update",
  );
}

/**
 * Makes every eval() a rising edge of clk_i, which is exact only for a model that settles in one
 * eval() (checked), and the model's functions direct ones that the harness can inline.
 */
export function fastModel(model: string): string {
  if (!model.includes("bool converged = true;")) {
    throw new ModelError("the model has feedback arcs: one eval() a cycle would be wrong");
  }
  if (model.includes("bool negedge_")) throw new ModelError("the model uses falling edges");
  const ports = [...model.matchAll(/(memory_\w+)\.update\(/g)].map(([, member]) => member);
  const shared = ports.find((member, i) => ports.indexOf(member) !== i);
  if (shared) throw new ModelError(`${shared} has two write ports: one pending write is too few`);
  const changes: readonly [from: string, to: string, what: string][] = [
    [
      "return !prev_p_clk__i.slice<0>().val() && p_clk__i.slice<0>().val();",
      "return true;",
      "rising edge of clk_i",
    ],
    ["struct p_nomul__top : public module {", "struct p_nomul__top {", "top level"],
    ["\nbool p_nomul__top::eval(", "\ninline bool p_nomul__top::eval(", "eval()"],
  ];
  const changed = changes.reduce((text, change) => replaceOnce(text, ...change), model);
  return changed.replaceAll(") override", ")");
}

interface Bank {
  readonly member: string;
  readonly width: number;
  readonly depth: number;
}

/** @param whole false: none, if what is there does not hold all bytes */
function banksOf(model: string, word: string, bytes: number, whole: boolean): Bank[] {
  const all = [...model.matchAll(/^\tmemory<(\d+)> (memory_\w+) \{ (\d+)u \};$/gm)].map(
    ([, width, member, depth]) => ({ member, width: Number(width), depth: Number(depth) }),
  );
  const banks = all
    .filter(({ member }) => member.includes(word))
    .sort((a, b) => a.member.localeCompare(b.member, "en", { numeric: true }));
  const bits = banks.reduce((sum, bank) => sum + bank.width * bank.depth, 0);
  if (bits !== bytes * 8 || banks.some((bank) => bank.depth !== banks[0].depth)) {
    if (!whole) return [];
    throw new ModelError(
      `no ${bytes} bytes of memory arrays with "${word}" in their names, side by side; there are ` +
        all.map((bank) => `${bank.member} (${bank.depth} × ${bank.width} bits)`).join(", "),
    );
  }
  return banks;
}

/**
 * model.h of the harness: where the table and parameter arrays are, for fault injection.
 * @param whole false for gateware whose memories are constants: their bits cannot be flipped
 */
export function memoryMap(model: string, engine: Board["engine"], whole: boolean): string {
  const define = (name: string, banks: readonly Bank[]) => {
    let bit = 0;
    const entries = banks.map(({ member, width }) => {
      const entry = `X(${member}, ${bit}u, ${width}u)`;
      bit += width;
      return entry;
    });
    return `#define ${name}_ROW_BYTES ${Math.max(bit / 8, 1)}u\n#define ${name}_BANKS(X) ${entries.join(" ")}\n`;
  };
  return (
    define("TABLE", banksOf(model, "table", engine.tableBytes, whole)) +
    define("PARAMETER", banksOf(model, "parameter", engine.parameterBytes, whole))
  );
}

const divisorMember = "p_u__baud_2e_divisor__q";

/** model.h of the harness: the device's clocks a bit, and whether it has a flash chip. */
export function pinMap(model: string, divisor: number): string {
  const follows = model.includes(`wire<12> ${divisorMember}`);
  return (
    `#define DEVICE_DIVISOR ${follows ? `model.${divisorMember}.curr.data[0]` : `${divisor}u`}\n` +
    (model.includes("p_flash__sck__o") ? "#define HAS_FLASH\n" : "")
  );
}
