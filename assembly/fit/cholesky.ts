/* Blocked Cholesky factorisation and its two triangular solves, f64. */

const BLOCK: i32 = 32;
const CHUNK: usize = 256 * 8;

function dot2(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** a[i..i+4][j..j+4] -= L[i..][from..to] · L[j..][from..to]ᵀ; offsets in bytes of a row. */
function tile(a: usize, stride: usize, i: usize, j: usize, from: usize, to: usize): void {
  const i0 = a + i * stride;
  const i1 = i0 + stride;
  const j0 = a + j * stride;
  const j1 = j0 + stride;
  const j2 = j1 + stride;
  const j3 = j2 + stride;
  let s00 = f64x2.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s03 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s13 = s00;
  for (let k = from; k < to; k += 16) {
    const x0 = v128.load(i0 + k);
    const x1 = v128.load(i1 + k);
    const y0 = v128.load(j0 + k);
    const y1 = v128.load(j1 + k);
    const y2 = v128.load(j2 + k);
    const y3 = v128.load(j3 + k);
    s00 = f64x2.add(s00, f64x2.mul(x0, y0));
    s01 = f64x2.add(s01, f64x2.mul(x0, y1));
    s02 = f64x2.add(s02, f64x2.mul(x0, y2));
    s03 = f64x2.add(s03, f64x2.mul(x0, y3));
    s10 = f64x2.add(s10, f64x2.mul(x1, y0));
    s11 = f64x2.add(s11, f64x2.mul(x1, y1));
    s12 = f64x2.add(s12, f64x2.mul(x1, y2));
    s13 = f64x2.add(s13, f64x2.mul(x1, y3));
  }
  const p = i0 + (j << 3);
  const q = i1 + (j << 3);
  store<f64>(p, load<f64>(p) - dot2(s00));
  store<f64>(p, load<f64>(p, 8) - dot2(s01), 8);
  store<f64>(p, load<f64>(p, 16) - dot2(s02), 16);
  store<f64>(p, load<f64>(p, 24) - dot2(s03), 24);
  store<f64>(q, load<f64>(q) - dot2(s10));
  store<f64>(q, load<f64>(q, 8) - dot2(s11), 8);
  store<f64>(q, load<f64>(q, 16) - dot2(s12), 16);
  store<f64>(q, load<f64>(q, 24) - dot2(s13), 24);
}

/** The columns of one block, from the diagonal down, once everything left of it is subtracted. */
function factorBlock(a: usize, stride: usize, n: i32, first: i32, end: i32): i32 {
  for (let i = first; i < n; i++) {
    const row = a + <usize>i * stride;
    const last = i < end ? i : end - 1;
    for (let j = first; j <= last; j++) {
      const other = a + <usize>j * stride;
      let s = load<f64>(row + ((<usize>j) << 3));
      for (let k = first; k < j; k++) {
        s -= load<f64>(row + ((<usize>k) << 3)) * load<f64>(other + ((<usize>k) << 3));
      }
      if (i === j) {
        if (!(s > 0)) return i;
        store<f64>(row + ((<usize>j) << 3), sqrt(s));
      } else {
        store<f64>(row + ((<usize>j) << 3), s / load<f64>(other + ((<usize>j) << 3)));
      }
    }
  }
  return -1;
}

/**
 * Cholesky factor in place: the lower triangle of `a` becomes L with a = L·Lᵀ.
 * @param a f64[n][n]; n a multiple of 16; above the diagonal, values are scratch
 * @returns -1, or the first row whose pivot is not positive
 */
export function fit_cholesky(a: usize, n: i32): i32 {
  const stride = (<usize>n) << 3;
  for (let first = 0; first < n; first += BLOCK) {
    const end = min(first + BLOCK, n);
    const width = (<usize>first) << 3;
    for (let from: usize = 0; from < width; from += CHUNK) {
      const to = min(from + CHUNK, width);
      for (let i = first; i < n; i += 2) {
        for (let j = first; j < end; j += 4) tile(a, stride, i, j, from, to);
      }
    }
    const bad = factorBlock(a, stride, n, first, end);
    if (bad >= 0) return bad;
  }
  return -1;
}

/** y[row] -= factor · x[row], M columns. */
function subtract(to: usize, from: usize, factor: f64, width: usize): void {
  const f = f64x2.splat(factor);
  for (let m: usize = 0; m < width; m += 16) {
    v128.store(to + m, f64x2.sub(v128.load(to + m), f64x2.mul(f, v128.load(from + m))));
  }
}

function divide(row: usize, by: f64, width: usize): void {
  for (let m: usize = 0; m < width; m += 8) store<f64>(row + m, load<f64>(row + m) / by);
}

/**
 * Solves L·Lᵀ·X = B in place of B.
 * @param l f64[n][n], as fit_cholesky leaves it
 * @param b f64[n][M], M a multiple of 2; in B, out X
 */
export function fit_cholesky_solve(l: usize, n: i32, b: usize, M: i32): void {
  const stride = (<usize>n) << 3;
  const width = (<usize>M) << 3;
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = l + i * stride;
    const to = b + i * width;
    for (let k: usize = 0; k < i; k++) {
      subtract(to, b + k * width, load<f64>(row + (k << 3)), width);
    }
    divide(to, load<f64>(row + (i << 3)), width);
  }
  for (let i: usize = n; i-- > 0; ) {
    const row = l + i * stride;
    const from = b + i * width;
    divide(from, load<f64>(row + (i << 3)), width);
    for (let k: usize = 0; k < i; k++) {
      subtract(b + k * width, from, load<f64>(row + (k << 3)), width);
    }
  }
}
