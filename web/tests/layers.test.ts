/** Arrows point downwards only: pages -> ui, owner, data -> chain -> core. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SOURCE = resolve(import.meta.dirname, "../src");
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  chain: ["core"],
  ui: ["core", "chain"],
  owner: ["core", "chain"],
  data: ["core", "chain"],
  pages: ["core", "chain", "ui", "owner", "data"],
};
/** What runs in workers and tests too may know no page and no wallet. */
const FOREIGN: Readonly<Record<string, RegExp>> = {
  core: /^(react|react-dom|wagmi|wouter|sonner|idb|@tanstack|@observablehq|node:)/,
  data: /^(react|react-dom|wagmi|wouter|sonner|@tanstack|@observablehq|node:)/,
  owner: /^(wouter|sonner|@observablehq|node:)/,
};
const IMPORT = /(?:from|import)\s*\(?\s*["']([^"']+)["']/g;

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf-8" }).filter((name) => /\.tsx?$/.test(name));

function importsOf(file: string): string[] {
  return [...readFileSync(join(SOURCE, file), "utf-8").matchAll(IMPORT)].flatMap((match) => match[1] ?? []);
}

function layerOf(file: string): string | undefined {
  return file.includes("/") ? file.split("/")[0] : undefined;
}

test("there is something to look at", () => {
  expect(files.filter((file) => layerOf(file) === "core").length).toBeGreaterThan(10);
});

test.each(files)("%s imports downwards only", (file) => {
  const layer = layerOf(file);
  // Files beside the folders put everything together.
  if (layer === undefined || !(layer in MAY_IMPORT)) return;
  for (const target of importsOf(file)) {
    if (!target.startsWith(".")) {
      expect(FOREIGN[layer]?.test(target) ?? false, `${file} imports ${target}`).toBe(false);
      continue;
    }
    // A folder may be imported by its name alone.
    const other = layerOf(`${relative(SOURCE, resolve(SOURCE, dirname(file), target))}/`);
    const allowed = other === layer || MAY_IMPORT[layer]?.includes(other ?? "");
    expect(allowed, `${file} imports ${target}`).toBe(true);
  }
});
