/* Sums over rows of MADDNESS codes: normal equations, and table look-ups for many rows. */

/**
 * Adds GᵀG of the one-hot codes G to a matrix; lower triangle of blocks, counts are exact.
 * @param codes u8[rows][C], each < 16
 * @param gram f64[16C][16C], in and out
 */
export function fit_gram_add(codes: usize, rows: i32, C: i32, gram: usize): void {
  const stride = (<usize>C) << 7; // bytes of a row of the Gram matrix
  for (let c: usize = 0; c < <usize>C; c++) {
    const block = gram + (c << 4) * stride;
    for (let r = 0; r < rows; r++) {
      const row = codes + <usize>r * C;
      let at = block + <usize>load<u8>(row + c) * stride;
      for (let e: usize = 0; e <= c; e++) {
        const slot = at + ((<usize>load<u8>(row + e)) << 3);
        store<f64>(slot, load<f64>(slot) + 1);
        at += 128;
      }
    }
  }
}

/**
 * Adds GᵀY of the one-hot codes G.
 * @param codes u8[rows][C], each < 16
 * @param targets f32[rows][M], M a multiple of 2
 * @param sums f64[16C][M], in and out
 */
export function fit_targets_add(
  codes: usize,
  rows: i32,
  C: i32,
  targets: usize,
  M: i32,
  sums: usize,
): void {
  const width = (<usize>M) << 3;
  for (let r = 0; r < rows; r++) {
    const y = targets + ((<usize>r * M) << 2);
    const row = codes + <usize>r * C;
    for (let c: usize = 0; c < <usize>C; c++) {
      const to = sums + ((c << 4) + <usize>load<u8>(row + c)) * width;
      for (let m: usize = 0; m < width; m += 16) {
        const v = f64x2.promote_low_f32x4(v128.load64_zero(y + (m >> 1)));
        v128.store(to + m, f64x2.add(v128.load(to + m), v));
      }
    }
  }
}

/**
 * Float tables summed for every row: out[r][m] = Σ_c tables[c][codes[r][c]][m].
 * @param codes u8[rows][C], each < 16
 * @param tables f32[C][16][M], M a multiple of 4
 * @param out f32[rows][M], out
 */
export function fit_lookup_f32(
  codes: usize,
  rows: i32,
  C: i32,
  tables: usize,
  M: i32,
  out: usize,
): void {
  const width = (<usize>M) << 2;
  memory.fill(out, 0, <usize>rows * width);
  for (let r = 0; r < rows; r++) {
    const to = out + <usize>r * width;
    const row = codes + <usize>r * C;
    for (let c: usize = 0; c < <usize>C; c++) {
      const from = tables + ((c << 4) + <usize>load<u8>(row + c)) * width;
      for (let m: usize = 0; m < width; m += 16) {
        v128.store(to + m, f32x4.add(v128.load(to + m), v128.load(from + m)));
      }
    }
  }
}

/**
 * Integer tables summed for every row, exactly.
 * @param codes u8[rows][C], each < 16
 * @param tables i8[C][16][M], M a multiple of 8
 * @param out i32[rows][M], out
 */
export function fit_lookup_i8(
  codes: usize,
  rows: i32,
  C: i32,
  tables: usize,
  M: i32,
  out: usize,
): void {
  memory.fill(out, 0, (<usize>rows * M) << 2);
  for (let r = 0; r < rows; r++) {
    const to = out + ((<usize>r * M) << 2);
    const row = codes + <usize>r * C;
    for (let c: usize = 0; c < <usize>C; c++) {
      const from = tables + ((c << 4) + <usize>load<u8>(row + c)) * M;
      for (let m: usize = 0; m < <usize>M; m += 8) {
        const t = v128.load_ext<i8>(from + m);
        const at = to + (m << 2);
        v128.store(at, i32x4.add(v128.load(at), i32x4.extend_low_i16x8_s(t)));
        v128.store(at, i32x4.add(v128.load(at, 16), i32x4.extend_high_i16x8_s(t)), 16);
      }
    }
  }
}
