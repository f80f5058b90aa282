/** A model tried in the page: one row by hand, or a CSV file. Nothing leaves the device. */
import { useState } from "react";
import { messageOf } from "../../core/errors";
import { Table } from "../../core/table";
import type { TrainedModel } from "../../owner/model-file";
import { type Prediction, predictRow, predictTable } from "../../owner/predict";
import { Button, ErrorNote, Field, Note } from "../../ui";
import { saveFile } from "../save-file";

const MICRO = 1_000_000;
const SHOWN = 20;

export function TryModel({ model }: { readonly model: TrainedModel }) {
  return (
    <div className="columns">
      <ByHand model={model} />
      <ByFile model={model} />
    </div>
  );
}

function ByHand({ model }: { readonly model: TrainedModel }) {
  const [cells, setCells] = useState(() => model.columns.map((column) => String(Number(column.centerMicro) / MICRO)));
  const row = cells.map((cell) => (cell.trim() === "" ? Number.NaN : Number(cell)));
  const answer = row.every(Number.isFinite) ? predictRow(model, row) : null;
  return (
    <section className="stack tight" aria-label="Try one row">
      <h3>Try one row</h3>
      <div className="try-row">
        {model.columns.map(({ name }, index) => (
          <Field
            key={name}
            label={name}
            inputMode="decimal"
            error={Number.isFinite(row[index]) ? null : "A number, please."}
            value={cells[index] ?? ""}
            onChange={(event) => setCells(cells.map((cell, place) => (place === index ? event.target.value : cell)))}
          />
        ))}
      </div>
      <Note tone="active">
        <span aria-live="polite">
          {model.target.name}: <strong>{answer === null ? "–" : shown(answer)}</strong>
        </span>
      </Note>
    </section>
  );
}

function ByFile({ model }: { readonly model: TrainedModel }) {
  const [answers, setAnswers] = useState<readonly Prediction[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const predict = async (file: File) => {
    try {
      setAnswers(predictTable(model, await Table.fromCsv(file)));
      setError(null);
    } catch (problem) {
      setAnswers(null);
      setError(messageOf(problem));
    }
  };
  return (
    <section className="stack tight" aria-label="Try a file">
      <h3>Try a file</h3>
      <Field
        label="CSV with the model's columns"
        type="file"
        accept=".csv,text/csv"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          if (chosen) void predict(chosen);
        }}
      />
      {error ? <ErrorNote>{error}</ErrorNote> : null}
      {answers ? <Answers name={model.target.name} answers={answers} /> : null}
    </section>
  );
}

function Answers({ name, answers }: { readonly name: string; readonly answers: readonly Prediction[] }) {
  const save = () => saveFile("predictions.csv", `${[quoted(name), ...answers.map(quoted)].join("\n")}\n`, "text/csv");
  return (
    <>
      <p className="small">
        {answers.length.toLocaleString("en")} rows. The first ones: {answers.slice(0, SHOWN).map(shown).join(", ")}
        {answers.length > SHOWN ? ", …" : ""}
      </p>
      <div className="row">
        <Button small onClick={save}>
          Save all predictions
        </Button>
      </div>
    </>
  );
}

const shown = (answer: Prediction): string =>
  typeof answer === "number" ? answer.toLocaleString("en", { maximumSignificantDigits: 6 }) : answer;

const quoted = (answer: Prediction): string =>
  /[",\n\r]/.test(String(answer)) ? `"${String(answer).replaceAll('"', '""')}"` : String(answer);
