/** First byte of linear memory that no static data uses; the host lays out everything above it. */
export function fit_heap_base(): usize {
  return __heap_base;
}
