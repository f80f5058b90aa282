/** The form's state: the draft, which survives a reload, and the validation file, which does not. */
import { useCallback, useMemo, useState } from "react";
import { digestOf } from "../../core/blocks";
import { type Hex, toHex } from "../../core/bytes";
import { messageOf } from "../../core/errors";
import { Table } from "../../core/table";
import { type ColumnPreview, guessData, previewColumns } from "../../owner/columns";
import { type Draft, type DraftSection, type DraftValue, withValue } from "../../owner/draft";
import { loadDraft, saveDraft } from "../../owner/draft-store";
import { draftProblems, type Problems } from "../../owner/problems";

const MAX_FILE_BYTES = 256 << 20;

export interface OpenedFile {
  readonly name: string;
  readonly digest: Hex;
  readonly table: Table;
  readonly columns: readonly ColumnPreview[];
}

export interface DraftForm {
  readonly draft: Draft;
  readonly file: OpenedFile | null;
  readonly fileError: string | null;
  readonly problems: Problems;
  /** Fields that were changed: only of those, and after `showAll`, is said what is wrong. */
  readonly touched: ReadonlySet<string>;
  readonly set: (section: DraftSection, name: string, value: DraftValue | undefined) => void;
  readonly replace: (draft: Draft) => void;
  readonly open: (file: File) => Promise<void>;
  readonly showAll: () => void;
}

const EVERYTHING = "*";

export function useDraft(): DraftForm {
  const [draft, setDraft] = useState(loadDraft);
  const [file, setFile] = useState<OpenedFile | null>(null);
  const [fileError, setFileError] = useState<string | null>(null);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const replace = useCallback((next: Draft) => {
    saveDraft(next);
    setDraft(next);
  }, []);
  const touch = useCallback((name: string) => setTouched((before) => new Set(before).add(name)), []);
  const set = useCallback(
    (section: DraftSection, name: string, value: DraftValue | undefined) => {
      setDraft((before) => {
        const next = withValue(before, section, name, value);
        saveDraft(next);
        return next;
      });
      touch(`${section}.${name}`);
    },
    [touch],
  );
  const open = useCallback(async (chosen: File) => {
    try {
      const opened = await openFile(chosen);
      setFile(opened);
      setFileError(null);
      setDraft((before) => {
        const next = fittedTo(before, opened);
        saveDraft(next);
        return next;
      });
    } catch (error) {
      setFile(null);
      setFileError(messageOf(error));
    }
  }, []);
  const problems = useMemo(() => draftProblems(draft, file?.table ?? null), [draft, file]);
  const showAll = useCallback(() => touch(EVERYTHING), [touch]);
  return { draft, file, fileError, problems, touched, set, replace, open, showAll };
}

/** What is to be said about a field now, or null. */
export function visibleProblem(form: DraftForm, section: DraftSection, name: string): string | null {
  const key = `${section}.${name}`;
  return form.touched.has(key) || form.touched.has(EVERYTHING) ? (form.problems[key] ?? null) : null;
}

async function openFile(chosen: File): Promise<OpenedFile> {
  if (chosen.size > MAX_FILE_BYTES) throw new Error(`${chosen.name} is larger than 256 MB; take fewer rows`);
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  const table = await Table.fromCsv(new Blob([bytes]));
  return { name: chosen.name, digest: toHex(digestOf(bytes)), table, columns: previewColumns(table) };
}

/** The draft as it is when it fits the file already, else with a first guess at inputs and target. */
function fittedTo(draft: Draft, file: OpenedFile): Draft {
  const names = new Set(file.table.names);
  const columns = draft.data?.columns;
  const fits =
    Array.isArray(columns) &&
    columns.length > 0 &&
    columns.every((name) => names.has(name)) &&
    typeof draft.data?.target === "string" &&
    names.has(draft.data.target);
  if (fits) return draft;
  const guess = guessData(file.columns);
  const { classes: _old, ...data } = draft.data ?? {};
  return { ...draft, model: { ...draft.model, ...guess.model }, data: { ...data, ...guess.data } };
}
