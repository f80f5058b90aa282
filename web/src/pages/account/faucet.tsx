import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Address } from "viem";
import { errorContext, explainError } from "../../chain/errors";
import { fillWallet } from "../../chain/faucet";
import { useChain } from "../../chain/hooks/context";
import { keys } from "../../chain/hooks/keys";
import { Button } from "../../ui/button";
import { Card, ErrorNote } from "../../ui/layout";

/** Play money for newcomers on a development chain; nothing elsewhere. */
export function Faucet({ account }: { readonly account: Address }) {
  const { network, reader } = useChain();
  const queries = useQueryClient();
  const fill = useMutation({
    mutationFn: () => fillWallet(reader, account),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.root(network) }),
  });
  if (network.faucet !== "anvil") return null;
  return (
    <Card title="Test money">
      <div className="row spread">
        <p className="offer">
          This is a development chain: its ether and tokens are worth nothing. Take some to try everything out.
        </p>
        <Button busy={fill.isPending} onClick={() => fill.mutate()}>
          Get ether and 2,000 of each token
        </Button>
      </div>
      {fill.isError ? <ErrorNote>{explainError(fill.error, errorContext(network)).sentence}</ErrorNote> : null}
      {fill.isSuccess ? <p role="status">It is in your wallet.</p> : null}
    </Card>
  );
}
