/** Looks at a page as it is now, at both sizes: a picture, the rules of accessibility, nothing cut at the side. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { DESKTOP, type Person, PHONE } from "./person";
import { ROOT } from "./stage";

const SHOTS = join(ROOT, "build/web/shots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** name: of the pictures, build/web/shots/<name>-<size>.png. */
export async function look({ page }: Person, name: string): Promise<void> {
  const before = page.viewportSize() ?? DESKTOP;
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(SHOTS, `${name}-${size}.png`), fullPage: true, animations: "disabled" });
    expect.soft(await violationsOf(page), `${name} at ${size} size`).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(width, `${name} scrolls sideways at ${size} size`).toBeLessThanOrEqual(viewport.width);
  }
  await page.setViewportSize(before);
}

async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (what: Document) => Promise<{ violations: Violation[] }> } };
    return (await axe.run(document)).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ""}`),
  );
}
