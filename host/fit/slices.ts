import { NomulError } from "../errors.ts";

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
