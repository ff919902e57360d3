// Entry of the batch build: SIMD, many rows at a time. Tiles and sums take the start of memory; the host plans the rest.
export { batch_output_stage, batch_widen_add } from "./batch";
export { maddness_look_up__simd128, SCRATCH_END } from "./ops/maddness.simd";
export { ROWS, trees_encode__simd128 } from "./trees.simd";
