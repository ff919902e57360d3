/* Bringing integer rows to the floats that learning sees, f32. */

/**
 * out[i][d] = (inputs[order[i]][d] - offset[d]) · factor[d].
 * @param inputs i16[N][D]
 * @param order u32[count], each < N
 * @param offset f32[D]
 * @param factor f32[D]
 * @param out f32[count][width], out; width >= D, the padding stays as it is
 */
export function fit_rows_load(
  inputs: usize,
  D: i32,
  order: usize,
  count: i32,
  offset: usize,
  factor: usize,
  out: usize,
  width: i32,
): void {
  const whole = D & ~3;
  for (let i = 0; i < count; i++) {
    const from = inputs + ((<usize>load<u32>(order + ((<usize>i) << 2)) * <usize>D) << 1);
    const to = out + ((<usize>(i * width)) << 2);
    for (let d: usize = 0; d < <usize>whole; d += 4) {
      const at = d << 2;
      const x = f32x4.convert_i32x4_s(v128.load_ext<i16>(from + (d << 1)));
      v128.store(to + at, f32x4.mul(f32x4.sub(x, v128.load(offset + at)), v128.load(factor + at)));
    }
    for (let d: usize = whole; d < <usize>D; d++) {
      const at = d << 2;
      const x = <f32>load<i16>(from + (d << 1));
      store<f32>(to + at, (x - load<f32>(offset + at)) * load<f32>(factor + at));
    }
  }
}

/**
 * As `fit_rows_load`, of images that are moved; 0 comes in at the edges.
 * @param moves i32[count][2] right and down, each smaller than the image
 * @param imageWidth and imageHeight, their product is D
 */
export function fit_rows_load_moved(
  inputs: usize,
  imageWidth: i32,
  imageHeight: i32,
  order: usize,
  count: i32,
  moves: usize,
  offset: usize,
  factor: usize,
  out: usize,
  width: i32,
): void {
  const D = imageWidth * imageHeight;
  for (let i = 0; i < count; i++) {
    const from = inputs + ((<usize>load<u32>(order + ((<usize>i) << 2)) * <usize>D) << 1);
    const to = out + ((<usize>(i * width)) << 2);
    const right = load<i32>(moves + ((<usize>i) << 3));
    const down = load<i32>(moves + ((<usize>i) << 3), 4);
    let at: usize = 0;
    for (let y = 0; y < imageHeight; y++) {
      const row = y - down;
      const inside = row >= 0 && row < imageHeight;
      for (let x = 0; x < imageWidth; x++) {
        const column = x - right;
        let v: f32 = 0;
        if (inside && column >= 0 && column < imageWidth) {
          v = <f32>load<i16>(from + ((<usize>(row * imageWidth + column)) << 1));
        }
        store<f32>(to + at, (v - load<f32>(offset + at)) * load<f32>(factor + at));
        at += 4;
      }
    }
  }
}

/**
 * Adds noise of mean 0 and the given deviation: the sum of a random word's four bytes, near enough
 * to normal.
 * @param x f32[count], in and out
 * @param state u32, not 0
 */
export function fit_rows_noise(x: usize, count: i32, deviation: f32, state: u32): void {
  const factor: f32 = deviation / 147.8;
  for (let i: usize = 0; i < <usize>count; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    // xorshift's own low bits are weak; a multiplication spreads them.
    const w = state * 0x9e3779b1;
    const sum = <i32>(w & 255) + <i32>((w >> 8) & 255) + <i32>((w >> 16) & 255) + <i32>(w >> 24);
    const at = x + (i << 2);
    store<f32>(at, load<f32>(at) + factor * <f32>(sum - 510));
  }
}
