/** Choosing a wallet. */
import { useConnect, useConnectors } from "wagmi";
import { isRejection } from "../chain/errors";
import { metamaskLink, offeredWallets } from "../chain/wallet";
import { Dialog } from "./dialog";
import { ErrorNote, Note } from "./layout";

export function WalletDialog({ onClose }: { readonly onClose: () => void }) {
  const connectors = offeredWallets(useConnectors(), "ethereum" in window);
  const { mutate: connect, isPending, error, variables } = useConnect();
  const asked = isPending && variables && "name" in variables.connector ? variables.connector.name : null;
  return (
    <Dialog title="Connect a wallet" onClose={onClose}>
      <p className="muted">
        The page learns your address and can then propose transactions. It can't move anything without your confirmation
        in the wallet.
      </p>
      {connectors.length > 0 ? (
        <ul className="wallet-list">
          {connectors.map((connector) => (
            <li key={connector.uid}>
              <button
                type="button"
                className="button"
                disabled={isPending}
                onClick={() => connect({ connector }, { onSuccess: onClose })}
              >
                {connector.icon ? <img src={connector.icon} alt="" /> : null}
                {connector.id === "injected" ? "Wallet of this browser" : connector.name}
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <NoWallet />
      )}
      {asked ? <p role="status">Waiting for {asked}: confirm there.</p> : null}
      {error && !isPending ? <ConnectProblem error={error} /> : null}
    </Dialog>
  );
}

function ConnectProblem({ error }: { readonly error: Error }) {
  if (isRejection(error)) return <Note>Not connected: the wallet said no.</Note>;
  return <ErrorNote>The wallet did not connect: {error.message.split("\n")[0]}</ErrorNote>;
}

function NoWallet() {
  const phone = /android|iphone|ipad/i.test(navigator.userAgent);
  return (
    <div className="stack">
      <Note>
        No wallet was found in this browser. Reading works without one; for everything else install a wallet such as
        MetaMask, Rabby or Frame and reload the page.
      </Note>
      {phone ? (
        <a className="button primary" href={metamaskLink(window.location)}>
          Open in MetaMask
        </a>
      ) : null}
    </div>
  );
}
