/** The whole life of a task, as the people in it see it; what the page says is compared with what the chain says. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join as path } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { formatMoney } from "../../src/chain/money";
import { agree, allow, bringData, collectAll, join, openOffer, sendUpdate } from "./joining";
import { look } from "./look";
import { type Market, openMarket, paymentsIn, sumOf } from "./market";
import { launch, Person, PHONE } from "./person";
import { fillIn, post } from "./posting";
import { ROOT, sampleFile } from "./stage";

const ROUNDS = 2;
const DATA_OWNERS = 5;
const TASK = "Tumours, from the page";
const POOL = 300n * 10n ** 18n;
const FEES = BigInt(ROUNDS) * 10n ** 18n;

const place = inject("place");
let browser: Browser;
let market: Market;
let hospital: Person;
let dataOwners: readonly Person[];
let taskId: bigint;

beforeAll(async () => {
  [browser, market] = await Promise.all([launch(), openMarket(place)]);
});
afterAll(async () => browser?.close());

test("a visitor without a wallet can read everything", async () => {
  const visitor = await Person.arrive(browser, place, "visitor");
  const { page } = visitor;
  await look(visitor, "market-visitor");
  await visitor.visit("Post");
  await page.getByRole("heading", { name: "Post a task" }).waitFor();
  await look(visitor, "post-empty");
  await visitor.visit("My tasks");
  await page.getByText("Connect a wallet to see the tasks you have posted.").waitFor();
  await look(visitor, "my-tasks-visitor");
  await visitor.visit("My data");
  await page.getByRole("heading", { name: "How it goes" }).waitFor();
  await look(visitor, "my-data-empty");
  await visitor.visit("Account");
  await page.getByText("Connect a wallet to see its stakes").waitFor();
  await look(visitor, "account-visitor");
  await visitor.visit("Committees");
  await page.getByRole("link", { name: "Committee 1" }).waitFor();
  await look(visitor, "committees");
  await page.getByRole("link", { name: "Committee 1" }).click();
  await page.getByText("4, of whom 1 may fail").waitFor();
  await look(visitor, "committee");
  await visitor.follow("/nowhere");
  await page.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
  await look(visitor, "not-found");
  await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
  await page.getByRole("dialog", { name: "Connect a wallet" }).waitFor();
  await look(visitor, "connect");
  expect(visitor.troubles).toEqual([]);
  await visitor.context.close();
});

test("a hospital posts a task through the form", async () => {
  hospital = await Person.arrive(browser, place, "hospital");
  const { page } = hospital;
  await hospital.connect();
  await hospital.takeTestMoney();
  expect(await market.balance(market.reward, hospital.address)).toBe(2000n * 10n ** 18n);
  await look(hospital, "account-newcomer");

  await fillIn(hospital, { name: TASK, rounds: ROUNDS, dataOwners: DATA_OWNERS });
  await look(hospital, "post-filled");
  await page.getByRole("button", { name: "Post the task" }).click();
  const sheet = await hospital.sheet(/^Post/);
  await sheet.getByText("302 RWD").first().waitFor();
  await look(hospital, "sheet-post");
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  expect(hospital.wallet.sendings, "cancelled before the wallet was asked").toBe(0);

  taskId = await post(hospital);
  expect(hospital.wallet.sendings).toBe(1);
  const task = await market.task(taskId);
  expect(task.owner).toBe(hospital.address);
  expect(task.params.pool).toBe(POOL);
  expect(await market.balance(market.reward, hospital.address)).toBe(2000n * 10n ** 18n - POOL - FEES);
});

test("three people join from their browsers, two agents by themselves", async () => {
  const sizes = [undefined, PHONE, undefined];
  const arriving = sizes.map((viewport, index) =>
    Person.arrive(browser, place, `data owner ${index}`, viewport ? { viewport } : {}),
  );
  dataOwners = await Promise.all(arriving);
  const [, onPhone] = dataOwners as [Person, Person, Person];
  for (const [index, someone] of dataOwners.entries()) {
    await someone.connect();
    await someone.takeTestMoney();
    await bringData(someone, sampleFile(place, `owner-${index as 0 | 1 | 2}`));
    if (someone === onPhone) await look(someone, "my-data-denied");
    await allow(someone);
    await openOffer(someone, TASK);
    if (someone === onPhone) await look(someone, "data-task-consent");
    await agree(someone);
    if (someone === onPhone) await look(someone, "data-task-agreed");
    await join(someone);
    await someone.page.getByRole("heading", { name: /^(You have joined|Round 1 of 2)$/ }).waitFor();
  }
  await market.until("all have joined and the first round is open", async () => {
    const task = await market.task(taskId);
    return task.trainerCount === DATA_OWNERS && task.status === 2;
  });
  const events = await market.events(taskId);
  const joined = events.flatMap((event) => (event.eventName === "TrainerJoined" ? [event.args.trainer] : []));
  for (const { address } of dataOwners) expect(joined).toContain(address);
});

test("they train in their pages, and the committee scores every round", async () => {
  const [first] = dataOwners as [Person, Person, Person];
  for (let round = 1; round <= ROUNDS; round++) {
    if (round === 1) {
      await first.sheet("Send your update of round 1");
      await look(first, "sheet-send");
    }
    await Promise.all(dataOwners.map((someone) => sendUpdate(someone, round)));
    if (round === 1) {
      await first.page
        .getByText(/your update is in/i)
        .first()
        .waitFor();
      await look(first, "data-task-sent");
      await hospital.follow(`/task/${taskId}`);
      await hospital.page.getByRole("heading", { name: TASK }).waitFor();
      await look(hospital, "task-training");
    }
    await market.until(`round ${round} has a result`, async () => {
      return (await market.round(taskId, round - 1)).revealedAt !== 0;
    });
    expect((await market.round(taskId, round - 1)).accepted, `updates accepted in round ${round}`).toBe(DATA_OWNERS);
  }
  await market.until("the task is completed", async () => (await market.task(taskId)).status === 3);
  for (const someone of dataOwners) {
    await someone.page.getByText("The last rounds can still be challenged; claims come after that.").waitFor();
  }
});

test("the hospital downloads a model that predicts", async () => {
  const { page } = hospital;
  await hospital.visit("My tasks");
  const card = page.getByRole("region", { name: TASK });
  await card.getByRole("button", { name: "Get the model" }).click();
  const model = await hospital.save(
    card.getByRole("button", { name: "Save the model" }),
    path(place.folder, "model.json"),
  );
  const validation = sampleFile(place, "validation");
  await card.getByLabel("CSV with the model's columns").setInputFiles(validation);
  const answers = await hospital.save(
    card.getByRole("button", { name: "Save all predictions" }),
    path(place.folder, "predictions.csv"),
  );
  await look(hospital, "my-tasks-model");

  const truth = lines(readFileSync(validation, "utf8")).map((line) => line.split(",").at(-1));
  const said = lines(readFileSync(answers, "utf8"));
  expect(said.length).toBe(truth.length);
  expect(said.filter((answer, row) => answer === truth[row]).length / truth.length).toBeGreaterThan(0.85);
  const python = path(ROOT, ".venv/bin/python");
  const options = ["-c", "from deltaml.client.cli import main; main()", "task", "predict", model, "--data", validation];
  expect(execFileSync(python, options, { cwd: ROOT, encoding: "utf8" }).trim().split("\n")).toEqual(said);
});

test("everybody collects what the page promised", async () => {
  await market.passTime(2 * 86_400);
  const [, onPhone] = dataOwners as [Person, Person, Person];
  for (const someone of dataOwners) {
    const { page, address } = someone;
    await page.getByRole("button", { name: "Collect your reward" }).waitFor();
    const pressed = await collectAll(someone);
    expect(pressed).toEqual(["Collect your reward", "Take your stake back", expect.stringMatching(/^Withdraw /)]);
    const gain = (await market.balance(market.reward, address)) - 2000n * 10n ** 18n;
    expect(gain).toBeGreaterThan(0n);
    const card = page.getByRole("region", { name: "What it brought" });
    const money = formatMoney({ token: market.reward, amount: gain });
    await card.getByText(money, { exact: true }).waitFor();
    await card.getByText(`${money} collected`).waitFor();
    expect(await market.balance(market.stake, address), "the stake is whole again").toBe(2000n * 10n ** 18n);
    expect(await market.deposit(address)).toBe(0n);
    if (someone === onPhone) await look(someone, "data-task-collected");
  }
});

test("the money adds up", async () => {
  const { page } = hospital;
  const card = page.getByRole("region", { name: TASK });
  const mine = await market.balance(market.reward, hospital.address);
  await card.getByRole("button", { name: "Take back what is free" }).click();
  await hospital.confirm(/^Refund of task/, "Collect");
  await card.getByRole("button", { name: "Take back what is free" }).waitFor({ state: "detached" });
  const refund = (await market.balance(market.reward, hospital.address)) - mine;
  expect(refund).toBeGreaterThan(0n);

  // Agents and members collect by themselves.
  const paidOut = async () => paymentsIn(await market.events(taskId));
  await market.until("everything but dust is paid out", async () => {
    const left = POOL + FEES - sumOf(await paidOut());
    return left >= 0n && left < 100n;
  });
  const paid = await paidOut();
  expect(paid.refunds).toBe(refund);
  const { held, owed } = await market.holdings();
  expect(held, "what the market holds is all escrows less all payments, to the last wei").toBe(owed);
  expect((await market.task(taskId)).released).toBeGreaterThanOrEqual(paid.rewards);

  await hospital.follow(`/task/${taskId}`);
  const money = page.getByRole("region", { name: "Money" });
  await money
    .getByText(formatMoney({ token: market.reward, amount: paid.rewards }), { exact: true })
    .first()
    .waitFor();
  await money
    .getByText(formatMoney({ token: market.reward, amount: refund }), { exact: true })
    .first()
    .waitFor();
  await look(hospital, "task-over");
  await hospital.visit("Market");
  await page.getByRole("link", { name: TASK }).waitFor();
  await look(hospital, "market");
  const [first] = dataOwners as [Person, Person, Person];
  await first.visit("Account");
  await first.page.getByText("There is nothing to collect now.").waitFor();
  await look(first, "account-over");
  await first.visit("My data");
  await first.page.getByRole("heading", { name: "Tasks you take part in" }).waitFor();
  await look(first, "my-data");
  expect([hospital, ...dataOwners].flatMap(({ troubles }) => troubles)).toEqual([]);
});

/** Rows of a CSV file, without its head. */
function lines(text: string): string[] {
  return text.trim().split("\n").slice(1);
}
