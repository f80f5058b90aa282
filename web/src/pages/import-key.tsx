/** Takes in a key that was made in another browser, or by the command line. */
import { useState } from "react";
import { messageOf } from "../core/errors";
import { importIdentity } from "../owner/identity-store";
import { Field } from "../ui";

export function ImportKey({
  label,
  hint,
  onDone,
}: {
  readonly label: string;
  readonly hint: string;
  readonly onDone: () => void;
}) {
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
      label={label}
      hint={hint}
      type="file"
      error={error}
      onChange={(event) => {
        const [chosen] = event.target.files ?? [];
        if (chosen) void take(chosen);
      }}
    />
  );
}
