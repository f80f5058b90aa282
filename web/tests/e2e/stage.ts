/** The page with everything behind it (`python -m scripts.web`): a chain, IPFS, four oracles, data owners next door. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");
const START_MILLISECONDS = 500_000;

/** Where everything of a stage is. */
export interface Place {
  readonly pageUrl: string;
  readonly rpcUrl: string;
  readonly folder: string;
}

export interface Stage extends Place {
  /** What it has printed so far. */
  log: () => string;
  stop: () => Promise<void>;
}

/** options: further ones of `python -m scripts.web`. Resolves when the page is served. */
export async function startStage(...options: string[]): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "deltaml-web-"));
  const places = ["--port", "0", "--chain-port", "0", "--ipfs-port", "0", "--folder", join(folder, "net")];
  const python = join(ROOT, ".venv/bin/python");
  const child = spawn(python, ["-m", "scripts.web", ...places, ...options], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const [, pageUrl, rpcUrl] = await until(
    child,
    () => /page (\S+) +chain (\S+)/.exec(printed),
    () => printed,
  );
  return {
    pageUrl: pageUrl as string,
    rpcUrl: rpcUrl as string,
    folder,
    log: () => printed,
    stop: async () => {
      const gone = new Promise((done) => child.once("exit", done));
      if (child.exitCode === null && child.kill("SIGTERM")) await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function until<T>(child: ChildProcess, condition: () => T | null, log: () => string): Promise<T> {
  const deadline = Date.now() + START_MILLISECONDS;
  for (;;) {
    const found = condition();
    if (found) return found;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the stage did not come up:\n${log()}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Files that fit a task: one to post it with, and data owners' own. */
export function sampleFile(place: Place, name: "validation" | "owner-0" | "owner-1" | "owner-2"): string {
  return join(place.folder, "net", "samples", `${name}.csv`);
}

export function browserPath(): string {
  return execFileSync(join(ROOT, "tools/browser.sh"), {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
}
