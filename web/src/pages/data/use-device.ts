/** What this device keeps, for the pages: data sets with what is allowed of them and what was learnt of them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { DataSetFacts } from "../../data/data-sets";
import { Device } from "../../data/device";
import type { Ledger } from "../../data/ledger";
import type { Policy } from "../../data/policy";

export interface KeptDataSet {
  readonly facts: DataSetFacts;
  readonly policy: Policy;
  readonly ledger: Ledger;
}

const CONTENT = ["device-content"] as const;

export function useDevice() {
  return useQuery({
    queryKey: ["device"],
    queryFn: () => Device.open(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
}

export function useDataSets() {
  const { data: device } = useDevice();
  return useQuery({
    queryKey: [...CONTENT, "sets"],
    queryFn: async (): Promise<readonly KeptDataSet[]> => {
      if (device === undefined) return [];
      const sets = await device.dataSets();
      return Promise.all(
        sets.map(async (facts) => ({
          facts,
          policy: await device.policy(facts.digest),
          ledger: await device.ledger(facts.digest),
        })),
      );
    },
    enabled: device !== undefined,
    staleTime: 0,
  });
}

/** Reads again what the device keeps, after something was changed there. */
export function useRefreshDevice(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: CONTENT }), [queries]);
}
