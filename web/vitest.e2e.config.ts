import { defineConfig } from "vitest/config";

// One stage and one browser: files run one after the other.
export default defineConfig({
  test: { include: ["tests/e2e/**/*.test.ts"], fileParallelism: false, testTimeout: 300_000, hookTimeout: 240_000 },
});
