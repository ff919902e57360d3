/* Table entries as they will be in the image, while learning: centred, scaled, rounded. */

/**
 * The smallest scales whose entries reach `limit` nowhere beyond.
 * @param tables f32[C][16][M], M a multiple of 4
 * @param limit largest entry, such as 127
 * @param common 1: one scale for all outputs
 * @param centre f32[C][M], out: middle of every codebook's entries
 * @param scale f32[M], out, each > 0
 */
export function fit_entry_scales(
  tables: usize,
  C: i32,
  M: i32,
  limit: f32,
  common: i32,
  centre: usize,
  scale: usize,
): void {
  const width = (<usize>M) << 2;
  const half = f32x4.splat(0.5);
  const share = f32x4.splat(0.5 / limit);
  let most = f32x4.splat(0);
  for (let m: usize = 0; m < width; m += 16) {
    let widest = f32x4.splat(0);
    for (let c: usize = 0; c < <usize>C; c++) {
      const block = tables + (c << 4) * width + m;
      let low = v128.load(block);
      let high = low;
      for (let k: usize = 1; k < 16; k++) {
        const v = v128.load(block + k * width);
        low = f32x4.pmin(low, v);
        high = f32x4.pmax(high, v);
      }
      v128.store(centre + c * width + m, f32x4.mul(half, f32x4.add(low, high)));
      widest = f32x4.pmax(widest, f32x4.sub(high, low));
    }
    // An output that never changes has no range; any scale serves.
    const s = f32x4.pmax(f32x4.mul(share, widest), f32x4.splat(1e-12));
    v128.store(scale + m, s);
    most = f32x4.pmax(most, s);
  }
  if (!common) return;
  const all = f32x4.splat(
    max(
      max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    ),
  );
  for (let m: usize = 0; m < width; m += 16) v128.store(scale + m, all);
}

/**
 * out = centre + scale · round((tables - centre) / scale), ties to even.
 * @param tables f32[C][16][M], M a multiple of 4
 * @param centre f32[C][M]
 * @param scale f32[M]
 * @param out f32[C][16][M], out
 */
export function fit_entry_round(
  tables: usize,
  C: i32,
  M: i32,
  centre: usize,
  scale: usize,
  out: usize,
): void {
  const width = (<usize>M) << 2;
  for (let c: usize = 0; c < <usize>C; c++) {
    const middle = centre + c * width;
    for (let k: usize = 0; k < 16; k++) {
      const at = ((c << 4) + k) * width;
      for (let m: usize = 0; m < width; m += 16) {
        const s = v128.load(scale + m);
        const o = v128.load(middle + m);
        const q = f32x4.nearest(f32x4.div(f32x4.sub(v128.load(tables + at + m), o), s));
        v128.store(out + at + m, f32x4.add(o, f32x4.mul(s, q)));
      }
    }
  }
}
