import { useState } from "react";
import { useConnection } from "wagmi";
import { errorContext, explainError } from "../../chain/errors";
import { useNetwork } from "../../chain/hooks/context";
import { useParts } from "../../chain/hooks/earnings";
import { useAccountStake, useBalance, useEther } from "../../chain/hooks/queries";
import { ETHER } from "../../chain/money";
import type { Token } from "../../chain/network";
import { Button } from "../../ui/button";
import { Address, Amount } from "../../ui/chain-values";
import { Card, Empty, ErrorNote, Stats } from "../../ui/layout";
import { usePageTitle } from "../../ui/page-title";
import { WalletDialog } from "../../ui/wallet-dialog";
import { Earnings } from "./earnings";
import { Faucet } from "./faucet";
import { StakeCard } from "./stake-card";
import { MyTasks } from "./tasks";

export default function AccountPage() {
  usePageTitle("Account");
  const { address } = useConnection();
  return (
    <div className="stack">
      <h1>Account</h1>
      {address ? <Connected address={address} /> : <Disconnected />}
    </div>
  );
}

function Disconnected() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Empty
        action={
          <Button kind="primary" onClick={() => setOpen(true)}>
            Connect wallet
          </Button>
        }
      >
        Connect a wallet to see its stakes, its tasks and what it can collect.
      </Empty>
      {open ? <WalletDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Connected({ address }: { readonly address: `0x${string}` }) {
  const network = useNetwork();
  const parts = useParts(address);
  const stake = useAccountStake(address);
  const problem = parts.error ?? stake.error;
  return (
    <>
      {problem ? (
        <ErrorNote
          onRetry={() => {
            void parts.refetch();
            void stake.refetch();
          }}
        >
          {explainError(problem, errorContext(network)).sentence}
        </ErrorNote>
      ) : null}
      <Faucet account={address} />
      <Earnings account={address} parts={parts.data} />
      <div className="columns">
        <Wallet address={address} />
        <StakeCard account={address} stake={stake.data} parts={parts.data} />
      </div>
      <MyTasks parts={parts.data} />
    </>
  );
}

function Wallet({ address }: { readonly address: `0x${string}` }) {
  const { rewardTokens, stakeToken } = useNetwork();
  const { data: ether } = useEther(address);
  const rest = rewardTokens.filter((token) => token.address !== stakeToken.address);
  return (
    <Card title="Wallet" actions={<Address address={address} />}>
      <Stats
        items={[
          { label: "Ether, for gas", value: ether === undefined ? "…" : <Amount amount={ether} token={ETHER} /> },
          { label: "Stake token", value: <Balance token={stakeToken} /> },
          ...rest.map((token) => ({ label: `Reward token ${token.symbol}`, value: <Balance token={token} /> })),
        ]}
      />
      {ether === 0n ? (
        <p className="muted small">Without ether nothing can be sent: every transaction pays its gas in it.</p>
      ) : null}
    </Card>
  );
}

function Balance({ token }: { readonly token: Token }) {
  const { data } = useBalance(token.address);
  return data === undefined ? "…" : <Amount amount={data} token={token} />;
}
