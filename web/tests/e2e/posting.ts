/** A model owner at the form. */
import { join } from "node:path";
import type { Person } from "./person";
import { sampleFile } from "./stage";

export interface Wanted {
  readonly name: string;
  readonly rounds: number;
  readonly dataOwners: number;
  readonly epochs?: number;
}

/** From the empty form to the last button, which is left to be pressed. */
export async function fillIn(owner: Person, { name, rounds, dataOwners, epochs = 5 }: Wanted): Promise<void> {
  const { page, place } = owner;
  await owner.visit("Post");
  await page.getByRole("heading", { name: "Post a task" }).waitFor();
  await choose(owner);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Purpose", { exact: true }).fill("Tell benign from malignant tumours, for research only.");
  const fields = {
    "Passes over the data per round (epochs)": epochs,
    "Learning rate": 0.05,
    "Longest update (clip norm)": 1,
    "Reward pool": 300,
    Rounds: rounds,
    "Most data owners": dataOwners,
  };
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(`${value}`);
  await page.getByRole("button", { name: "Suggest from my file" }).last().click();
  await page.getByText("A model trained on your file alone reaches").waitFor();
  // Ambitious, so that no round before the last one reaches it.
  await page.getByLabel("Target loss", { exact: true }).fill("0.01");
  await owner.save(page.getByRole("button", { name: "Save the key file" }), join(place.folder, "identity.txt"));
}

export async function choose({ page, place }: Person): Promise<void> {
  await page.getByLabel(/^Validation file/).setInputFiles(sampleFile(place, "validation"));
  await page.getByRole("table", { name: /Tick the columns to predict from/ }).waitFor();
}

/** From the last button to the task. Returns its number. */
export async function post(owner: Person): Promise<bigint> {
  await owner.page.getByRole("button", { name: "Post the task" }).click();
  await owner.confirm(/^Post/, "Post the task");
  return posted(owner);
}

export async function posted({ page }: Person): Promise<bigint> {
  await page.getByText("Your task is in the market.").waitFor();
  const href = await page.getByRole("link", { name: /^See task/ }).getAttribute("href");
  return BigInt(/\d+$/.exec(href ?? "")?.[0] ?? 0);
}
