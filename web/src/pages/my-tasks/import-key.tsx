/** A model that was posted from another browser, or by the command line: its key is taken in here. */
import { useState } from "react";
import { messageOf } from "../../core/errors";
import { importIdentity } from "../../owner/identity-store";
import { Field } from "../../ui";

export function ImportKey({ onDone }: { readonly onDone: () => void }) {
  const [error, setError] = useState<string | null>(null);
  const take = async (file: File) => {
    try {
      await importIdentity(await file.text());
      setError(null);
      onDone();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <Field
      label="Key file of this task"
      hint="If you posted it from another browser or from the command line, choose the identity file it was posted with."
      type="file"
      error={error}
      onChange={(event) => {
        const [chosen] = event.target.files ?? [];
        if (chosen) void take(chosen);
      }}
    />
  );
}
