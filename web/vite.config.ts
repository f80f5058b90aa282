import react from "@vitejs/plugin-react";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      // Never reload by itself: a round may be training.
      registerType: "prompt",
      includeAssets: ["icon.svg"],
      manifest: {
        name: "DeltaML",
        short_name: "DeltaML",
        description: "A marketplace for machine learning on data that never leaves its owner's device.",
        start_url: "./",
        scope: "./",
        display: "standalone",
        background_color: "#f6f7f8",
        theme_color: "#0b5a8f",
        icons: [
          { src: "icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
          { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
        ],
      },
      workbox: {
        // Not deployment.json, which who serves the page writes beside it after the build; the page keeps it itself.
        globPatterns: ["**/*.{js,css,html,svg,png}"],
      },
    }),
  ],
  // Static files that work from any folder of any host, an IPFS gateway included.
  base: "./",
  worker: { format: "es" },
  build: { outDir: "../build/web/site", emptyOutDir: true, target: "es2023", manifest: true },
  test: { include: ["tests/**/*.test.{ts,tsx}"], exclude: ["tests/e2e/**"] },
});
