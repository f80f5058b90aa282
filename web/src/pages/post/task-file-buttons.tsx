/** The same task for the command line, and from it. */
import { useRef, useState } from "react";
import { messageOf } from "../../core/errors";
import { STARTING_DRAFT } from "../../owner/starting-draft";
import { Button, ErrorNote } from "../../ui";
import { saveFile } from "../save-file";
import type { DraftForm } from "./use-draft";

export function TaskFileButtons({ form }: { readonly form: DraftForm }) {
  const input = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<string | null>(null);
  const take = async (file: File) => {
    try {
      const { readTaskFile } = await import("../../owner/task-file");
      form.replace(readTaskFile(await file.text(), file.name));
      setError(null);
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  const save = async () => {
    const { writeTaskFile } = await import("../../owner/task-file");
    saveFile("task.toml", writeTaskFile(form.draft), "application/toml");
  };
  return (
    <>
      <div className="row">
        <Button small onClick={() => input.current?.click()}>
          Open a task file
        </Button>
        <Button small onClick={() => void save()}>
          Save as a task file
        </Button>
        <Button small kind="quiet" onClick={() => form.replace(STARTING_DRAFT)}>
          Start afresh
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          accept=".toml"
          aria-label="Task file"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            if (chosen) void take(chosen);
            event.target.value = "";
          }}
        />
      </div>
      <p className="muted small">
        What you type is kept in this browser. A saved file can be posted from the command line, too:{" "}
        <code>deltaml task post task.toml --validation FILE.csv</code>
      </p>
      {error ? <ErrorNote>{error}</ErrorNote> : null}
    </>
  );
}
