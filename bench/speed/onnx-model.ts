/** ONNX models of one node, written by hand: onnx.proto3's fields are numbered below where they are used. */

const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
const integer = (field: number, n: number) => [...varint(field << 3), ...varint(n)];
const bytes = (field: number, body: ArrayLike<number>) => [
  ...varint((field << 3) | 2),
  ...varint(body.length),
  ...Array.from(body),
];
const text = (field: number, value: string) => bytes(field, new TextEncoder().encode(value));

/** TensorProto.DataType */
const elementTypes = { float32: 1, uint8: 2, int32: 6 } as const;
export type ElementType = keyof typeof elementTypes;

/** ValueInfoProto: name 1, type 2 { tensor 1 { element type 1, shape 2 { dim 1 { value 1, name 2 } } } } */
function valueInfo(name: string, type: ElementType, width: number): number[] {
  const shape = [...bytes(1, text(2, "rows")), ...bytes(1, integer(1, width))];
  const tensor = [...integer(1, elementTypes[type]), ...bytes(2, shape)];
  return [...text(1, name), ...bytes(2, bytes(1, tensor))];
}

/**
 * The model y [rows][M] = x [rows][D] · w [D][M].
 * @param operator "MatMul" on float32, or "MatMulInteger" from uint8 to int32
 * @param weights little-endian bytes, row after row
 */
export function productModel(
  operator: "MatMul" | "MatMulInteger",
  [D, M]: readonly [number, number],
  weights: Uint8Array,
): Uint8Array {
  const [from, to] =
    operator === "MatMul" ? (["float32", "float32"] as const) : (["uint8", "int32"] as const);
  // TensorProto: dims 1, data_type 2, name 8, raw_data 9
  const tensor = [
    ...integer(1, D),
    ...integer(1, M),
    ...integer(2, elementTypes[from]),
    ...text(8, "w"),
    ...bytes(9, weights),
  ];
  // NodeProto: input 1, output 2, op_type 4
  const node = [...text(1, "x"), ...text(1, "w"), ...text(2, "y"), ...text(4, operator)];
  // GraphProto: node 1, name 2, initializer 5, input 11, output 12
  const graph = [
    ...bytes(1, node),
    ...text(2, "product"),
    ...bytes(5, tensor),
    ...bytes(11, valueInfo("x", from, D)),
    ...bytes(12, valueInfo("y", to, M)),
  ];
  // ModelProto: ir_version 1, graph 7, opset_import 8 { version 2 }
  return Uint8Array.from([...integer(1, 8), ...bytes(7, graph), ...bytes(8, integer(2, 13))]);
}
