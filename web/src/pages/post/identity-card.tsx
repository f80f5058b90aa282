/** The key that opens the finished model: made here, saved elsewhere before any money moves. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { messageOf } from "../../core/errors";
import { currentIdentity, markSavedElsewhere, type OwnerIdentity } from "../../owner/identity-store";
import { Badge, Button, Card, ErrorNote, Loading } from "../../ui";
import { ImportKey } from "../import-key";
import { saveFile } from "../save-file";

const KEY = ["owner-identity"] as const;

export function useOwnerIdentity() {
  return useQuery({ queryKey: KEY, queryFn: currentIdentity, staleTime: Number.POSITIVE_INFINITY });
}

export function IdentityCard({ identity }: { readonly identity: OwnerIdentity | undefined }) {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: KEY });
  const save = async (own: OwnerIdentity) => {
    saveFile("deltaml-identity.txt", own.identity.toFileText(), "text/plain");
    await markSavedElsewhere(own.recipient);
    await refresh();
  };
  return (
    <Card title="9. The key to your model" actions={identity ? <SavedBadge saved={identity.savedElsewhere} /> : null}>
      <p>
        The finished model is encrypted to this key. It is kept in this browser only. Save the file somewhere safe:
        without it nobody, we included, can open your model. Whoever has it can.
      </p>
      {identity ? (
        <>
          <p className="mono small breakable">{identity.recipient}</p>
          <div className="row">
            <Button kind={identity.savedElsewhere ? "plain" : "primary"} onClick={() => void save(identity)}>
              Save the key file
            </Button>
          </div>
        </>
      ) : (
        <Loading what="the key" />
      )}
      <details>
        <summary>Use a key that you have already</summary>
        <div className="folded">
          <ImportKey
            label="Key file"
            hint="An identity file from this page, from deltaml or from age."
            onDone={() => void refresh()}
          />
        </div>
      </details>
    </Card>
  );
}

function SavedBadge({ saved }: { readonly saved: boolean }) {
  return saved ? <Badge tone="good">saved</Badge> : <Badge tone="waiting">not saved yet</Badge>;
}

export function IdentityError({ error }: { readonly error: unknown }) {
  return <ErrorNote>This browser can't keep keys: {messageOf(error)}. Private windows often can't.</ErrorNote>;
}
