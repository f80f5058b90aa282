// The JavaScript that the market page loads before it can show anything, gzipped, from Vite's manifest. Fails above the
// limit. What pages load later is listed too, for those who wonder.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 200_000;
const SITE = join(import.meta.dirname, "..", "..", "build", "web", "site");

const manifest = JSON.parse(readFileSync(join(SITE, ".vite", "manifest.json"), "utf8"));
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
if (entry === undefined) throw new Error("the manifest names no entry; run `npm run build` first");

const initial = new Set();
collect(entry);
const rows = Object.values(manifest)
  .filter(({ file }) => file.endsWith(".js"))
  .map(({ file }) => ({ file, bytes: gzipSync(readFileSync(join(SITE, file)), { level: 9 }).length, now: initial.has(file) }))
  .sort((a, b) => Number(b.now) - Number(a.now) || b.bytes - a.bytes);
for (const { file, bytes, now } of rows) console.log(`${now ? "initial" : "later  "} ${kilobytes(bytes)} ${file}`);

const total = rows.filter(({ now }) => now).reduce((sum, { bytes }) => sum + bytes, 0);
console.log(`initial JavaScript: ${kilobytes(total)} of ${kilobytes(LIMIT_BYTES)} allowed, gzipped`);
if (total > LIMIT_BYTES) process.exit(1);

function collect(key) {
  const { file, imports = [] } = manifest[key];
  if (initial.has(file)) return;
  initial.add(file);
  for (const next of imports) collect(next);
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1).padStart(6)} kB`;
}
