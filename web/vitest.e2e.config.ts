import { defineConfig } from "vitest/config";

// One stage; files run one after the other, and after a failure nothing waits for what will not come.
export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.test.ts"],
    globalSetup: "tests/e2e/curtain.ts",
    fileParallelism: false,
    bail: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
