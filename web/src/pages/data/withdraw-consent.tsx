import { chainNow } from "../../chain";
import { withdrawConsent } from "../../data/consent-keeping";
import { type TrainerView, taskKey } from "../../data/decide";
import { Button } from "../../ui";
import { useDevice, useRefreshDevice } from "./use-device";
import type { Participation } from "./use-participation";

/** Takes effect at once: what is being trained stops, and what lies ready is thrown away. */
export function WithdrawConsent({ part, view }: { readonly part: Participation; readonly view: TrainerView }) {
  const { data: device } = useDevice();
  const refresh = useRefreshDevice();
  if (device === undefined || view.consent === null || view.consent.withdrawnAt !== 0n) return null;
  const withdraw = async () => {
    part.setRunning(false);
    await withdrawConsent(device, taskKey(view.snapshot), view.account, BigInt(chainNow()));
    await refresh();
    await part.look();
  };
  return (
    <Button kind="quiet" onClick={() => void withdraw()}>
      Withdraw my consent
    </Button>
  );
}
