/** Taking a signed consent, and taking it back. */
import { Refused } from "../core/errors";
import { isSigned, type SignedConsent, withdrawn } from "./consent";
import type { Device } from "./device";
import { withoutReservation } from "./ledger";
import type { Address } from "./ports";

/** Ends a consent: nothing made under it goes out any more, and what it had put aside of the budget is free. */
export async function withdrawConsent(device: Device, task: string, account: Address, now: bigint): Promise<void> {
  const kept = await device.consent(task, account);
  if (!kept) return;
  await device.setConsent(task, withdrawn(kept, now));
  await device.dropBlob(task, account);
  await device.changeLedger(kept.consent.dataSet, (ledger) => withoutReservation(ledger, task));
}

/** Keeps a consent whose signature is the account's. Throws Refused for any other. */
export async function keepConsent(device: Device, task: string, signed: SignedConsent): Promise<void> {
  if (!(await isSigned(signed))) throw new Refused("the signature is not by the account that the consent names");
  await device.setConsent(task, signed);
}
