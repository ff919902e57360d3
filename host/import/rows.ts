import { NomulError } from "../errors.ts";
import type { InputRows } from "../fit/network.ts";
import type { InputScaling } from "../image/manifest.ts";
import type { TableImage } from "../image/read.ts";
import { type InputType, inputRange } from "../reference/program.ts";
import { readUnpacked } from "./file.ts";
import { type NpyArray, readNpy } from "./npy.ts";

/** Rows to learn from, as the device will get them. */
export interface CalibrationRows {
  /** [rows][columns] */
  readonly inputs: InputRows;
  readonly inputType: InputType;
  readonly rows: number;
  readonly columns: number;
  /** Raw value of one integer unit: 1 for integer files, learned for floats. */
  readonly scale: number;
}

const wrongShape = (path: string, shape: readonly number[], expected: string) =>
  new NomulError("E_NPY_SHAPE", `shape (${shape.join(", ")}), expected ${expected}`, {
    where: path,
    next: "Save the array with that shape.",
  });

/** A matrix. @throws NomulError E_NPY_* */
export function readMatrix(path: string): NpyArray {
  const array = readNpy(readUnpacked(path), path);
  if (array.shape.length !== 2 || array.shape[0] === 0) {
    throw wrongShape(path, array.shape, "[N][D] with N >= 1");
  }
  return array;
}

/** A vector or matrix of floats. @throws NomulError E_NPY_* */
export function readFloats(path: string, dimensions: 1 | 2): NpyArray & { data: Float32Array } {
  const array = readNpy(readUnpacked(path), path);
  if (array.shape.length !== dimensions) {
    throw wrongShape(path, array.shape, dimensions === 1 ? "[M]" : "[D][M]");
  }
  return { ...array, data: Float32Array.from(array.data) };
}

const isFloat = (array: NpyArray) => array.dtype.includes("f");

function checkFinite(array: NpyArray, path: string): void {
  const at = array.data.findIndex((v: number) => !Number.isFinite(v));
  if (at < 0) return;
  const D = array.shape[1];
  throw new NomulError(
    "E_NOT_FINITE",
    `row ${Math.floor(at / D)}, column ${at % D} is ${array.data[at]}`,
    {
      where: path,
      next: "Replace NaN and infinity before learning.",
    },
  );
}

/** Of what is no integer type that can travel, only floats can be scaled. */
function checkInputType(array: NpyArray, path: string): void {
  if (isFloat(array)) return;
  throw new NomulError("E_NPY_DTYPE", `dtype ${array.dtype} can't be an input`, {
    where: path,
    next: "Save the data as uint8, int8, int16 or float32.",
  });
}

/** The input type of an npy dtype that can travel as it is. */
const inputTypeOf: Readonly<Record<string, InputType>> = { "|u1": "u8", "|i1": "i8", "<i2": "i16" };

/**
 * Rows for learning. Integers are taken as they are; floats become i16 with a learned scale.
 * @throws NomulError E_NPY_*, E_NOT_FINITE
 */
export function calibrationRows(path: string): CalibrationRows {
  const array = readMatrix(path);
  const [rows, columns] = array.shape;
  const inputType = inputTypeOf[array.dtype];
  if (inputType) {
    return { inputs: array.data as InputRows, inputType, rows, columns, scale: 1 };
  }
  checkInputType(array, path);
  checkFinite(array, path);
  let largest = 0;
  for (const value of array.data) largest = Math.max(largest, Math.abs(value));
  const scale = largest === 0 ? 1 : largest / inputRange.i16[1];
  const inputs = Int16Array.from(array.data, (value: number) => Math.round(value / scale));
  return { inputs, inputType: "i16", rows, columns, scale };
}

/**
 * Rows for an image: integers as they are, floats scaled as its manifest says.
 * @throws NomulError E_NPY_*, E_NOT_FINITE, E_RANGE (from the runtime)
 */
export function dataRows(path: string, { program, manifest }: TableImage): ArrayLike<number>[] {
  const array = readMatrix(path);
  const [N, D] = array.shape;
  if (D !== program.layers[0].inputs) {
    throw wrongShape(path, array.shape, `[N][${program.layers[0].inputs}] as the image takes`);
  }
  let data: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> } =
    array.data;
  if (isFloat(array)) {
    checkFinite(array, path);
    const scaling = manifest.input ?? { scale: 1, offset: 0 };
    data = toIntegers(array.data, D, scaling, program.inputType);
  }
  return Array.from({ length: N }, (_, i) => data.subarray(i * D, (i + 1) * D));
}

/** Rows to learn a classifier from, and how raw values became their integers. */
export interface LabelledRows {
  /** [rows][columns] */
  readonly inputs: InputRows;
  readonly inputType: InputType;
  readonly rows: number;
  readonly columns: number;
  readonly scaling: InputScaling;
}

/**
 * Rows to learn from, where the scaling of floats may be learned too: every column of its own, with
 * room for values twice as far from its middle as any of these.
 * @throws NomulError E_NPY_*, E_NOT_FINITE
 */
export function scaledRows(path: string): LabelledRows {
  const array = readMatrix(path);
  const [rows, columns] = array.shape;
  const inputType = inputTypeOf[array.dtype];
  if (inputType) {
    const inputs = array.data as InputRows;
    return { inputs, inputType, rows, columns, scaling: { scale: 1, offset: 0 } };
  }
  checkInputType(array, path);
  checkFinite(array, path);
  const low = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < array.data.length; i++) {
    low[i % columns] = Math.min(low[i % columns], array.data[i]);
    high[i % columns] = Math.max(high[i % columns], array.data[i]);
  }
  const scale = Array.from(low, (v, d) => (high[d] > v ? (high[d] - v) / inputRange.i16[1] : 1));
  const offset = Array.from(low, (v, d) => (v + high[d]) / 2);
  const scaling = { scale, offset };
  const inputs = toIntegers(array.data, columns, scaling, "i16");
  return { inputs, inputType: "i16", rows, columns, scaling };
}

/** round((raw - offset) / scale), cut off at the type's ends. @param data [rows][columns] */
function toIntegers(
  data: ArrayLike<number>,
  columns: number,
  { scale, offset }: InputScaling,
  type: InputType,
): Int16Array {
  const [low, high] = inputRange[type];
  const of = (x: number | readonly number[], i: number) =>
    typeof x === "number" ? x : x[i % columns];
  return Int16Array.from(data, (v, i) =>
    Math.min(high, Math.max(low, Math.round((v - of(offset, i)) / of(scale, i)))),
  );
}

/** Classes, one a row. @throws NomulError E_NPY_* */
export function labelList(path: string, rows: number): ArrayLike<number> {
  const array = readNpy(readUnpacked(path), path);
  if (array.shape.length !== 1 || array.shape[0] !== rows || isFloat(array)) {
    throw wrongShape(path, array.shape, `[${rows}] integers`);
  }
  return array.data;
}
