/** A model file from anywhere, tried here. */
import { useState } from "react";
import { messageOf } from "../../core/errors";
import { readModelFile, type TrainedModel } from "../../owner/model-file";
import { Card, ErrorNote, Field } from "../../ui";
import "./my-tasks.css";
import { TryModel } from "./try-model";

export function TryAnyModel() {
  const [model, setModel] = useState<TrainedModel | null>(null);
  const [error, setError] = useState<string | null>(null);
  const open = async (file: File) => {
    try {
      setModel(readModelFile(await file.text()));
      setError(null);
    } catch (problem) {
      setModel(null);
      setError(messageOf(problem));
    }
  };
  return (
    <Card title="Try a model file">
      <Field
        label="Model (JSON), saved here or by deltaml"
        hint="It is read and computed with on this device only."
        type="file"
        accept=".json,application/json"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          if (chosen) void open(chosen);
        }}
      />
      {error ? <ErrorNote>{error}</ErrorNote> : null}
      {model ? (
        <>
          <p>{model.name}</p>
          <TryModel key={model.name} model={model} />
        </>
      ) : null}
    </Card>
  );
}
