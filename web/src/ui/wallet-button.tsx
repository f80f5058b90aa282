/** Who is connected, and the one button that puts a wallet on the right network. */
import { useState } from "react";
import { useConnection, useDisconnect, useSwitchChain } from "wagmi";
import { Link } from "wouter";
import { isRejection } from "../chain/errors";
import { useNetwork } from "../chain/hooks/context";
import { useEther } from "../chain/hooks/queries";
import { ETHER } from "../chain/money";
import { Button } from "./button";
import { Address, Amount } from "./chain-values";
import { Dialog } from "./dialog";
import { Facts } from "./layout";
import { WalletDialog } from "./wallet-dialog";

export function WalletButton() {
  const connection = useConnection();
  const [open, setOpen] = useState<"wallet" | "account" | null>(null);
  const close = () => setOpen(null);
  const { address, status } = connection;
  if (status === "reconnecting") {
    return (
      <Button busy small>
        Connecting…
      </Button>
    );
  }
  return (
    <>
      <Button kind={address ? "plain" : "primary"} small onClick={() => setOpen(address ? "account" : "wallet")}>
        {address ? <span className="mono">{`${address.slice(0, 6)}…${address.slice(-4)}`}</span> : "Connect wallet"}
      </Button>
      {open === "account" ? <AccountDialog onClose={close} /> : null}
      {open === "wallet" ? <WalletDialog onClose={close} /> : null}
    </>
  );
}

function AccountDialog({ onClose }: { readonly onClose: () => void }) {
  const connection = useConnection();
  const { mutate: disconnect } = useDisconnect();
  const { data: ether } = useEther();
  const network = useNetwork();
  if (!connection.address) return null;
  return (
    <Dialog
      title="Your wallet"
      onClose={onClose}
      footer={
        <>
          <Button
            onClick={() => {
              disconnect({});
              onClose();
            }}
          >
            Disconnect
          </Button>
          <Link className="button primary" href="/account" onClick={onClose}>
            Stakes and earnings
          </Link>
        </>
      }
    >
      <Facts
        items={[
          ["Account", <Address key="account" address={connection.address} />],
          ["Wallet", connection.connector?.name ?? "unknown"],
          ["Network", network.name],
          ["Ether for gas", ether === undefined ? "…" : <Amount key="ether" amount={ether} token={ETHER} />],
        ]}
      />
    </Dialog>
  );
}

/** Switches the wallet to the page's network; wallets that don't know it are told about it. */
export function SwitchNetwork({ onSwitched }: { readonly onSwitched?: () => void }) {
  const network = useNetwork();
  const { mutate: switchChain, isPending, error } = useSwitchChain();
  const options = onSwitched ? { onSuccess: onSwitched } : {};
  return (
    <>
      <Button small kind="primary" busy={isPending} onClick={() => switchChain({ chainId: network.chainId }, options)}>
        Switch to {network.name}
      </Button>
      {error ? (
        <span role="alert"> {isRejection(error) ? "Nothing was changed." : "The wallet could not switch."}</span>
      ) : null}
    </>
  );
}

/** Shown while the wallet is on another network. */
export function NetworkGuard() {
  const connection = useConnection();
  const network = useNetwork();
  if (!connection.address || connection.chainId === network.chainId) return null;
  return (
    <div className="strip" role="status">
      Your wallet is on another network than this market. <SwitchNetwork />
    </div>
  );
}
