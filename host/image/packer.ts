/** How one operator's layer lies in a table image. L: its layer. */
export interface OperatorPacker<L> {
  /** Refuses shapes and values that no image may hold. @throws NomulError E_SHAPE, E_RANGE */
  check(layer: L, where: string): void;
  /** Bytes of the parameter section, a multiple of 4. */
  parameters(layer: L): Uint8Array;
  /** Bytes of the table section, outputs padded to a multiple of 8; a multiple of 8. */
  tables(layer: L): Uint8Array;
  /** Bytes that `parameters` and `tables` have for these shapes. */
  sizes(shape: StepShape): { parameterBytes: number; tableBytes: number };
  /** Smallest and largest table sum that any input can give, [M] each. */
  accumulatorRange(layer: L): { min: Float64Array; max: Float64Array };
  /** What a byte of `parameters` is, for reports. */
  describeParameter(offset: number): string;
  /** What a byte of `tables` is, for reports. */
  describeTable(shape: StepShape, offset: number): string;
  /** The inverse of `parameters` and `tables`. @throws NomulError E_IMAGE_CORRUPT */
  read(shape: StepShape, parameters: Uint8Array, tables: Uint8Array, stage: Stage): L;
}

export interface StepShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly codebooks: number;
}

export interface Stage {
  readonly bias: Int32Array;
  readonly shift: Uint8Array;
}

/** Outputs padded to whole groups of 8. */
export const padOutputs = (outputs: number): number => (outputs + 7) & ~7;
