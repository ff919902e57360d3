import type { Constant } from "./struct.ts";

/** An operator's token is the same in every folder; its code is what step descriptors hold. */
export interface OperatorSpec {
  readonly token: string;
  readonly code: number;
  readonly doc: string;
  /** Where it is realised. A string is the reason why a realisation is absent. */
  readonly realisations: {
    readonly scalar: true | string;
    readonly simd128: true | string;
    /** By lanes: the engines that have it. */
    readonly gateware: Readonly<Record<8 | 16, true | string>>;
  };
}

export const operators = [
  {
    token: "maddness",
    code: 1,
    doc: "4-level comparison trees choose one of 16 table rows per codebook; the rows are added",
    realisations: {
      scalar: true,
      simd128: true,
      gateware: { 8: true, 16: true },
    },
  },
  {
    token: "maddness4",
    code: 2,
    doc: "maddness with table entries of 4 bits, two a byte",
    realisations: {
      scalar: true,
      simd128: true,
      gateware: {
        8: "accumulators for 16 look-ups a cycle need more block RAM than an iCE40UP5K has left",
        16: true,
      },
    },
  },
] as const satisfies readonly OperatorSpec[];

export const stepFlags = [
  {
    name: "STEP_REQUANTISE",
    value: 1,
    doc: "bias and shift records exist; without it bias = shift = 0 for every output",
  },
] as const satisfies readonly Constant[];
