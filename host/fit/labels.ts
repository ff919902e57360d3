import { NomulError } from "../errors.ts";

/** Classes fit a byte while learning. */
const MAX_CLASSES = 256;

export interface Labels {
  /** [rows] 0..classes-1 */
  readonly labels: Uint8Array;
  /** Largest label + 1 */
  readonly classes: number;
}

/**
 * Labels to learn from.
 * @param values [rows] integers 0..255
 * @throws NomulError E_SHAPE (not one a row), E_RANGE (not such an integer; one class only)
 */
export function checkLabels(values: ArrayLike<number>, rows: number): Labels {
  if (values.length !== rows) {
    throw new NomulError("E_SHAPE", `${values.length} labels for ${rows} rows`, {
      where: "labels",
      next: "Give one label for each row of the data.",
    });
  }
  let most = 0;
  let least = MAX_CLASSES;
  for (let i = 0; i < rows; i++) {
    const v = values[i];
    if (!(Number.isInteger(v) && v >= 0 && v < MAX_CLASSES)) {
      throw new NomulError("E_RANGE", `label ${v} is no class in 0..${MAX_CLASSES - 1}`, {
        where: `labels[${i}]`,
        next: "Number the classes 0, 1, 2, …; rows without a class have to be left out.",
      });
    }
    most = Math.max(most, v);
    least = Math.min(least, v);
  }
  if (least === most) {
    throw new NomulError("E_RANGE", `all ${rows} rows have class ${most}`, {
      where: "labels",
      next: "Give rows of at least two classes: there is nothing to tell apart.",
    });
  }
  return { labels: Uint8Array.from(values), classes: most + 1 };
}
