/** What one proof is made of. Its Verilog lies in firmware-bridge/formal: `<name>_proof.v`. */

/** A fault: a text that a file of the gateware has once, and what stands in its place. */
export interface Mutant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /**
   * It shows only after many clocks, too many for the solver. Then no counter-example is asked for, only that the
   * induction does not close.
   */
  readonly deep?: true;
}

export interface Proof {
  /** Top module without `_proof` */
  readonly name: string;
  /** What holds, in one sentence. */
  readonly claim: string;
  /** Files besides the top module: the gateware proved and the definition. */
  readonly sources: readonly string[];
  /**
   * Wires connected in the flattened design, [driven, driver]: registers of the gateware that its
   * ports do not show, and the open inputs of formal/memory_word.v.
   */
  readonly connections?: readonly (readonly [driven: string, driver: string])[];
  /** The induction closes over that many clocks. */
  readonly inductionClocks: number;
  /** `reached_o` can be 1, and every mutant that is not deep is seen, that soon after power-on. */
  readonly shallowClocks: number;
  readonly mutants: readonly Mutant[];
}
