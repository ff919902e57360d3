/** One matrix product as an ONNX model, written as the protocol buffer that it is. */

const types = { f32: 1, u8: 2, i8: 3, i32: 6 } as const;
type ElementType = keyof typeof types;

type Field = readonly [number: number, value: number | Uint8Array | string];

function varint(n: number): number[] {
  const bytes: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  bytes.push(n);
  return bytes;
}

/** A message: integers as varints, all else with its length. */
function message(...fields: readonly Field[]): Uint8Array {
  const parts = fields.map(([number, value]) => {
    if (typeof value === "number") return Buffer.from([number << 3, ...varint(value)]);
    const body = typeof value === "string" ? Buffer.from(value) : value;
    return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(body.length)]), body]);
  });
  return Buffer.concat(parts);
}

const value = (name: string, type: ElementType, shape: readonly number[]) =>
  message(
    [1, name],
    [
      2,
      message([
        1,
        message([1, types[type]], [2, message(...shape.map((n): Field => [1, message([1, n])]))]),
      ]),
    ],
  );

/**
 * y [N][M] = x [N][D] · w [D][M].
 * @param operator MatMul (f32) or MatMulInteger (u8 · i8 → i32)
 * @param weights [D][M]
 */
export function matMulModel(
  operator: "MatMul" | "MatMulInteger",
  N: number,
  D: number,
  M: number,
  weights: Float32Array | Int8Array,
): Uint8Array {
  const whole = operator === "MatMulInteger";
  const raw = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
  const w = message([1, D], [1, M], [2, types[whole ? "i8" : "f32"]], [8, "w"], [9, raw]);
  const node = message([1, "x"], [1, "w"], [2, "y"], [4, operator]);
  const graph = message(
    [1, node],
    [2, "product"],
    [5, w],
    [11, value("x", whole ? "u8" : "f32", [N, D])],
    [12, value("y", whole ? "i32" : "f32", [N, M])],
  );
  return message([1, 8], [7, graph], [8, message([1, ""], [2, 13])]);
}
