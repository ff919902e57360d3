import { NomulError } from "../errors.ts";

/*
 * The npy format (NumPy Enhancement Proposal 1, and numpy.lib.format for versions 2 and 3):
 *   93 "NUMPY" | major u8 | minor u8 | header length u16 (version 1) or u32 | header | data
 * The header is a Python dict literal with descr, fortran_order and shape, ASCII or UTF-8.
 */

export type NpyData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface NpyArray {
  /** As in the file, for example "<f4". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Elements in C order. 64-bit integers are narrowed to 32 bits, booleans are 0 and 1. */
  readonly data: NpyData;
}

interface ElementType {
  readonly bytes: number;
  readonly read: (buffer: ArrayBuffer, path: string) => NpyData;
}

const elementTypes: Readonly<Record<string, ElementType>> = {
  "|b1": { bytes: 1, read: (b) => new Uint8Array(b) },
  "|u1": { bytes: 1, read: (b) => new Uint8Array(b) },
  "|i1": { bytes: 1, read: (b) => new Int8Array(b) },
  "<u2": { bytes: 2, read: (b) => new Uint16Array(b) },
  "<i2": { bytes: 2, read: (b) => new Int16Array(b) },
  "<u4": { bytes: 4, read: (b) => new Uint32Array(b) },
  "<i4": { bytes: 4, read: (b) => new Int32Array(b) },
  "<u8": { bytes: 8, read: (b, path) => narrow(new BigUint64Array(b), Uint32Array, path) },
  "<i8": { bytes: 8, read: (b, path) => narrow(new BigInt64Array(b), Int32Array, path) },
  "<f4": { bytes: 4, read: (b) => new Float32Array(b) },
  "<f8": { bytes: 8, read: (b) => new Float64Array(b) },
};

/**
 * Reads one array.
 * @param path named in errors
 * @throws NomulError E_NPY_FORMAT (no npy, or a broken header), E_NPY_DTYPE, E_NPY_ORDER (Fortran
 *   order), E_NPY_TRUNCATED, E_RANGE (a 64-bit integer beyond 32 bits)
 */
export function readNpy(bytes: Uint8Array, path: string): NpyArray {
  const { text, dataAt } = header(bytes, path);
  const dtype = descr(text, path);
  const type = elementType(dtype, path);
  if (field(text, "fortran_order", /(True|False)/, path) === "True") {
    throw new NomulError("E_NPY_ORDER", "the array is in Fortran order (column by column)", {
      where: path,
      next: "Save it with np.save(path, np.ascontiguousarray(x)).",
    });
  }
  const shape = parseShape(field(text, "shape", /\(([^)]*)\)/, path), path);
  const wanted = shape.reduce((product, n) => product * n, type.bytes);
  const present = bytes.length - dataAt;
  if (present < wanted) {
    throw new NomulError(
      "E_NPY_TRUNCATED",
      `shape (${shape.join(", ")}) of ${dtype} takes ${wanted} bytes, ${present} are there`,
      { where: `${path}, byte ${bytes.length}`, next: "Copy or save the file again." },
    );
  }
  if (present > wanted) {
    throw broken(`${present - wanted} bytes follow the array`, `${path}, byte ${dataAt + wanted}`);
  }
  // A copy: the data need not be aligned to its element size where it lies now.
  const buffer = new Uint8Array(bytes.subarray(dataAt)).buffer;
  return { dtype, shape, data: type.read(buffer, path) };
}

const broken = (message: string, where: string) =>
  new NomulError("E_NPY_FORMAT", message, {
    where,
    next: "Save one array with np.save(path, x); a .npz archive has to be unpacked first.",
  });

function header(bytes: Uint8Array, path: string): { text: string; dataAt: number } {
  if (bytes.length < 10 || String.fromCharCode(...bytes.subarray(0, 6)) !== "\x93NUMPY") {
    throw broken("not an npy file: the first bytes are not 93 NUMPY", path);
  }
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw broken(`npy version ${version}, known are 1, 2 and 3`, `${path}, byte 6`);
  }
  const textAt = version === 1 ? 10 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length =
    bytes.length < textAt ? 1 : version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (textAt + length > bytes.length) {
    throw new NomulError("E_NPY_TRUNCATED", "the file ends inside its header", {
      where: `${path}, byte ${bytes.length}`,
      next: "Copy or save the file again.",
    });
  }
  const text = new TextDecoder().decode(bytes.subarray(textAt, textAt + length));
  return { text, dataAt: textAt + length };
}

/** The first group of what stands after a key of the header. */
function field(text: string, key: string, value: RegExp, path: string): string {
  const found = new RegExp(`['"]${key}['"]\\s*:\\s*${value.source}`).exec(text);
  if (!found) throw broken(`the header has no valid ${key}: ${text.trim()}`, path);
  return found[1];
}

function descr(text: string, path: string): string {
  if (!/['"]descr['"]\s*:\s*\[/.test(text)) {
    return field(text, "descr", /['"]([^'"]*)['"]/, path);
  }
  throw new NomulError("E_NPY_DTYPE", "the array has named fields", {
    where: path,
    next: "Save the one field that is meant, for example np.save(path, x['name']).",
  });
}

function elementType(dtype: string, path: string): ElementType {
  const type = elementTypes[dtype];
  if (type) return type;
  const swapped = elementTypes[dtype.replace(/^>/, "<")];
  throw new NomulError(
    "E_NPY_DTYPE",
    swapped ? `the elements are big-endian (${dtype})` : `elements of type ${dtype} are not read`,
    {
      where: path,
      next: swapped
        ? `Save x.astype("${dtype.replace(">", "<")}").`
        : `Save one of ${Object.keys(elementTypes).join(" ")}, for example x.astype("float32").`,
    },
  );
}

function parseShape(text: string, path: string): number[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts[parts.length - 1] === "") parts.pop();
  const bad = parts.find((part) => !/^\d+$/.test(part));
  if (bad !== undefined) throw broken(`the header's shape is (${text})`, path);
  return parts.map(Number);
}

function narrow<T extends Int32Array | Uint32Array>(
  wide: BigInt64Array | BigUint64Array,
  type: { new (length: number): T },
  path: string,
): T {
  const data = new type(wide.length);
  for (let i = 0; i < wide.length; i++) {
    data[i] = Number(wide[i]);
    if (BigInt(data[i]) === wide[i]) continue;
    throw new NomulError("E_RANGE", `element ${i} is ${wide[i]}, beyond 32 bits`, {
      where: `${path}, element ${i}`,
      next: "Save the array with a type that holds what it means, for example int32 or float64.",
    });
  }
  return data;
}

/** The dtype that `writeNpy` gives an array. */
function dtypeOf(data: NpyData): string {
  if (data instanceof Uint8Array) return "|u1";
  if (data instanceof Int8Array) return "|i1";
  if (data instanceof Uint16Array) return "<u2";
  if (data instanceof Int16Array) return "<i2";
  if (data instanceof Uint32Array) return "<u4";
  if (data instanceof Int32Array) return "<i4";
  return data instanceof Float32Array ? "<f4" : "<f8";
}

/**
 * Writes one array in C order as npy version 1.
 * @param shape its product is the number of elements
 * @throws NomulError E_NPY_SHAPE
 */
export function writeNpy(data: NpyData, shape: readonly number[]): Uint8Array {
  if (shape.reduce((product, n) => product * n, 1) !== data.length) {
    throw new NomulError(
      "E_NPY_SHAPE",
      `${data.length} elements do not fill shape (${shape.join(", ")})`,
      { next: "Give the shape whose product is the number of elements." },
    );
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${dtypeOf(data)}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Data starts at a multiple of 64; spaces and a line feed fill the header up to it.
  const headerBytes = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const bytes = new Uint8Array(headerBytes + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, headerBytes - 10, true);
  bytes.set(new TextEncoder().encode(`${dict.padEnd(headerBytes - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), headerBytes);
  return bytes;
}
