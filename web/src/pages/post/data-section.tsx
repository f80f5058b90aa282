/** The validation file: chosen from disk, looked at, and what of it the model reads and predicts. */

import type { ColumnPreview } from "../../owner/columns";
import type { DraftValue } from "../../owner/draft";
import { Card, Empty, ErrorNote, Field, Note, Select, Table, type TableColumn } from "../../ui";
import { type DraftForm, type OpenedFile, visibleProblem } from "./use-draft";

export function DataSection({ form }: { readonly form: DraftForm }) {
  return (
    <Card title="1. The rows your model is judged by">
      <p>
        Choose a CSV file with rows like those you want predictions for, and with the right answers. The committee
        measures every round's model on it. It is encrypted for the committee in this page; nobody else can read it,
        data owners included. The names, means and spreads of its columns are public.
      </p>
      <Field
        label="Validation file (CSV, first line names the columns)"
        type="file"
        accept=".csv,text/csv"
        error={visibleProblem(form, "data", "file")}
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          if (chosen) void form.open(chosen);
        }}
      />
      {form.fileError ? <ErrorNote>{form.fileError}</ErrorNote> : null}
      {form.file ? (
        <Columns form={form} file={form.file} />
      ) : (
        <Empty>No file yet. It stays on this device until you post.</Empty>
      )}
    </Card>
  );
}

function Columns({ form, file }: { readonly form: DraftForm; readonly file: OpenedFile }) {
  const inputs = listOf(form.draft.data?.columns);
  const target = form.draft.data?.target;
  const tick = (name: string, on: boolean) => {
    const next = file.table.names.filter((each) => (each === name ? on : inputs.includes(each)));
    form.set("data", "columns", next);
  };
  const columns: TableColumn<ColumnPreview>[] = [
    {
      name: "Input",
      bare: true,
      cell: ({ name, numbers }) => (
        <input
          type="checkbox"
          aria-label={`Predict from ${name}`}
          checked={inputs.includes(name)}
          disabled={numbers === null || name === target}
          onChange={(event) => tick(name, event.target.checked)}
        />
      ),
    },
    { name: "Column", head: true, cell: ({ name }) => name },
    { name: "Mean", end: true, cell: ({ numbers }) => figure(numbers?.mean) },
    { name: "Spread", end: true, cell: ({ numbers }) => figure(numbers?.spread) },
    {
      name: "Range",
      end: true,
      cell: ({ numbers, examples }) =>
        numbers ? `${figure(numbers.low)} to ${figure(numbers.high)}` : `text: ${examples.join(", ")}`,
    },
  ];
  return (
    <div className="stack">
      <Select
        label="Column to predict"
        error={visibleProblem(form, "data", "target")}
        value={String(target ?? "")}
        options={[{ value: "", label: "Choose…" }, ...file.table.names.map((name) => ({ value: name, label: name }))]}
        onChange={(event) => chooseTarget(form, file, event.target.value)}
      />
      <div className="table-scroll">
        <Table
          caption={`${file.name}: ${file.table.nRows.toLocaleString("en")} rows. Tick the columns to predict from.`}
          columns={columns}
          rows={file.columns}
          rowKey={({ name }) => name}
        />
      </div>
      {visibleProblem(form, "data", "columns") ? (
        <ErrorNote>{visibleProblem(form, "data", "columns")}</ErrorNote>
      ) : null}
      {file.table.nRows < 30 ? (
        <Note tone="waiting">
          Only {file.table.nRows} rows: scores will depend on chance. A hundred or more are better.
        </Note>
      ) : null}
    </div>
  );
}

/** Another target is no input any more, and brings its own classes. */
function chooseTarget(form: DraftForm, file: OpenedFile, target: string): void {
  const inputs = listOf(form.draft.data?.columns).filter((name) => name !== target);
  const labels = file.columns.find((column) => column.name === target)?.labels ?? null;
  const isClass = form.draft.model?.family !== "linear" && labels !== null;
  form.set("data", "target", target);
  form.set("data", "columns", inputs);
  form.set("data", "classes", isClass ? [...labels].sort() : undefined);
}

const listOf = (value: DraftValue | undefined): readonly string[] => (Array.isArray(value) ? value : []);

function figure(value: number | undefined): string {
  return value === undefined ? "–" : value.toLocaleString("en", { maximumSignificantDigits: 5 });
}
