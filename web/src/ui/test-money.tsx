import { Link } from "wouter";
import { useNetwork } from "../chain/hooks/context";

/** Where a wallet is empty: the way to the faucet, on networks that have one. `onLeave`: before the page changes. */
export function TestMoney({ onLeave }: { readonly onLeave?: () => void }) {
  const { faucet } = useNetwork();
  if (faucet !== "anvil") return null;
  return (
    <p>
      This is a development chain:{" "}
      <Link href="/account" {...(onLeave ? { onClick: onLeave } : {})}>
        get test money
      </Link>
      , which is worth nothing, on the account page.
    </p>
  );
}
