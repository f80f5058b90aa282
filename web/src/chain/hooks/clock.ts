/** The chain's clock: what `block.timestamp` would be now, ticking with the device's. */
import { useSyncExternalStore } from "react";

let offsetSeconds = 0;
let shown = Math.floor(Date.now() / 1000);
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** Sets the clock by what the chain said just now. */
export function setChainTime(timestamp: number): void {
  offsetSeconds = timestamp - Date.now() / 1000;
  tick();
}

/** Seconds since the epoch by the chain's clock. */
export function chainNow(): number {
  return Math.floor(Date.now() / 1000 + offsetSeconds);
}

/** Chain time in whole seconds; the component is drawn again every second. */
export function useChainNow(): number {
  return useSyncExternalStore(subscribe, () => shown);
}

function tick(): void {
  const now = chainNow();
  if (now === shown) return;
  shown = now;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
