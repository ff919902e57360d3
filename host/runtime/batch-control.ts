/**
 * How threads of a batch speak: one shared Int32Array. The caller writes the number of rows, then a new
 * generation; each worker writes the generation to its own slot when its blocks are done.
 */
export const control = { rows: 0, generation: 1, done: 2 } as const;

/**
 * Rows that are copied, and that a thread takes, at a time: few enough to stay in a processor's cache. With T
 * threads, thread t takes blocks t, t + T, t + 2 T …
 */
export const BLOCK_ROWS = 256;

/** Ends a worker: no number of rows. */
export const STOP = -1;

/** First rows of the blocks of one thread. @param thread 0..threads-1 */
export function* blocksOf(thread: number, threads: number, rows: number): Generator<number> {
  for (let n = thread * BLOCK_ROWS; n < rows; n += threads * BLOCK_ROWS) yield n;
}
