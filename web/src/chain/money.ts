/** Amounts as people write them. Wei stay bigint from end to end. */
import { formatUnits, parseUnits } from "viem";
import type { Token } from "./network";

export interface Money {
  readonly token: Token;
  readonly amount: bigint;
}

export const ETHER: Token = { address: "0x0000000000000000000000000000000000000000", symbol: "ETH", decimals: 18 };

/** Decimals shown; more are cut, never rounded up, so that nobody is promised a wei he won't get. */
const SHOWN_DECIMALS = 4;

/** "1,234.5678 RWD"; an amount too small for the digits shown as "< 0.0001 RWD". */
export function formatMoney({ token, amount }: Money): string {
  return `${formatAmount(amount, token.decimals)} ${token.symbol}`;
}

export function formatAmount(amount: bigint, decimals: number, shown = SHOWN_DECIMALS): string {
  const negative = amount < 0n;
  const [whole = "0", fraction = ""] = formatUnits(negative ? -amount : amount, decimals).split(".");
  const cut = fraction.slice(0, shown).replace(/0+$/, "");
  const sign = negative ? "−" : "";
  if (amount !== 0n && whole === "0" && cut === "") return `${sign}< 0.${"0".repeat(Math.max(shown - 1, 0))}1`;
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${cut ? `.${cut}` : ""}`;
}

/** All digits, without grouping: what an input field holds. */
export function exactAmount({ token, amount }: Money): string {
  return formatUnits(amount, token.decimals);
}

/** Wei of "1234.5" or "1,234.5"; null for what is no amount or has more decimals than the token. */
export function parseMoney(text: string, token: Token): bigint | null {
  const plain = text.trim().replace(/,(?=\d{3}(\D|$))/g, "");
  const match = /^\d*\.?(\d*)$/.exec(plain);
  if (!match || !/\d/.test(plain) || (match[1] ?? "").length > token.decimals) return null;
  return parseUnits(plain, token.decimals);
}

/** "12.3 %" of a fraction times 1e18. */
export function formatWadPercent(wad: bigint, digits = 1): string {
  const scale = 10n ** BigInt(digits);
  const tenths = (wad * 100n * scale) / 10n ** 18n;
  const fraction = digits ? `.${String(tenths % scale).padStart(digits, "0")}` : "";
  return `${tenths / scale}${fraction} %`;
}
