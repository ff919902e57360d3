/** The JSON part of a table image: what people and the CLI want to know. Never read by a device. */
export interface Manifest {
  /** Name and version of the tool that wrote the image. */
  readonly tool: string;
  /** Name of each output, [M]. */
  readonly labels?: readonly string[];
  /** How a raw input becomes the integer the program takes: round((raw - offset) / scale). */
  readonly input?: InputScaling;
  /** Real value of one unit of the outputs. */
  readonly outputScale?: number;
  /** Fractions 0..1 measured when the tables were learned. */
  readonly accuracy?: { readonly float?: number; readonly tables?: number };
  /** Settings that made the image, seed included. */
  readonly fit?: Readonly<Record<string, unknown>>;
}

/** One for all columns, or one a column, [D]. */
export interface InputScaling {
  /** > 0 */
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}
