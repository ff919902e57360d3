import { NomulError } from "../errors.ts";
import { columnMoments } from "./batches.ts";
import type { Random } from "./random.ts";

/**
 * C contiguous slices of D columns; the first D mod C get one column more.
 * @param index layer, for the error
 * @throws NomulError E_TOO_MANY_CODEBOOKS, E_RANGE
 */
export function contiguousSlices(D: number, C: number, index: number): number[][] {
  checkCodebooks(C, D, index);
  const slices: number[][] = [];
  let first = 0;
  for (let c = 0; c < C; c++) {
    const width = Math.floor(D / C) + (c < D % C ? 1 : 0);
    slices.push(Array.from({ length: width }, (_, j) => first + j));
    first += width;
  }
  return slices;
}

/**
 * Blocks of pixels of an image, row by row; blocks at the right and lower edge may be smaller.
 * Pixels are numbered y · width + x.
 */
export function imageBlocks(
  width: number,
  height: number,
  blockWidth: number,
  blockHeight: number,
): number[][] {
  const slices: number[][] = [];
  for (let y = 0; y < height; y += blockHeight) {
    for (let x = 0; x < width; x += blockWidth) {
      const slice: number[] = [];
      for (let j = y; j < Math.min(y + blockHeight, height); j++) {
        for (let i = x; i < Math.min(x + blockWidth, width); i++) slice.push(j * width + i);
      }
      slices.push(slice);
    }
  }
  return slices;
}

/** @throws NomulError E_TOO_MANY_CODEBOOKS, E_RANGE, E_SHAPE (empty, or a column that is not there) */
export function checkSlices(
  slices: readonly (readonly number[])[],
  D: number,
  index: number,
): readonly (readonly number[])[] {
  checkCodebooks(slices.length, 65528, index);
  slices.forEach((slice, c) => {
    const bad = slice.find((d) => !Number.isInteger(d) || d < 0 || d >= D);
    if (slice.length > 0 && bad === undefined) return;
    const what = slice.length === 0 ? "is empty" : `names column ${bad}`;
    throw new NomulError("E_SHAPE", `slice ${c} of layer ${index} ${what}`, {
      where: `layers[${index}].slices[${c}]`,
      next: `name columns 0..${D - 1}`,
    });
  });
  return slices;
}

function checkCodebooks(C: number, D: number, index: number): void {
  const where = `layers[${index}]`;
  if (!Number.isInteger(C) || C < 1) {
    throw new NomulError("E_RANGE", `${C} codebooks`, { where, next: "give a whole number >= 1" });
  }
  if (C > D) {
    throw new NomulError("E_TOO_MANY_CODEBOOKS", `${C} codebooks for ${D} columns`, {
      where,
      next: `use at most ${D} codebooks: each needs a column of its own`,
    });
  }
}

/**
 * C slices of `width` columns each, drawn so that every column is used as often as any other. Trees
 * that see different columns err differently, and their sum less.
 * @param columns that may be used; when there are fewer than `width`, slices repeat none
 */
export function randomSlices(
  columns: readonly number[],
  C: number,
  width: number,
  random: Random,
): number[][] {
  const size = Math.min(width, columns.length);
  let pool: number[] = [];
  return Array.from({ length: C }, () => {
    const slice: number[] = [];
    while (slice.length < size) {
      if (pool.length === 0)
        pool = Array.from(random.permutation(columns.length), (i) => columns[i]);
      // A column that the slice has already, at the seam of two permutations, waits for the next.
      const at = pool.findIndex((d) => !slice.includes(d));
      if (at < 0) pool = [];
      else slice.push(...pool.splice(at, 1));
    }
    return slice.sort((a, b) => a - b);
  });
}

/**
 * C slices of columns that move together: starting from the column that varies most, each slice takes
 * the free columns of largest correlation (either sign) with its first.
 * @param inputs [rows][D]; at most 1000 rows are used
 */
export function correlatedSlices(inputs: ArrayLike<number>, D: number, C: number): number[][] {
  checkCodebooks(C, D, 0);
  const rows = Math.min(1000, inputs.length / D);
  const { mean, deviation } = columnMoments(
    inputs,
    D,
    Uint32Array.from({ length: rows }, (_, r) => r),
  );
  const columns = Array.from({ length: D }, (_, d) =>
    Float32Array.from({ length: rows }, (_, r) => (inputs[r * D + d] - mean[d]) / deviation[d]),
  );
  const free = Array.from({ length: D }, (_, d) => d).sort((a, b) => deviation[b] - deviation[a]);
  return Array.from({ length: C }, (_, c) => {
    const size = Math.floor(D / C) + (c < D % C ? 1 : 0);
    const first = columns[free[0]];
    const likeness = new Map(
      free.map((d) => [d, Math.abs(first.reduce((sum, v, r) => sum + v * columns[d][r], 0))]),
    );
    const slice = [...free]
      .sort((a, b) => likeness.get(b)! - likeness.get(a)!)
      .filter((d) => d !== free[0])
      .slice(0, size - 1);
    slice.push(free[0]);
    for (const d of slice) free.splice(free.indexOf(d), 1);
    return slice.sort((a, b) => a - b);
  });
}
