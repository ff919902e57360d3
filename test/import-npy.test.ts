import { describe, expect, test } from "vitest";
import { NomulError } from "../host/errors.ts";
import { type NpyData, readNpy, writeNpy } from "../host/import/npy.ts";

const fromHex = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (b) => Number.parseInt(b, 16));

/** A file laid out by the format's description: prefix and data in hex, header padded to 128. */
function npy(prefix: string, dict: string, data: string): Uint8Array {
  const start = fromHex(prefix);
  const text = new TextEncoder().encode(`${dict.padEnd(127 - start.length)}\n`);
  return Uint8Array.of(...start, ...text, ...fromHex(data));
}

const V1 = "934e554d505901007600";
const head = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

function refusal(bytes: Uint8Array): NomulError {
  try {
    readNpy(bytes, "x.npy");
  } catch (error) {
    if (error instanceof NomulError) return error;
    throw error;
  }
  throw new Error("was read");
}

// Prefixes, headers and data as numpy 2.4 writes them.
describe("reading npy", () => {
  test("reads float32 of two dimensions, version 1", () => {
    const data = "0000c03f000000c00000404000000000caf24971000080be";
    const array = readNpy(npy(V1, head("<f4", "(2, 3)"), data), "x.npy");
    expect(array).toEqual({
      dtype: "<f4",
      shape: [2, 3],
      data: Float32Array.of(1.5, -2, 3, 0, 1e30, -0.25),
    });
  });

  test("reads int64 of one dimension as int32, version 2", () => {
    const data = "0300000000000000fcffffffffffffffffffff7f00000000";
    const array = readNpy(npy("934e554d5059020074000000", head("<i8", "(3,)"), data), "x.npy");
    expect(array).toEqual({ dtype: "<i8", shape: [3], data: Int32Array.of(3, -4, 2147483647) });
  });

  test("reads float64, version 3", () => {
    const bytes = npy("934e554d5059030074000000", head("<f8", "(1, 1)"), "9a9999999999b93f");
    expect(readNpy(bytes, "x.npy")).toEqual({
      dtype: "<f8",
      shape: [1, 1],
      data: Float64Array.of(0.1),
    });
  });

  test("reads a boolean without dimensions", () => {
    const array = readNpy(npy(V1, head("|b1", "()"), "01"), "x.npy");
    expect(array).toEqual({ dtype: "|b1", shape: [], data: Uint8Array.of(1) });
  });

  test("reads an array without elements", () => {
    expect(readNpy(npy(V1, head("<i2", "(0, 784)"), ""), "x.npy").data.length).toBe(0);
  });

  test("reads data that is not aligned to its element size in the file's buffer", () => {
    const bytes = npy(V1, head("<i4", "(2,)"), "01000000ffffffff");
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readNpy(shifted.subarray(3), "x.npy").data).toEqual(Int32Array.of(1, -1));
  });

  test("gives back what was written, for every type and for many dimensions", () => {
    const arrays: [NpyData, number[]][] = [
      [Uint8Array.of(0, 255), [2]],
      [Int8Array.of(-128, 127), [2, 1]],
      [Uint16Array.of(65535), [1, 1, 1]],
      [Int16Array.of(-32768, 32767, 0, 5), [2, 2]],
      [Uint32Array.of(4294967295), [1]],
      [Int32Array.of(-2147483648), []],
      [Float32Array.of(Number.NaN, -0), [2]],
      [Float64Array.from({ length: 24 }, (_, i) => i / 7), [2, 3, 4]],
      [new Float32Array(0), [0, 9]],
    ];
    for (const [data, shape] of arrays) {
      const bytes = writeNpy(data, shape);
      expect(bytes.subarray(0, 8)).toEqual(fromHex("934e554d50590100"));
      expect((bytes.length - data.byteLength) % 64).toBe(0);
      const array = readNpy(bytes, "x.npy");
      expect(array.shape).toEqual(shape);
      expect(array.data).toEqual(data);
    }
  });
});

describe("reading npy refuses", () => {
  const good = npy(V1, head("<f4", "(2, 3)"), "00".repeat(24));

  test("what is no npy file, and newer versions", () => {
    expect(refusal(new Uint8Array(0)).code).toBe("E_NPY_FORMAT");
    expect(refusal(new TextEncoder().encode("PK\x03\x04 an archive")).code).toBe("E_NPY_FORMAT");
    const newer = good.slice();
    newer[6] = 4;
    expect(refusal(newer)).toMatchObject({ code: "E_NPY_FORMAT", where: "x.npy, byte 6" });
  });

  test("a file cut off at any byte", () => {
    for (let length = 0; length < good.length; length++) {
      const code = refusal(good.subarray(0, length)).code;
      expect(code).toBe(length < 10 ? "E_NPY_FORMAT" : "E_NPY_TRUNCATED");
    }
    const cut = refusal(good.subarray(0, 140));
    expect(cut.message).toContain("takes 24 bytes, 12 are there");
  });

  test("bytes that follow the array", () => {
    expect(refusal(npy(V1, head("<f4", "(2,)"), "00".repeat(24)))).toMatchObject({
      code: "E_NPY_FORMAT",
      where: "x.npy, byte 136",
    });
  });

  test("Fortran order, big-endian, half floats, text and named fields, each with a way out", () => {
    const fortran = refusal(npy(V1, head("<i2", "(2, 3)", "True"), "000003000100040002000500"));
    expect(fortran).toMatchObject({
      code: "E_NPY_ORDER",
      next: expect.stringMatching("contiguous"),
    });
    const big = refusal(npy(V1, head(">f4", "(1,)"), "3f800000"));
    expect(big).toMatchObject({ code: "E_NPY_DTYPE", next: 'Save x.astype("<f4").' });
    expect(refusal(npy(V1, head("<f2", "(1,)"), "003c")).message).toContain("<f2");
    expect(refusal(npy(V1, head("<U3", "(1,)"), "")).code).toBe("E_NPY_DTYPE");
    const fields =
      "{'descr': [('a', '<f4'), ('b', '<i2')], 'fortran_order': False, 'shape': (1,), }";
    expect(refusal(npy(V1, fields, "")).message).toContain("named fields");
  });

  test("a broken header", () => {
    const broken = [
      "{'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, }",
      head("<f4", "(-1,)"),
      head("<f4", "(1, two)"),
      head("<f4", "(1"),
    ];
    for (const dict of broken) {
      expect(refusal(npy(V1, dict, "00000000")).code).toBe("E_NPY_FORMAT");
    }
  });

  test("a shape whose size is beyond all memory", () => {
    const huge = npy(V1, head("<f4", "(4294967296, 4294967296)"), "");
    expect(refusal(huge).code).toBe("E_NPY_TRUNCATED");
  });

  test("64-bit integers beyond 32 bits", () => {
    const bytes = npy(V1, head("<i8", "(2,)"), "01000000000000000000008000000000");
    expect(refusal(bytes)).toMatchObject({ code: "E_RANGE", where: "x.npy, element 1" });
  });
});

test("writing npy refuses a shape that the elements do not fill", () => {
  expect(() => writeNpy(new Int16Array(5), [2, 3])).toThrow(
    expect.objectContaining({ code: "E_NPY_SHAPE" }),
  );
});
