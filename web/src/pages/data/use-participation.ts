/**
 * Follows one task for one data owner: looks every few seconds, trains and sends updates by itself while it runs, and
 * leaves everything that moves money to a button.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { useConnection } from "wagmi";
import { useReader } from "../../chain";
import { pollingMs } from "../../chain/reader";
import { DeltaMLError, messageOf, Refused } from "../../core/errors";
import { decide, type Step, type TrainerView } from "../../data/decide";
import { type Progress, TrainerRunner } from "../../data/runner";
import { useRefreshDevice } from "./use-device";
import { useWorld } from "./use-world";

export interface Participation {
  /** Null while it is read for the first time. */
  readonly view: TrainerView | null;
  readonly step: Step | null;
  readonly progress: Progress | null;
  /** Training, sending or a transaction is under way. */
  readonly busy: boolean;
  readonly running: boolean;
  readonly problem: string | null;
  readonly setRunning: (running: boolean) => void;
  /** Does the step that waits for a person: join, claim, leave, withdraw. */
  readonly act: () => Promise<void>;
  /** Looks again at once, after something changed on the device. */
  readonly look: () => Promise<void>;
}

const BY_ITSELF: readonly Step["kind"][] = ["train", "submit"];
const RETRY_MS = 5_000;

export function useParticipation(taskId: bigint): Participation {
  const world = useWorld();
  const { address } = useConnection();
  const reader = useReader();
  const refreshDevice = useRefreshDevice();
  const [view, setView] = useState<TrainerView | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [busy, setBusy] = useState(false);
  const [running, setRunning] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const runner = useRef<TrainerRunner | null>(null);
  const working = useRef(false);
  const pausing = useRef<AbortController | null>(null);

  const perform = useCallback(
    async (seen: TrainerView) => {
      const active = runner.current;
      if (active === null || working.current) return;
      const stop = new AbortController();
      const todo = decide(seen);
      pausing.current = stop;
      working.current = true;
      setBusy(true);
      try {
        await active.perform(todo, seen, stop.signal, setProgress);
        setProblem(null);
        setView(await active.view());
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem(messageOf(error));
        // Who declined is not asked again before he says so.
        if (error instanceof Refused && BY_ITSELF.includes(todo.kind)) setRunning(false);
        if (!(error instanceof DeltaMLError)) console.error(error);
      } finally {
        working.current = false;
        setBusy(false);
        await refreshDevice();
      }
    },
    [refreshDevice],
  );

  useEffect(() => {
    if (world === null || address === undefined) return;
    const stop = new AbortController();
    const active = new TrainerRunner(world, taskId, address);
    runner.current = active;
    setView(null);
    void (async () => {
      while (!stop.signal.aborted) {
        let wait = 2 * pollingMs(reader.network);
        try {
          if (!working.current) {
            const seen = await active.view();
            if (!stop.signal.aborted) {
              setView(seen);
              if (!BY_ITSELF.includes(decide(seen).kind)) setProgress(null);
            }
          }
        } catch (error) {
          if (!stop.signal.aborted) setProblem(messageOf(error));
          wait = RETRY_MS;
        }
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    })();
    return () => {
      stop.abort();
      runner.current = null;
    };
  }, [world, address, taskId, reader]);

  const step = view === null ? null : decide(view);
  const due = running && view !== null && step !== null && BY_ITSELF.includes(step.kind) ? view : null;
  useEffect(() => {
    if (due !== null) void perform(due);
  }, [due, perform]);

  const changeRunning = useCallback((next: boolean) => {
    if (!next) pausing.current?.abort(new Refused("paused"));
    setProblem(null);
    setRunning(next);
  }, []);
  const act = useCallback(async () => {
    if (view !== null) await perform(view);
  }, [perform, view]);
  const look = useCallback(async () => {
    if (runner.current !== null) setView(await runner.current.view());
  }, []);
  return { view, step, progress, busy, running, problem, setRunning: changeRunning, act, look };
}
