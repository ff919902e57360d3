/** What Verilator counted: how often each piece of code ran, how often each bit of a signal changed. */

export interface FileCoverage {
  /** Line → whether it ran. Only lines with statements. */
  readonly lines: Map<number, boolean>;
  /** Name and line of a signal's bit → whether it was seen to change. */
  readonly bits: Map<string, boolean>;
}

/** "12,14-16" → 12, 14, 15, 16 */
const rangesOf = (text: string): number[] =>
  text.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });

/**
 * Adds one file that Verilator wrote: a point a line, `C '<key><value>…' count`, where 01 begins a key
 * and 02 its value. A line ran if any of its pieces ran in any instance of its module.
 * @param coverage file name → what is known so far
 */
export function addCounts(coverage: Map<string, FileCoverage>, text: string): void {
  for (const [, point, count] of text.matchAll(/^C '(.*)' (\d+)$/gm)) {
    const pairs = point.split("\x01").map((pair) => pair.split("\x02") as [string, string]);
    const { f, l, page, o, S } = Object.fromEntries(pairs);
    const name = f.split("/").at(-1)!;
    const file = coverage.get(name) ?? { lines: new Map(), bits: new Map() };
    coverage.set(name, file);
    const ran = Number(count) > 0;
    if (page.startsWith("v_toggle")) {
      const bit = `${l} ${o}`;
      file.bits.set(bit, file.bits.get(bit) === true || ran);
      continue;
    }
    for (const line of rangesOf(S ?? l)) {
      file.lines.set(line, file.lines.get(line) === true || ran);
    }
  }
}
