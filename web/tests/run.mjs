/** Runs a TypeScript module that exports `main`: `node tests/run.mjs tests/bench/round.ts`. */
import { runnerImport } from "vite";

const [path] = process.argv.slice(2);
const { module } = await runnerImport(new URL(`../${path}`, import.meta.url).pathname, { logLevel: "error" });
await module.main();
