/** Exports of build/host.wasm; shapes are documented in assembly/fit. */
export interface KernelExports {
  fit_heap_base(): number;
  fit_order(values: number, rows: number, counts: number, order: number): void;
  fit_bucket_moments(
    features: number,
    rows: number,
    F: number,
    bucket: number,
    buckets: number,
    counts: number,
    sums: number,
    squares: number,
  ): void;
  fit_split_search(
    order: number,
    rows: number,
    features: number,
    F: number,
    column: number,
    bucket: number,
    buckets: number,
    counts: number,
    sums: number,
    scratch: number,
    out: number,
  ): number;
  fit_split_apply(values: number, rows: number, thresholds: number, bucket: number): void;
  fit_gram_add(codes: number, rows: number, C: number, gram: number): void;
  fit_targets_add(
    codes: number,
    rows: number,
    C: number,
    targets: number,
    M: number,
    sums: number,
  ): void;
  fit_lookup_f32(
    codes: number,
    rows: number,
    C: number,
    tables: number,
    M: number,
    out: number,
  ): void;
  fit_lookup_i8(
    codes: number,
    rows: number,
    C: number,
    tables: number,
    M: number,
    out: number,
  ): void;
  fit_cholesky(a: number, n: number): number;
  fit_cholesky_solve(l: number, n: number, b: number, M: number): void;
  fit_dense(
    x: number,
    rows: number,
    D: number,
    w: number,
    bias: number,
    M: number,
    out: number,
  ): void;
  fit_relu(x: number, count: number): void;
  fit_relu_gradient(output: number, gradient: number, count: number): void;
  fit_dense_gradient(
    x: number,
    rows: number,
    D: number,
    w: number,
    M: number,
    dout: number,
    dw: number,
    dbias: number,
    dx: number,
  ): void;
  fit_softmax(
    logits: number,
    rows: number,
    M: number,
    classes: number,
    labels: number,
    batch: number,
  ): number;
  fit_squared_error(
    y: number,
    rows: number,
    M: number,
    outputs: number,
    targets: number,
    weight: number,
    batch: number,
  ): number;
  fit_zero(at: number, count: number): void;
  fit_add(to: number, from: number, count: number): void;
  fit_rows_load(
    inputs: number,
    D: number,
    order: number,
    count: number,
    offset: number,
    factor: number,
    out: number,
    width: number,
  ): void;
  fit_rows_load_moved(
    inputs: number,
    imageWidth: number,
    imageHeight: number,
    order: number,
    count: number,
    moves: number,
    offset: number,
    factor: number,
    out: number,
    width: number,
  ): void;
  fit_rows_noise(x: number, count: number, deviation: number, state: number): void;
  fit_adam(
    w: number,
    g: number,
    m: number,
    v: number,
    count: number,
    rate: number,
    correction: number,
  ): void;
  fit_tree_codes(
    x: number,
    rows: number,
    D: number,
    dims: number,
    thresholds: number,
    C: number,
    codes: number,
  ): void;
  fit_tree_drop(codes: number, count: number, share: number, state: number): void;
  fit_tree_sums(
    codes: number,
    rows: number,
    C: number,
    tables: number,
    M: number,
    bias: number,
    factor: number,
    out: number,
  ): void;
  fit_tree_gradient(
    x: number,
    rows: number,
    D: number,
    dims: number,
    thresholds: number,
    C: number,
    codes: number,
    tables: number,
    M: number,
    factor: number,
    dout: number,
    dtables: number,
    dbias: number,
    dthresholds: number,
    dx: number,
  ): void;
  fit_entry_scales(
    tables: number,
    C: number,
    M: number,
    limit: number,
    common: number,
    centre: number,
    scale: number,
  ): void;
  fit_entry_round(
    tables: number,
    C: number,
    M: number,
    centre: number,
    scale: number,
    out: number,
  ): void;
}
