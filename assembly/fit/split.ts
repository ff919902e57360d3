/*
 * Learning one MADDNESS encoder: the split search over one slice of columns (Blalock & Guttag 2021,
 * algorithms 1 and 2). All buckets of a level are searched in one walk over the sorted rows.
 */

/**
 * Rows in ascending order of their value; equal values keep their order (counting sort).
 * @param values i16[rows]
 * @param counts u32[65536], scratch
 * @param order u32[rows], out
 */
export function fit_order(values: usize, rows: i32, counts: usize, order: usize): void {
  memory.fill(counts, 0, 65536 * 4);
  for (let r = 0; r < rows; r++) {
    const slot = counts + ((<usize>(load<i16>(values + ((<usize>r) << 1)) + 32768)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let start: u32 = 0;
  for (let v = 0; v < 65536; v++) {
    const slot = counts + ((<usize>v) << 2);
    const count = load<u32>(slot);
    store<u32>(slot, start);
    start += count;
  }
  for (let r = 0; r < rows; r++) {
    const slot = counts + ((<usize>(load<i16>(values + ((<usize>r) << 1)) + 32768)) << 2);
    const at = load<u32>(slot);
    store<u32>(order + ((<usize>at) << 2), r);
    store<u32>(slot, at + 1);
  }
}

/**
 * Row count, column sums and sums of squares of every bucket.
 * @param features f32[rows][F], F a multiple of 2
 * @param bucket u8[rows], each < buckets
 * @param counts f64[buckets], out
 * @param sums f64[buckets][F], out
 * @param squares f64[buckets][F], out
 */
export function fit_bucket_moments(
  features: usize,
  rows: i32,
  F: i32,
  bucket: usize,
  buckets: i32,
  counts: usize,
  sums: usize,
  squares: usize,
): void {
  const width = (<usize>F) << 3;
  memory.fill(counts, 0, (<usize>buckets) << 3);
  memory.fill(sums, 0, <usize>buckets * width);
  memory.fill(squares, 0, <usize>buckets * width);
  for (let r = 0; r < rows; r++) {
    const b = <usize>load<u8>(bucket + r);
    store<f64>(counts + (b << 3), load<f64>(counts + (b << 3)) + 1);
    const row = features + ((<usize>r * F) << 2);
    const s = sums + b * width;
    const q = squares + b * width;
    for (let f: usize = 0; f < width; f += 16) {
      const x = f64x2.promote_low_f32x4(v128.load64_zero(row + (f >> 1)));
      v128.store(s + f, f64x2.add(v128.load(s + f), x));
      v128.store(q + f, f64x2.add(v128.load(q + f), f64x2.mul(x, x)));
    }
  }
}

/**
 * The best split of every bucket on one column: the largest fall of the squared error summed over
 * all F columns. A split lies only between two distinct values of the column.
 * With totals (n, s) and left part (nl, l) the fall is Σ_f (l_f·n − s_f·nl)² / (n·nl·nr): no
 * difference of large squares, and exact up to the last division for integer columns.
 * @param order u32[rows], rows ascending by `column`
 * @param features f32[rows][F], F a multiple of 2
 * @param bucket u8[rows], each < buckets
 * @param counts f64[buckets]
 * @param sums f64[buckets][F]
 * @param scratch f64[buckets][F + 2]
 * @param out f64[buckets][3]: fall (0 when the bucket has one distinct value), the last value on
 *   the left, the first on the right; of equal falls the lowest split counts
 * @returns sum of the falls
 */
export function fit_split_search(
  order: usize,
  rows: i32,
  features: usize,
  F: i32,
  column: i32,
  bucket: usize,
  buckets: i32,
  counts: usize,
  sums: usize,
  scratch: usize,
  out: usize,
): f64 {
  const width = (<usize>F) << 3;
  const stride = width + 16;
  memory.fill(scratch, 0, <usize>buckets * stride);
  memory.fill(out, 0, <usize>buckets * 24);
  for (let i = 0; i < rows; i++) {
    const r = <usize>load<u32>(order + ((<usize>i) << 2));
    const b = <usize>load<u8>(bucket + r);
    const row = features + ((r * F) << 2);
    const value = <f64>load<f32>(row + ((<usize>column) << 2));
    const left = scratch + b * stride;
    const nl = load<f64>(left + width);
    const last = load<f64>(left + width + 8);
    if (nl > 0 && value > last) {
      const n = load<f64>(counts + (b << 3));
      const total = sums + b * width;
      const n2 = f64x2.splat(n);
      const nl2 = f64x2.splat(nl);
      let acc = f64x2.splat(0);
      for (let f: usize = 0; f < width; f += 16) {
        const d = f64x2.sub(
          f64x2.mul(v128.load(left + f), n2),
          f64x2.mul(v128.load(total + f), nl2),
        );
        acc = f64x2.add(acc, f64x2.mul(d, d));
      }
      const fall = (f64x2.extract_lane(acc, 0) + f64x2.extract_lane(acc, 1)) / (n * nl * (n - nl));
      const best = out + b * 24;
      if (fall > load<f64>(best)) {
        store<f64>(best, fall);
        store<f64>(best, last, 8);
        store<f64>(best, value, 16);
      }
    }
    for (let f: usize = 0; f < width; f += 16) {
      const x = f64x2.promote_low_f32x4(v128.load64_zero(row + (f >> 1)));
      v128.store(left + f, f64x2.add(v128.load(left + f), x));
    }
    store<f64>(left + width, nl + 1);
    store<f64>(left + width + 8, value);
  }
  let sum: f64 = 0;
  for (let b = 0; b < buckets; b++) sum += load<f64>(out + <usize>b * 24);
  return sum;
}

/**
 * One level of the encoder: bucket = 2·bucket + (value >= threshold of the bucket).
 * @param values i16[rows]
 * @param thresholds i16[buckets]
 * @param bucket u8[rows], in and out
 */
export function fit_split_apply(values: usize, rows: i32, thresholds: usize, bucket: usize): void {
  for (let r = 0; r < rows; r++) {
    const b = <usize>load<u8>(bucket + r);
    const right = load<i16>(values + ((<usize>r) << 1)) >= load<i16>(thresholds + (b << 1)) ? 1 : 0;
    store<u8>(bucket + r, <u8>(((<i32>b) << 1) + right));
  }
}
