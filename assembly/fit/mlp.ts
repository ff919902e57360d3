/* Training a small dense network: forward, backward, loss and Adam, f32. */

/**
 * out = x·w + bias. Zero inputs are skipped: images and ReLU outputs are mostly zero.
 * @param x f32[rows][D]
 * @param w f32[D][M], M a multiple of 4
 * @param bias f32[M]
 * @param out f32[rows][M], out
 */
export function fit_dense(
  x: usize,
  rows: i32,
  D: i32,
  w: usize,
  bias: usize,
  M: i32,
  out: usize,
): void {
  const width = (<usize>M) << 2;
  for (let r = 0; r < rows; r++) {
    const to = out + <usize>r * width;
    memory.copy(to, bias, width);
    // Four rows of w at a time: the sums are loaded and stored a quarter as often.
    let n = 0;
    let w0: usize = 0;
    let w1: usize = 0;
    let w2: usize = 0;
    let x0: f32 = 0;
    let x1: f32 = 0;
    let x2: f32 = 0;
    for (let d = 0; d < D; d++) {
      const v = load<f32>(x + ((<usize>(r * D + d)) << 2));
      if (v === 0) continue;
      const row = w + <usize>d * width;
      if (n === 0) {
        w0 = row;
        x0 = v;
      } else if (n === 1) {
        w1 = row;
        x1 = v;
      } else if (n === 2) {
        w2 = row;
        x2 = v;
      } else {
        addFour(to, w0, x0, w1, x1, w2, x2, row, v, width);
      }
      n = (n + 1) & 3;
    }
    if (n > 0) addScaled(to, w0, x0, width);
    if (n > 1) addScaled(to, w1, x1, width);
    if (n > 2) addScaled(to, w2, x2, width);
  }
}

function addFour(
  to: usize,
  w0: usize,
  x0: f32,
  w1: usize,
  x1: f32,
  w2: usize,
  x2: f32,
  w3: usize,
  x3: f32,
  width: usize,
): void {
  const f0 = f32x4.splat(x0);
  const f1 = f32x4.splat(x1);
  const f2 = f32x4.splat(x2);
  const f3 = f32x4.splat(x3);
  for (let m: usize = 0; m < width; m += 16) {
    const a = f32x4.add(f32x4.mul(f0, v128.load(w0 + m)), f32x4.mul(f1, v128.load(w1 + m)));
    const b = f32x4.add(f32x4.mul(f2, v128.load(w2 + m)), f32x4.mul(f3, v128.load(w3 + m)));
    v128.store(to + m, f32x4.add(v128.load(to + m), f32x4.add(a, b)));
  }
}

/** to += factor · from. */
function addScaled(to: usize, from: usize, factor: f32, width: usize): void {
  const f = f32x4.splat(factor);
  for (let m: usize = 0; m < width; m += 16) {
    v128.store(to + m, f32x4.add(v128.load(to + m), f32x4.mul(f, v128.load(from + m))));
  }
}

/** x = max(x, 0) in place. @param x f32[count] */
export function fit_relu(x: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const at = x + ((<usize>i) << 2);
    store<f32>(at, max<f32>(load<f32>(at), 0));
  }
}

/** gradient = 0 where the ReLU output was 0. @param output f32[count] @param gradient f32[count] */
export function fit_relu_gradient(output: usize, gradient: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    if (!(load<f32>(output + at) > 0)) store<f32>(gradient + at, 0);
  }
}

/**
 * Gradients of out = x·w + bias.
 * @param x f32[rows][D]
 * @param w f32[D][M], M a multiple of 4
 * @param dout f32[rows][M]
 * @param dw f32[D][M], out
 * @param dbias f32[M], out
 * @param dx f32[rows][D], out; 0 to leave it out
 */
export function fit_dense_gradient(
  x: usize,
  rows: i32,
  D: i32,
  w: usize,
  M: i32,
  dout: usize,
  dw: usize,
  dbias: usize,
  dx: usize,
): void {
  const width = (<usize>M) << 2;
  memory.fill(dw, 0, <usize>D * width);
  memory.fill(dbias, 0, width);
  for (let r = 0; r < rows; r++) {
    const dy = dout + <usize>r * width;
    addScaled(dbias, dy, 1, width);
    for (let d = 0; d < D; d++) {
      const at = (<usize>(r * D + d)) << 2;
      const v = load<f32>(x + at);
      if (v !== 0) addScaled(dw + <usize>d * width, dy, v, width);
      if (dx) store<f32>(dx + at, dot(w + <usize>d * width, dy, width));
    }
  }
}

function dot(a: usize, b: usize, width: usize): f32 {
  let s = f32x4.splat(0);
  for (let m: usize = 0; m < width; m += 16) {
    s = f32x4.add(s, f32x4.mul(v128.load(a + m), v128.load(b + m)));
  }
  return (
    f32x4.extract_lane(s, 0) +
    f32x4.extract_lane(s, 1) +
    f32x4.extract_lane(s, 2) +
    f32x4.extract_lane(s, 3)
  );
}

/**
 * Softmax cross-entropy of the first `classes` outputs, and its gradient, both divided by `batch`.
 * @param logits f32[rows][M], in logits, out gradient (0 in the padding)
 * @param labels u8[rows], each < classes
 * @param batch rows of the whole batch, of which these may be a part
 * @returns the rows' share of the mean loss
 */
export function fit_softmax(
  logits: usize,
  rows: i32,
  M: i32,
  classes: i32,
  labels: usize,
  batch: i32,
): f64 {
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const row = logits + ((<usize>(r * M)) << 2);
    const label = <i32>load<u8>(labels + r);
    let top = load<f32>(row);
    for (let m = 1; m < classes; m++) top = max(top, load<f32>(row + ((<usize>m) << 2)));
    let sum: f32 = 0;
    for (let m = 0; m < classes; m++) {
      const at = row + ((<usize>m) << 2);
      const e = Mathf.exp(load<f32>(at) - top);
      if (m === label) loss += <f64>(top - load<f32>(at));
      store<f32>(at, e);
      sum += e;
    }
    loss += <f64>Mathf.log(sum);
    for (let m = 0; m < M; m++) {
      const at = row + ((<usize>m) << 2);
      let p: f32 = 0;
      if (m < classes) p = load<f32>(at) / sum - (m === label ? <f32>1 : <f32>0);
      store<f32>(at, p / <f32>batch);
    }
  }
  return loss / <f64>batch;
}

/**
 * Squared error of the first `outputs` outputs, each weighed, and its gradient, divided by `batch`.
 * @param y f32[rows][M], in outputs, out gradient (0 in the padding)
 * @param targets f32[rows][outputs]
 * @param weight f32[outputs]
 * @param batch rows of the whole batch, of which these may be a part
 * @returns the rows' share of the mean of Σ_m weight[m] · (y - target)² / 2
 */
export function fit_squared_error(
  y: usize,
  rows: i32,
  M: i32,
  outputs: i32,
  targets: usize,
  weight: usize,
  batch: i32,
): f64 {
  let loss: f64 = 0;
  for (let r = 0; r < rows; r++) {
    for (let m = 0; m < M; m++) {
      const at = y + ((<usize>(r * M + m)) << 2);
      let g: f32 = 0;
      if (m < outputs) {
        const error = load<f32>(at) - load<f32>(targets + ((<usize>(r * outputs + m)) << 2));
        g = error * load<f32>(weight + ((<usize>m) << 2));
        loss += 0.5 * <f64>error * <f64>g;
      }
      store<f32>(at, g / <f32>batch);
    }
  }
  return loss / <f64>batch;
}

/**
 * One step of Adam (Kingma & Ba 2015), β₁ = .9, β₂ = .999, ε = 1e-8.
 * @param w f32[count], count a multiple of 4; in and out
 * @param g f32[count] gradient
 * @param m f32[count] first moment, in and out
 * @param v f32[count] second moment, in and out
 * @param rate learning rate divided by 1 − β₁ᵗ
 * @param correction 1 / (1 − β₂ᵗ)
 */
export function fit_adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  count: i32,
  rate: f32,
  correction: f32,
): void {
  const b1 = f32x4.splat(0.9);
  const b2 = f32x4.splat(0.999);
  const c1 = f32x4.splat(0.1);
  const c2 = f32x4.splat(0.001);
  const lr = f32x4.splat(rate);
  const unbias = f32x4.splat(correction);
  const epsilon = f32x4.splat(1e-8);
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    const x = v128.load(g + i);
    const p = f32x4.add(f32x4.mul(b1, v128.load(m + i)), f32x4.mul(c1, x));
    const q = f32x4.add(f32x4.mul(b2, v128.load(v + i)), f32x4.mul(c2, f32x4.mul(x, x)));
    v128.store(m + i, p);
    v128.store(v + i, q);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(q, unbias)), epsilon);
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.div(f32x4.mul(lr, p), root)));
  }
}
