import { encoders } from "../image/maddness.ts";
import type { MaddnessTables } from "../reference/maddness.ts";
import type { InputType } from "../reference/program.ts";

/** Bytes of one tree of byte inputs: assembly/trees.simd.ts says what is where. */
const TREE = { bytes: 48, thresholdAt: 8, codeAt: 32 } as const;
const LEAVES = 16;
const NODES = 15;
/** From so many columns of eight on it is quicker to transpose all eight. */
const GROUP_FROM = 3;

/**
 * Which columns of the rows a layer reads: `columns_gather__simd128` of assembly/columns.simd.ts.
 * @returns u16 groups, u16 singles, then the numbers of these columns
 */
export function columnPlan({ splitDims }: MaddnessTables): Uint16Array {
  const columns = [...new Set(splitDims)];
  const ofGroup = new Map<number, number>();
  for (const d of columns) ofGroup.set(d >> 3, (ofGroup.get(d >> 3) ?? 0) + 1);
  const transposed = (group: number) => ofGroup.get(group)! >= GROUP_FROM;
  const groups = [...ofGroup.keys()].filter(transposed).map((group) => group << 3);
  const singles = columns.filter((d) => !transposed(d >> 3));
  return Uint16Array.from([groups.length, singles.length, ...groups, ...singles]);
}

/**
 * One tree on signed bytes x, compared by `x > t`, t one less than the definition's threshold. A node that is
 * always reached has no such t: it never is, instead, and what lies to its right goes to its left, too.
 */
function byteTree(thresholds: Int16Array, offset: number, tree: Int8Array): void {
  const place = (node: number, source: number): void => {
    if (node >= NODES) {
      tree[TREE.codeAt + node - NODES] = (source - NODES) * LEAVES;
      return;
    }
    const t = thresholds[source] - offset - 1;
    const always = t < -128;
    tree[TREE.thresholdAt + node] = always ? 127 : Math.min(t, 127);
    place(2 * node + 1, 2 * source + (always ? 2 : 1));
    place(2 * node + 2, 2 * source + 2);
  };
  place(0, 0);
}

/** Trees as `trees_encode__simd128` takes them for inputs of a type. */
export function batchTrees(layer: MaddnessTables, type: InputType): Uint8Array {
  if (type === "i16") return encoders(layer);
  const bytes = new Uint8Array(layer.codebooks * TREE.bytes);
  for (let c = 0; c < layer.codebooks; c++) {
    const tree = new Int8Array(bytes.buffer, c * TREE.bytes, TREE.bytes);
    new Uint16Array(bytes.buffer, c * TREE.bytes, 4).set(
      layer.splitDims.subarray(4 * c, 4 * c + 4),
    );
    const thresholds = layer.thresholds.subarray(NODES * c, NODES * (c + 1));
    byteTree(thresholds, type === "u8" ? 128 : 0, tree);
  }
  return bytes;
}
