/** First byte of linear memory that no static data uses; the host lays out everything above it. */
export function fit_heap_base(): usize {
  return __heap_base;
}

/** count bytes of 0. */
export function fit_zero(at: usize, count: i32): void {
  memory.fill(at, 0, count);
}

/** to = to + from. @param to f32[count], count a multiple of 4 */
export function fit_add(to: usize, from: usize, count: i32): void {
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(from + i)));
  }
}
