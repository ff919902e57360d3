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
    readonly gateware: true | string;
  };
}

export const operators = [
  {
    token: "maddness",
    code: 1,
    doc: "4-level comparison trees choose one of 16 table rows per codebook; the rows are added",
    realisations: {
      scalar: true,
      simd128: "not written yet: the scalar kernel serves hosts until the SIMD one lands",
      gateware: true,
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
