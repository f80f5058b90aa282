import "fake-indexeddb/auto";
import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { keepQueries } from "../../src/chain/hooks/persist";

test("what the chain said is there after a reload, bigints and bytes included; what wallets said is not", async () => {
  const first = new QueryClient();
  await keepQueries(first);
  const task = { id: 7n, pool: 10n ** 30n, digest: new Uint8Array([1, 2]) };
  first.setQueryData(["chain", 1, "task", "7"], task);
  first.setQueryData(["balance"], 5n);

  await vi.waitFor(
    async () => {
      const second = new QueryClient();
      await keepQueries(second);
      expect(second.getQueryData(["chain", 1, "task", "7"])).toEqual(task);
      expect(second.getQueryData(["balance"])).toBeUndefined();
    },
    { timeout: 10_000, interval: 100 },
  );
});

test("what was read once stays when it can't be read again", async () => {
  const key = ["chain", 1, "task", "8"];
  const first = new QueryClient();
  await keepQueries(first);
  first.setQueryData(key, "read");
  const offline = () => Promise.reject(new Error("offline"));
  await expect(first.fetchQuery({ queryKey: key, queryFn: offline, retry: false })).rejects.toThrow("offline");
  expect(first.getQueryState(key)?.status).toBe("error");

  await vi.waitFor(
    async () => {
      const second = new QueryClient();
      await keepQueries(second);
      expect(second.getQueryState(key)).toMatchObject({ data: "read", status: "success" });
    },
    { timeout: 10_000, interval: 100 },
  );
});

test("what is older than a month is forgotten", async () => {
  const client = new QueryClient();
  await keepQueries(client, Date.now() + 31 * 86_400_000);
  expect(client.getQueryData(["chain", 1, "task", "7"])).toBeUndefined();
});
