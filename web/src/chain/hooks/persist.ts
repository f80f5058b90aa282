/** The query cache on the device, so that tasks seen once can be read offline. */
import { type DehydratedState, dehydrate, hydrate, type Query, QueryClient } from "@tanstack/react-query";
import { openDB } from "idb";

const DATABASE = "deltaml-cache";
const STORE = "queries";
const KEY = "state";
/** Another shape of the data is another version; what an older page kept is forgotten. */
const VERSION = 1;
const KEEP_MS = 30 * 86_400_000;
const WRITE_DELAY_MS = 1_000;

interface Kept {
  readonly version: number;
  readonly at: number;
  readonly state: DehydratedState;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The cache outlives the components that filled it, for offline reading.
        gcTime: KEEP_MS / 30,
        staleTime: 5_000,
        retry: 1,
        // A node on this very machine answers offline too; others fail and the cache stays.
        networkMode: "always",
      },
    },
  });
}

/** Fills `client` with what was kept and keeps what comes. A browser without IndexedDB just does not keep anything. */
export async function keepQueries(client: QueryClient, now = Date.now()): Promise<void> {
  try {
    // IndexedDB clones structurally: bigint and bytes need no text form.
    const database = await openDB(DATABASE, 1, { upgrade: (created) => void created.createObjectStore(STORE) });
    const kept = (await database.get(STORE, KEY)) as Kept | undefined;
    if (kept && kept.version === VERSION && now - kept.at < KEEP_MS) hydrate(client, kept.state);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = () => {
      clearTimeout(timer);
      timer = undefined;
      const state = dehydrate(client, { shouldDehydrateQuery: worthKeeping });
      const entry: Kept = { version: VERSION, at: Date.now(), state: plain(state) };
      database.put(STORE, entry, KEY).catch(() => undefined);
    };
    client.getQueryCache().subscribe(() => {
      timer ??= setTimeout(write, WRITE_DELAY_MS);
    });
    // Who turns to another app may not come back before the page is thrown away.
    globalThis.document?.addEventListener("visibilitychange", () => {
      if (timer !== undefined && document.visibilityState === "hidden") write();
    });
  } catch {
    return;
  }
}

/** What the chain and IPFS said, also when asking again has failed since; wallets' answers are not for the disk. */
export function worthKeeping(query: Query): boolean {
  return query.state.data !== undefined && query.queryKey[0] === "chain";
}

/** Without promises and functions, which can't be cloned. */
function plain(state: DehydratedState): DehydratedState {
  const queries = state.queries.map(({ queryKey, queryHash, state: { data, dataUpdatedAt } }) => ({
    queryKey,
    queryHash,
    state: {
      data,
      dataUpdatedAt,
      status: "success",
      dataUpdateCount: 1,
      error: null,
      errorUpdateCount: 0,
      errorUpdatedAt: 0,
    },
  }));
  return { mutations: [], queries: queries as unknown as DehydratedState["queries"] };
}
