import { useConnection } from "wagmi";
import type { Viewer } from "../../chain/actions";
import { sameAccount } from "../../chain/earnings";
import { type TaskDetail, useCommittee } from "../../chain/hooks/queries";

/** The connected account and what it is to the task; null without a wallet. */
export function useViewer({ task, trainers }: TaskDetail): Viewer | null {
  const { address } = useConnection();
  const { data: committee } = useCommittee(task.params.committeeId);
  if (address === undefined) return null;
  const seat = committee?.seats.findIndex(({ account }) => sameAccount(account, address)) ?? -1;
  return {
    account: address,
    trainer: trainers.find(({ account }) => sameAccount(account, address)),
    seat: seat < 0 ? undefined : seat,
  };
}
