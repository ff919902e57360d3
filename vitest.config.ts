import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The first build of a simulator takes half a minute on a slow machine; tests state what they need more.
    testTimeout: 20_000,
    hookTimeout: 180_000,
    globalSetup: ["test/setup.ts"],
  },
});
