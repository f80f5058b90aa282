/** One toast per transaction, updated in place from "sent" to its end. */
import { useEffect } from "react";
import { Toaster, toast } from "sonner";
import { type Notice, subscribeNotices } from "../chain/transactions/session";
import { TransactionHash } from "./chain-values";

const FAILED_MS = 20_000;
const DONE_MS = 8_000;

/** Mount once. */
export function Toasts() {
  useEffect(() => subscribeNotices(show), []);
  return <Toaster position="bottom-right" theme="system" closeButton mobileOffset={{ bottom: "5rem" }} />;
}

function show(notice: Notice): void {
  const id = notice.id;
  switch (notice.kind) {
    case "sent":
      toast.loading(`${notice.text}: sent, waiting for a block`, {
        id,
        description: <TransactionHash hash={notice.hash} />,
        duration: Number.POSITIVE_INFINITY,
      });
      return;
    case "done":
      toast.success(notice.text, { id, description: `In block ${notice.block}.`, duration: DONE_MS });
      return;
    case "neutral":
      toast.message(notice.text, { id, duration: DONE_MS });
      return;
    case "failed":
      toast.error(notice.text, { id, duration: FAILED_MS });
  }
}
