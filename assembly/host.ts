/* Entry of the host build: the learning kernels, with SIMD. */
export { fit_cholesky, fit_cholesky_solve } from "./fit/cholesky";
export { fit_gram_add, fit_lookup_f32, fit_lookup_i8, fit_targets_add } from "./fit/codes";
export { fit_entry_round, fit_entry_scales } from "./fit/entries";
export { fit_add, fit_heap_base, fit_zero } from "./fit/memory";
export {
  fit_adam,
  fit_dense,
  fit_dense_gradient,
  fit_relu,
  fit_relu_gradient,
  fit_softmax,
  fit_squared_error,
} from "./fit/mlp";
export { fit_rows_load, fit_rows_load_moved, fit_rows_noise } from "./fit/rows";
export {
  fit_bucket_moments,
  fit_order,
  fit_split_apply,
  fit_split_search,
} from "./fit/split";
export {
  fit_tree_codes,
  fit_tree_drop,
  fit_tree_gradient,
  fit_tree_sums,
} from "./fit/trees";
