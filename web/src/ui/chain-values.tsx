/** Amounts, addresses, digests and times as the chain gives them. */
import type { Address as AccountAddress, Hex } from "viem";
import { hexToBytes } from "viem";
import { useChainNow } from "../chain/hooks/clock";
import { useNetwork } from "../chain/hooks/context";
import { exactAmount, formatMoney } from "../chain/money";
import type { Token } from "../chain/network";
import { formatDate, formatDuration, formatRelative } from "../chain/time";
import { cidOf } from "../core/blocks";
import { CopyButton } from "./copy-button";

/** An amount with its symbol, all digits in the title. */
export function Amount({ amount, token }: { readonly amount: bigint; readonly token: Token | undefined }) {
  if (token === undefined) return <span className="muted">…</span>;
  return (
    <span className="number" title={`${exactAmount({ amount, token })} ${token.symbol}`}>
      {formatMoney({ amount, token })}
    </span>
  );
}

/** Short to the eye, whole in the title and in the clipboard. `you`: the connected account. */
export function Address({
  address,
  you,
}: {
  readonly address: AccountAddress;
  readonly you?: AccountAddress | undefined;
}) {
  const { explorer } = useNetwork();
  const short = `${address.slice(0, 6)}…${address.slice(-4)}`;
  const own = you !== undefined && you.toLowerCase() === address.toLowerCase();
  return (
    <span className="nowrap">
      {explorer ? (
        <a className="mono" href={`${explorer}/address/${address}`} title={address} target="_blank" rel="noreferrer">
          {short}
        </a>
      ) : (
        <span className="mono" title={address}>
          {short}
        </span>
      )}
      {own ? <span className="you">(you)</span> : null}
      <CopyButton text={address} what={`address ${short}`} />
    </span>
  );
}

/** A block's digest as its CID: a link where the deployment names a gateway. */
export function Digest({ digest }: { readonly digest: Hex }) {
  const { ipfsGateway } = useNetwork();
  const cid = cidOf(hexToBytes(digest));
  const short = `${cid.slice(0, 8)}…${cid.slice(-6)}`;
  return (
    <span className="nowrap">
      {ipfsGateway ? (
        <a
          className="mono"
          href={`${ipfsGateway}/ipfs/${cid}?format=dag-json`}
          title={cid}
          target="_blank"
          rel="noreferrer"
        >
          {short}
        </a>
      ) : (
        <span className="mono" title={cid}>
          {short}
        </span>
      )}
      <CopyButton text={cid} what={`content identifier ${short}`} />
    </span>
  );
}

/** A transaction, as a link where the deployment names an explorer. */
export function TransactionHash({ hash }: { readonly hash: Hex }) {
  const { explorer } = useNetwork();
  const short = `${hash.slice(0, 8)}…${hash.slice(-4)}`;
  if (!explorer) {
    return (
      <span className="mono" title={hash}>
        {short}
      </span>
    );
  }
  return (
    <a className="mono" href={`${explorer}/tx/${hash}`} title={hash} target="_blank" rel="noreferrer">
      {short}
    </a>
  );
}

/** "in 4 minutes", ticking by the chain's clock; the date in the title. */
export function Moment({ at }: { readonly at: number }) {
  const now = useChainNow();
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatDate(at)}>
      {formatRelative(at, now)}
    </time>
  );
}

export function Duration({ seconds }: { readonly seconds: number }) {
  return <span className="number">{formatDuration(seconds)}</span>;
}
