/** Seconds as people say them. */

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** "2 days", "1 hour 30 minutes", "45 seconds": the two largest units that are not zero. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [size, name] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.join(" ") || "0 seconds";
}

/** "in 5 minutes", "5 minutes ago", "now". */
export function formatRelative(at: number, now: number): string {
  const seconds = at - now;
  if (seconds === 0) return "now";
  return seconds > 0 ? `in ${formatDuration(seconds)}` : `${formatDuration(-seconds)} ago`;
}

/** Seconds beyond which there are no dates: permits without an end have such deadlines. */
const LAST_DATE = 8_640_000_000_000;

/** The local date and time of chain time `at`. */
export function formatDate(at: number): string {
  if (at > LAST_DATE) return "a day that never comes";
  return new Date(at * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
