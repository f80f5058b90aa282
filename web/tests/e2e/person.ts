/** Somebody with a browser of his own, a wallet in it, and nothing else at first. */
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { generatePrivateKey } from "viem/accounts";
import { browserPath, type Place } from "./stage";
import { TestWallet } from "./wallet";

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
const PATIENCE_MILLISECONDS = 180_000;
/** What a browser logs when a request fails; a page that handles it well can't prevent the line. */
const NETWORK_NOISE = /Failed to load resource|net::ERR|WebSocket|Access to fetch|favicon/;

export interface Arrival {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** The chain that the wallet is on at first; it knows no other. */
  readonly chainId?: number;
}

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-gpu"] });

export class Person {
  /** Errors that the page logged or threw. */
  readonly troubles: string[] = [];

  private constructor(
    readonly name: string,
    readonly place: Place,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly wallet: TestWallet,
  ) {}

  static async arrive(browser: Browser, place: Place, name: string, arrival: Arrival = {}): Promise<Person> {
    const context = await browser.newContext({ viewport: arrival.viewport ?? DESKTOP, acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE_MILLISECONDS);
    const page = await context.newPage();
    const wallet = new TestWallet(generatePrivateKey(), place.rpcUrl, arrival.chainId ?? 31337);
    await wallet.install(page);
    const person = new Person(name, place, context, page, wallet);
    page.on("pageerror", (error) => person.troubles.push(`${name}: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !NETWORK_NOISE.test(message.text()))
        person.troubles.push(`${name}: ${message.text()}`);
    });
    await page.goto(place.pageUrl);
    await page.getByRole("heading", { name: "Tasks", exact: true }).waitFor();
    return person;
  }

  get address() {
    return this.wallet.account.address;
  }

  /** By the links at the top, as a visitor would. */
  async visit(link: "Market" | "Post" | "My tasks" | "My data" | "Committees" | "Account"): Promise<void> {
    await this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link, exact: true }).click();
  }

  /** By an address that somebody gave him. */
  async follow(path: string): Promise<void> {
    await this.page.goto(`${this.place.pageUrl}/#${path}`);
  }

  async connect(): Promise<void> {
    const { page } = this;
    await page.getByRole("banner").getByRole("button", { name: "Connect wallet" }).click();
    await page.getByRole("dialog", { name: "Connect a wallet" }).getByRole("button", { name: "Test Wallet" }).click();
    await page
      .getByRole("banner")
      .getByRole("button", { name: this.address.slice(0, 6) })
      .waitFor();
  }

  async takeTestMoney(): Promise<void> {
    await this.visit("Account");
    await this.page.getByRole("button", { name: "Get ether and 2,000 of each token" }).click();
    await this.page.getByText("It is in your wallet.").waitFor();
  }

  /** The sheet that explains a transaction, once its check is over. */
  async sheet(title: string | RegExp): Promise<Locator> {
    const sheet = this.page.getByRole("dialog", { name: title });
    await sheet.waitFor();
    await sheet.getByText("Checking that it would succeed").waitFor({ state: "detached" });
    return sheet;
  }

  /** Agrees on the sheet, and in the wallet. */
  async confirm(title: string | RegExp, button: string): Promise<void> {
    const sheet = await this.sheet(title);
    await sheet.getByRole("button", { name: button, exact: true }).click();
    await sheet.waitFor({ state: "detached" });
  }

  /** Presses a button and keeps the file that comes. */
  async save(button: Locator, path: string): Promise<string> {
    const [download] = await Promise.all([this.page.waitForEvent("download"), button.click()]);
    await download.saveAs(path);
    return path;
  }
}
