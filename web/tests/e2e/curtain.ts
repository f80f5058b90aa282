/**
 * One stage for all test files: it rises before the first and comes down after the last. Who works on the tests keeps
 * one up himself and names it: DELTAML_STAGE="pageUrl rpcUrl folder".
 */
import type { TestProject } from "vitest/node";
import { type Place, startStage } from "./stage";

declare module "vitest" {
  export interface ProvidedContext {
    place: Place;
  }
}

export default async function rise(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const kept = process.env.DELTAML_STAGE?.split(" ");
  if (kept) {
    const [pageUrl = "", rpcUrl = "", folder = ""] = kept;
    project.provide("place", { pageUrl, rpcUrl, folder });
    return undefined;
  }
  const stage = await startStage("--no-tasks", "--neighbours", "2");
  const { pageUrl, rpcUrl, folder } = stage;
  project.provide("place", { pageUrl, rpcUrl, folder });
  return stage.stop;
}
