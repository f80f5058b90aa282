import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserPath, type Stage, startStage } from "./stage";
import { TestWallet } from "./wallet";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage("--no-tasks", "--neighbours", "2");
}, 200_000);
afterAll(async () => stage?.stop(), 30_000);

test("the page loads and finds the wallet", async () => {
  const browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  const wallet = new TestWallet(
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    stage.rpcUrl,
    31337,
  );
  await wallet.install(page);
  const found: Promise<string> = new Promise((done) => {
    void page.exposeFunction("found", done);
  });
  await page.addInitScript(() => {
    window.addEventListener("eip6963:announceProvider", (e) => {
      (window as unknown as { found: (n: string) => void }).found((e as CustomEvent).detail.info.name);
    });
    window.dispatchEvent(new Event("eip6963:requestProvider"));
  });
  await page.goto(stage.pageUrl);
  await page.getByRole("heading", { name: "DeltaML" }).first().waitFor();
  expect(await found).toBe("Test Wallet");
  await browser.close();
}, 60_000);
