/** What goes wrong in real life: the page says so in plain words, nothing is lost, nothing is paid twice. */
import { readFileSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import type { Browser, Page } from "playwright-core";
import { createWalletClient, http, parseAbi } from "viem";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { agree, allow, bringData, join, openOffer } from "./joining";
import { look } from "./look";
import { type Market, openMarket } from "./market";
import { launch, Person } from "./person";
import { choose, fillIn, posted } from "./posting";
import { sampleFile } from "./stage";

const STAKE = 10n * 10n ** 18n;
const place = inject("place");
let browser: Browser;
let market: Market;

beforeAll(async () => {
  [browser, market] = await Promise.all([launch(), openMarket(place)]);
});
afterAll(async () => browser?.close());

test("a wallet on another network is shown the way, and asked to add it", async () => {
  const stranger = await Person.arrive(browser, place, "stranger", { chainId: 1 });
  const { page, wallet } = stranger;
  await stranger.connect();
  const notice = page.getByText("Your wallet is on another network than this market.");
  await notice.waitFor();
  await look(stranger, "wrong-network");
  await page.getByRole("banner").getByRole("button", { name: "Switch to Local chain" }).click();
  await notice.waitFor({ state: "detached" });
  expect(wallet.chain).toBe(market.network.chainId);
  expect(wallet.asked).toContain("wallet_addEthereumChain");
  await stranger.takeTestMoney();
  await depositByForm(stranger);
  expect(await market.deposit(stranger.address)).toBe(STAKE);
  expect(stranger.troubles).toEqual([]);
  await stranger.context.close();
});

test("saying no in the wallet sends nothing, and is no error", async () => {
  const shy = await Person.arrive(browser, place, "shy");
  const { page, wallet } = shy;
  wallet.answer = () => "reject";
  await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a wallet" });
  await dialog.getByRole("button", { name: "Test Wallet" }).click();
  await dialog.getByText("Not connected: the wallet said no.").waitFor();
  await page.keyboard.press("Escape");
  wallet.answer = () => "approve";
  await shy.connect();
  await shy.takeTestMoney();
  wallet.answer = () => "reject";
  await page.getByLabel("Amount", { exact: true }).fill("10");
  await page.getByRole("button", { name: "Deposit", exact: true }).click();
  await shy.confirm("Deposit stake", "Deposit");
  await page.getByText(/Nothing was sent/).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  expect(await market.nonce(shy.address)).toBe(0);
  expect(await market.balance(market.stake, shy.address)).toBe(2000n * 10n ** 18n);
  wallet.answer = () => "approve";
  await page.getByRole("button", { name: "Deposit", exact: true }).click();
  await shy.confirm("Deposit stake", "Deposit");
  await market.until("the stake is in the vault", async () => (await market.deposit(shy.address)) === STAKE);
  expect(shy.troubles).toEqual([]);
  await shy.context.close();
});

test("what the contract would refuse is said before the wallet is asked", async () => {
  const hasty = await Person.arrive(browser, place, "hasty");
  const { page, wallet } = hasty;
  await hasty.connect();
  await hasty.takeTestMoney();
  await depositByForm(hasty);
  const withdraw = page.getByRole("button", { name: "Withdraw", exact: true });
  await page.getByRole("button", { name: "All that is free" }).click();
  const sent = wallet.sendings;
  // The page hears nothing while the stake leaves by another door.
  const hear = await deafen(page, place.rpcUrl);
  const elsewhere = createWalletClient({ account: wallet.account, transport: http(place.rpcUrl) });
  const hash = await elsewhere.writeContract({
    chain: null,
    address: market.network.vault,
    abi: parseAbi(["function withdraw(address to, uint256 amount)"]),
    functionName: "withdraw",
    args: [hasty.address, STAKE],
  });
  await market.client.waitForTransactionReceipt({ hash });
  await withdraw.click();
  await page.getByRole("dialog", { name: "Withdraw stake" }).waitFor();
  hear();
  const sheet = await hasty.sheet("Withdraw stake");
  await sheet
    .getByRole("alert")
    .getByText(/has 0 STK free in the vault; 10 STK are needed.*Nothing was sent\./)
    .waitFor();
  await look(hasty, "sheet-refused");
  expect(wallet.sendings).toBe(sent);
  expect(hasty.troubles).toEqual([]);
  await hasty.context.close();
});

test("an empty wallet is shown the way to test money", async () => {
  const newcomer = await Person.arrive(browser, place, "newcomer");
  const { page, wallet } = newcomer;
  await newcomer.connect();
  await fillIn(newcomer, { name: "Without money", rounds: 1, dataOwners: 10 });
  await page.getByRole("button", { name: "Post the task" }).click();
  const sheet = await newcomer.sheet(/^Post/);
  await sheet.getByText("This takes 301 RWD from your wallet, which holds 0 RWD. Nothing was sent.").waitFor();
  await look(newcomer, "sheet-empty-wallet");
  await sheet.getByRole("link", { name: "get test money" }).click();
  await page.getByRole("button", { name: "Get ether and 2,000 of each token" }).waitFor();
  expect(wallet.sendings).toBe(0);
  expect(newcomer.troubles).toEqual([]);
  await newcomer.context.close();
});

test("IPFS down, a no in the wallet and a reload: the task is posted once and paid once", async () => {
  const owner = await Person.arrive(browser, place, "unlucky owner");
  const { page, wallet } = owner;
  await owner.connect();
  await owner.takeTestMoney();
  await fillIn(owner, { name: "Posted with trouble", rounds: 1, dataOwners: 10 });
  const ipfs = `${market.network.ipfsApi}/**`;
  await page.route(ipfs, (route) => route.abort());
  await page.getByRole("button", { name: "Post the task" }).click();
  await page.getByRole("alert").getByText("Nothing is uploaded or paid twice when you try again.").waitFor();
  await look(owner, "post-ipfs-down");
  expect(wallet.asked).not.toContain("eth_sendTransaction");
  await page.unroute(ipfs);

  wallet.answer = (method) => (/sign|send/i.test(method) ? "reject" : "approve");
  await page.getByRole("button", { name: "Try again" }).click();
  await owner.confirm(/^Post/, "Post the task");
  await page
    .getByText(/Nothing was sent/)
    .first()
    .waitFor();
  expect(await market.tasksOf(owner.address)).toEqual([]);

  wallet.answer = () => "approve";
  await page.reload();
  await page.getByRole("heading", { name: "Post a task" }).waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Posted with trouble");
  await choose(owner);
  await page.getByRole("button", { name: "Post the task" }).click();
  await owner.confirm(/^Post/, "Post the task");
  const id = await posted(owner);
  const tasks = await market.tasksOf(owner.address);
  expect(tasks.map(({ args }) => "taskId" in args && args.taskId)).toEqual([id]);
  expect(await market.balance(market.reward, owner.address)).toBe((2000n - 301n) * 10n ** 18n);
  expect(owner.troubles).toEqual([]);
  await owner.context.close();
});

test("a reload in mid-training loses nothing and sends one update", async () => {
  const owner = await Person.arrive(browser, place, "owner of long training");
  await owner.connect();
  await owner.takeTestMoney();
  const task = "Long training";
  await fillIn(owner, { name: task, rounds: 1, dataOwners: 3, epochs: 10_000 });
  await owner.page.getByRole("button", { name: "Post the task" }).click();
  await owner.confirm(/^Post/, "Post the task");
  const id = await posted(owner);
  await owner.context.close();

  const trainer = await Person.arrive(browser, place, "trainer who reloads");
  const { page } = trainer;
  await trainer.connect();
  await trainer.takeTestMoney();
  await bringData(trainer, longFile());
  await allow(trainer);
  await openOffer(trainer, task);
  await agree(trainer);
  await join(trainer);
  const training = page.getByRole("progressbar", { name: "Training on this device" });
  await training.waitFor();
  await page.reload();
  expect(await keptUpdate(page), "it was not through yet").toBeUndefined();
  await training.waitFor();
  await look(trainer, "data-task-training");
  const title = "Send your update of round 1";
  await trainer.sheet(title);
  const made = await keptUpdate(page);

  await page.reload();
  await trainer.sheet(title);
  expect(await keptUpdate(page), "what was trained before the reload is sent").toBe(made);
  await trainer.confirm(title, "Send");
  await page.getByText("Your update is in; the committee scores the round.").waitFor();
  await page.reload();
  await page.getByText("Updates sent from here").waitFor();
  const updates = (await market.events(id)).flatMap((event) =>
    event.eventName === "UpdateSubmitted" && event.args.trainer === trainer.address ? [event.args.digest] : [],
  );
  expect(updates).toEqual([made]);
  expect(trainer.troubles).toEqual([]);
  await trainer.context.close();
});

test("without a connection the tasks that were seen can still be read", async () => {
  const traveller = await Person.arrive(browser, place, "traveller");
  const { page, context } = traveller;
  const task = page.getByRole("link", { name: "Posted with trouble" });
  await task.click();
  await page.getByRole("heading", { name: "Posted with trouble" }).waitFor();
  await page.getByRole("region", { name: "Money" }).getByText("300 RWD").first().waitFor();
  await traveller.visit("Market");
  await task.waitFor();
  await expect
    .poll(() => keptKinds(page), { timeout: 60_000, interval: 100 })
    .toEqual(expect.arrayContaining(["tasks", "detail", "events"]));
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await task.waitFor();
  await context.setOffline(true);
  await page.reload();
  await page.getByText("You are offline. You see what was read last; nothing can be sent now.").waitFor();
  await task.waitFor();
  await look(traveller, "market-offline");
  // By now asking again has failed, and that must not be what is kept.
  await page.reload();
  await task.waitFor();
  await task.click();
  await page.getByRole("heading", { name: "Posted with trouble" }).waitFor();
  await page.getByRole("region", { name: "Money" }).getByText("300 RWD").first().waitFor();
  await context.setOffline(false);
  await page.getByText("You are offline.").waitFor({ state: "detached" });
  await context.close();
});

async function depositByForm(someone: Person): Promise<void> {
  await someone.page.getByLabel("Amount", { exact: true }).fill("10");
  await someone.page.getByRole("button", { name: "Deposit", exact: true }).click();
  await someone.confirm("Deposit stake", "Deposit");
  await someone.page.getByRole("button", { name: "All that is free" }).waitFor();
}

/** The page's requests to the chain wait until the returned function is called. */
async function deafen(page: Page, rpcUrl: string): Promise<() => void> {
  let open = () => {};
  const gate = new Promise<void>((done) => {
    open = done;
  });
  await page.route(`${rpcUrl}/**`, async (route) => {
    await gate;
    await route.continue();
  });
  return open;
}

/** Enough rows that training takes seconds: there has to be a middle to reload in. */
function longFile(): string {
  const [head = "", ...rows] = readFileSync(sampleFile(place, "owner-2"), "utf8").trim().split("\n");
  const file = path(place.folder, "long.csv");
  writeFileSync(file, [head, ...Array.from({ length: 12 }, () => rows).flat()].join("\n"));
  return file;
}

/** Digest of the update that lies on the device, ready to go out. */
async function keptUpdate(page: Page): Promise<string | undefined> {
  const blobs = (await kept(page, "deltaml", "blobs")) as { digest: string }[];
  return blobs[0]?.digest;
}

/** What of the market is on the disk by now: the last part of each query's key. */
async function keptKinds(page: Page): Promise<readonly unknown[]> {
  const caches = (await kept(page, "deltaml-cache", "queries")) as { state: { queries: { queryKey: unknown[] }[] } }[];
  return caches.flatMap(({ state }) => state.queries.map(({ queryKey }) => queryKey.at(-1)));
}

/** All that a store of the page's own databases holds. */
async function kept(page: Page, database: string, store: string): Promise<unknown[]> {
  return page.evaluate(
    (from) =>
      new Promise<unknown[]>((done, failed) => {
        const opening = indexedDB.open(from.database);
        opening.onerror = () => failed(opening.error);
        opening.onsuccess = () => {
          const reading = opening.result.transaction(from.store).objectStore(from.store).getAll();
          reading.onerror = () => failed(reading.error);
          reading.onsuccess = () => {
            opening.result.close();
            done(reading.result);
          };
        };
      }),
    { database, store },
  );
}
