import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // One file at a time: a board can be open only once.
    fileParallelism: false,
    testTimeout: 60_000,
    // A simulator is built at its first use, which takes seconds, or half a minute on a slow machine.
    hookTimeout: 120_000,
  },
});
