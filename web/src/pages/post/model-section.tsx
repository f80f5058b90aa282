/** What kind of model, what it is called, and what for. */
import { MODEL_FIELDS } from "../../owner/fields";
import { Card, Field, Note } from "../../ui";
import { RuleFields } from "./rule-field";
import { type DraftForm, visibleProblem } from "./use-draft";

const FAMILIES = [
  ["linear", "A number", "Such as a dose or a price. Linear regression."],
  ["logistic", "Yes or no", "One of two answers. Logistic regression."],
  ["softmax", "One of several", "Such as a kind of plant. Softmax regression; two or more answers."],
] as const;

export function ModelSection({ form }: { readonly form: DraftForm }) {
  const family = form.draft.model?.family;
  const choose = (next: string) => {
    form.set("model", "family", next);
    if (next === "linear") form.set("data", "classes", undefined);
    else if (!Array.isArray(form.draft.data?.classes)) form.set("data", "classes", labelsInFile(form));
  };
  return (
    <Card title="2. The model">
      <fieldset className="choices">
        <legend>What should it predict?</legend>
        {FAMILIES.map(([value, title, text]) => (
          <label key={value} className="choice">
            <input type="radio" name="family" checked={family === value} onChange={() => choose(value)} />
            <span>
              <strong>{title}</strong>
              <span className="muted small">{text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {family === "mlp" ? (
        <Note tone="waiting">
          This task file asks for a neural network (mlp). Its first weights are drawn by the command line: post it with{" "}
          <code>deltaml task post</code>, or choose one of the three above.
        </Note>
      ) : (
        <p className="muted small">
          Neural networks (mlp) are posted with <code>deltaml task post</code>: the form can export the file for it.
        </p>
      )}
      {family === "linear" ? null : <Classes form={form} />}
      <RuleFields rules={MODEL_FIELDS} form={form} />
    </Card>
  );
}

/** The answers in the order that the model keeps: for yes-or-no the second one is the yes. */
function Classes({ form }: { readonly form: DraftForm }) {
  const classes = form.draft.data?.classes;
  const known = Array.isArray(classes) ? classes : [];
  return (
    <Field
      label="Answers, separated by commas"
      hint={
        form.draft.model?.family === "logistic"
          ? "Exactly two, as they stand in the file. The model gives the chance of the second one."
          : "As they stand in the file."
      }
      error={visibleProblem(form, "data", "classes")}
      defaultValue={known.join(", ")}
      key={known.join("\n")}
      onBlur={(event) => {
        const given = event.target.value.split(",").map((label) => label.trim());
        form.set(
          "data",
          "classes",
          given.filter((label, index) => label !== "" && given.indexOf(label) === index),
        );
      }}
    />
  );
}

function labelsInFile(form: DraftForm): readonly string[] | undefined {
  const labels = form.file?.columns.find((column) => column.name === form.draft.data?.target)?.labels;
  return labels ? [...labels].sort() : undefined;
}
