import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  // Static files that work from any folder of any host, an IPFS gateway included.
  base: "./",
  worker: { format: "es" },
  build: { outDir: "../build/web/site", emptyOutDir: true, target: "es2023" },
  test: { include: ["tests/**/*.test.{ts,tsx}"], exclude: ["tests/e2e/**"] },
});
