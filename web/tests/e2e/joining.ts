/** A data owner at his page. */
import type { Person } from "./person";

/** Puts a file on the device and allows its columns for research, for any pay. */
export async function bringData(someone: Person, file: string): Promise<void> {
  const { page } = someone;
  await someone.visit("My data");
  await page.getByLabel("CSV file, first line names the columns").setInputFiles(file);
  await page.getByRole("group", { name: "Which columns may a model learn from?" }).waitFor();
}

export async function allow({ page }: Person): Promise<void> {
  await page.getByRole("button", { name: "All of them" }).click();
  await page.getByRole("checkbox", { name: "Medical research" }).check();
  await page.getByRole("checkbox", { name: "I accept RWD" }).check();
  await page.getByRole("checkbox", { name: "Set a limit" }).uncheck();
  await page.getByRole("button", { name: "Done" }).click();
}

/** From the list of fitting tasks to the page that asks for consent. */
export async function openOffer({ page }: Person, task: string): Promise<void> {
  await page.getByRole("listitem").filter({ hasText: task }).getByRole("link", { name: "See and join" }).click();
  await page.getByRole("button", { name: "Agree and sign" }).waitFor();
}

export async function agree({ page }: Person): Promise<void> {
  await page.getByRole("button", { name: "Agree and sign" }).click();
  await page.getByRole("button", { name: "Join with your stake" }).waitFor();
}

export async function join(someone: Person): Promise<void> {
  await someone.page.getByRole("button", { name: "Join with your stake" }).click();
  await someone.confirm("Deposit stake", "Deposit");
  await someone.confirm(/^Join task/, "Join");
}

/** The page trains by itself; its owner agrees to send what came of it. */
export async function sendUpdate(someone: Person, round: number): Promise<void> {
  await someone.confirm(`Send your update of round ${round}`, "Send");
}

/** Presses what the page offers, one thing after the other, until nothing is left. Returns what was pressed. */
export async function collectAll(someone: Person): Promise<string[]> {
  const { page } = someone;
  const offer = page.getByRole("button", { name: /^(Collect your reward|Take your stake back|Withdraw )/ });
  const over = page.getByText("Everything is collected.");
  const pressed: string[] = [];
  for (;;) {
    await offer.or(over).first().waitFor();
    if (await over.isVisible()) return pressed;
    const what = (await offer.textContent()) ?? "";
    pressed.push(what);
    await offer.click();
    const sheet = await someone.sheet(/./);
    await sheet.getByRole("button", { name: /^(Collect|Take it back|Withdraw)$/ }).click();
    await sheet.waitFor({ state: "detached" });
    await page.getByRole("button", { name: what, exact: true }).waitFor({ state: "detached" });
  }
}
