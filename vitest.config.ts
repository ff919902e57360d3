import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The simulator's first build takes minutes; each test states what it needs more.
    testTimeout: 20_000,
    hookTimeout: 180_000,
    globalSetup: ["test/setup.ts"],
  },
});
