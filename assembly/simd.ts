// Entry of the batch build: SIMD, many rows at a time. Tiles take the start of memory; the host plans the rest.
export { batch_output_stage, batch_pack, batch_widen_add } from "./batch";
export { TILES_END } from "./ops/look_up.simd";
export { maddness_accumulate__simd128, maddness4_accumulate__simd128 } from "./ops/maddness.simd";
export { ROWS } from "./trees.simd";
