/*
 * Training through comparison trees, f32. Inputs are in units of the smoothing width: a comparison
 * counts as uncertain where |x - threshold| < 1.
 */

/** Code of a codebook that is left out (dropout): adds nothing and gets no gradient. */
const DROPPED: u8 = 255;

/**
 * Codes of all rows, as host/reference/maddness.ts defines them but on f32.
 * @param x f32[rows][D]
 * @param dims u16[C][4]
 * @param thresholds f32[C][15] heap order
 * @param codes u8[rows][C], out
 */
export function fit_tree_codes(
  x: usize,
  rows: i32,
  D: i32,
  dims: usize,
  thresholds: usize,
  C: i32,
  codes: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = x + ((<usize>(r * D)) << 2);
    let d = dims;
    let t = thresholds;
    for (let c = 0; c < C; c++) {
      store<u8>(codes + c, walk(row, d, t, 0, 0));
      d += 8;
      t += 60;
    }
    codes += C;
  }
}

/** Goes on from `prefix`, the decisions of the first `level` levels. */
function walk(row: usize, dims: usize, thresholds: usize, level: i32, prefix: i32): i32 {
  for (; level < 4; level++) {
    const node = (1 << level) - 1 + prefix;
    prefix = (prefix << 1) | <i32>(distance(row, dims, thresholds, level, node) >= 0);
  }
  return prefix;
}

function distance(row: usize, dims: usize, thresholds: usize, level: i32, node: i32): f32 {
  const d = <usize>load<u16>(dims + ((<usize>level) << 1));
  return load<f32>(row + (d << 2)) - load<f32>(thresholds + ((<usize>node) << 2));
}

/**
 * Leaves codes out at random.
 * @param codes u8[count], in and out
 * @param share 0..2^32-1: a code is left out with probability share / 2^32
 * @param state u32, not 0: where the random sequence starts
 */
export function fit_tree_drop(codes: usize, count: i32, share: u32, state: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    if (state * 0x9e3779b1 < share) store<u8>(codes + i, DROPPED);
  }
}

/**
 * out[r][m] = bias[m] + factor · Σ_c tables[c][codes[r][c]][m].
 * @param tables f32[C][16][M], M a multiple of 4
 * @param bias f32[M]
 * @param out f32[rows][M], out
 */
export function fit_tree_sums(
  codes: usize,
  rows: i32,
  C: i32,
  tables: usize,
  M: i32,
  bias: usize,
  factor: f32,
  out: usize,
): void {
  const width = (<usize>M) << 2;
  const f = f32x4.splat(factor);
  for (let r = 0; r < rows; r++) {
    const row = codes + <usize>r * C;
    const to = out + <usize>r * width;
    let m: usize = 0;
    for (; m + 64 <= width; m += 64) {
      let a = f32x4.splat(0);
      let b = a;
      let d = a;
      let e = a;
      for (let c: usize = 0; c < <usize>C; c++) {
        const code = load<u8>(row + c);
        if (code === DROPPED) continue;
        const from = tables + ((c << 4) + <usize>code) * width + m;
        a = f32x4.add(a, v128.load(from));
        b = f32x4.add(b, v128.load(from, 16));
        d = f32x4.add(d, v128.load(from, 32));
        e = f32x4.add(e, v128.load(from, 48));
      }
      v128.store(to + m, f32x4.add(v128.load(bias + m), f32x4.mul(f, a)));
      v128.store(to + m, f32x4.add(v128.load(bias + m, 16), f32x4.mul(f, b)), 16);
      v128.store(to + m, f32x4.add(v128.load(bias + m, 32), f32x4.mul(f, d)), 32);
      v128.store(to + m, f32x4.add(v128.load(bias + m, 48), f32x4.mul(f, e)), 48);
    }
    for (; m < width; m += 16) {
      let a = f32x4.splat(0);
      for (let c: usize = 0; c < <usize>C; c++) {
        const code = load<u8>(row + c);
        if (code === DROPPED) continue;
        a = f32x4.add(a, v128.load(tables + ((c << 4) + <usize>code) * width + m));
      }
      v128.store(to + m, f32x4.add(v128.load(bias + m), f32x4.mul(f, a)));
    }
  }
}

/**
 * Adds the gradients of `fit_tree_sums`. A threshold's gradient is what going right instead of left
 * would change, to first order in the outputs, times the density (15/16)(1 - h²)² of the distance h:
 * the exact derivative when h carries noise of that density. Differs from the straight-through
 * softmax of differentiable MADDNESS (facts: maddness.md §2) in looking at one decision at a time.
 * @param codes u8[rows][C] as used
 * @param tables f32[C][16][M] as used
 * @param dout f32[rows][M]
 * @param dtables f32[C][16][M], in and out
 * @param dbias f32[M], in and out
 * @param dthresholds f32[C][15], in and out
 * @param dx f32[rows][D], in and out; 0 to leave it out
 */
export function fit_tree_gradient(
  x: usize,
  rows: i32,
  D: i32,
  dims: usize,
  thresholds: usize,
  C: i32,
  codes: usize,
  tables: usize,
  M: i32,
  factor: f32,
  dout: usize,
  dtables: usize,
  dbias: usize,
  dthresholds: usize,
  dx: usize,
): void {
  const width = (<usize>M) << 2;
  for (let r = 0; r < rows; r++) addScaled(dbias, dout + <usize>r * width, 1, width);
  // A codebook's tables and their gradient stay in the cache over all rows.
  for (let c = 0; c < C; c++) {
    const block = ((<usize>c) << 4) * width;
    const d = dims + ((<usize>c) << 3);
    const t = thresholds + <usize>c * 60;
    const dt = dthresholds + <usize>c * 60;
    for (let r = 0; r < rows; r++) {
      const code = <i32>load<u8>(codes + <usize>(r * C + c));
      if (code === <i32>DROPPED) continue;
      const row = x + ((<usize>(r * D)) << 2);
      const dy = dout + <usize>r * width;
      const own = block + <usize>code * width;
      addScaled(dtables + own, dy, factor, width);
      for (let level = 0; level < 4; level++) {
        const before = code >> (4 - level);
        const node = (1 << level) - 1 + before;
        const h = distance(row, d, t, level, node);
        if (h >= 1 || h <= -1) continue;
        const right = (code >> (3 - level)) & 1;
        const other = walk(row, d, t, level + 1, (before << 1) | (right ^ 1));
        const there = block + <usize>other * width;
        const change = factor * difference(dy, tables + own, tables + there, width);
        const inside: f32 = 1 - h * h;
        const g = (right ? change : -change) * <f32>0.9375 * inside * inside;
        const at = dt + ((<usize>node) << 2);
        store<f32>(at, load<f32>(at) - g);
        if (dx) {
          const column = <usize>load<u16>(d + ((<usize>level) << 1));
          const to = dx + ((<usize>(r * D) + column) << 2);
          store<f32>(to, load<f32>(to) + g);
        }
      }
    }
  }
}

/** to += factor · from. */
function addScaled(to: usize, from: usize, factor: f32, width: usize): void {
  const f = f32x4.splat(factor);
  for (let m: usize = 0; m < width; m += 16) {
    v128.store(to + m, f32x4.add(v128.load(to + m), f32x4.mul(f, v128.load(from + m))));
  }
}

/** Σ dy · (a - b). */
function difference(dy: usize, a: usize, b: usize, width: usize): f32 {
  let s = f32x4.splat(0);
  for (let m: usize = 0; m < width; m += 16) {
    s = f32x4.add(s, f32x4.mul(v128.load(dy + m), f32x4.sub(v128.load(a + m), v128.load(b + m))));
  }
  return (
    f32x4.extract_lane(s, 0) +
    f32x4.extract_lane(s, 1) +
    f32x4.extract_lane(s, 2) +
    f32x4.extract_lane(s, 3)
  );
}
