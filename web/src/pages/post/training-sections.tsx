/** How data owners train, what protects them, and what releases the money. */
import { useState } from "react";
import { messageOf } from "../../core/errors";
import { numberOf, wholeOf } from "../../owner/draft";
import { PRIVACY_FIELDS, PROGRESS_FIELDS, TRAINING_FIELDS } from "../../owner/fields";
import { epsilonOfNoise, noiseInWords } from "../../owner/noise-cost";
import type { LossSuggestion } from "../../owner/suggest";
import { Button, Card, ErrorNote, Note } from "../../ui";
import { RuleFields } from "./rule-field";
import type { DraftForm } from "./use-draft";

interface SectionProps {
  readonly form: DraftForm;
}

export function TrainingSection({ form }: SectionProps) {
  return (
    <Card title="3. What each data owner does in a round">
      <RuleFields rules={TRAINING_FIELDS} form={form} />
    </Card>
  );
}

export function PrivacySection({ form }: SectionProps) {
  const { suggest, busy, error } = useSuggestion(form, async ({ suggestClip }, draft, table) => {
    form.set("privacy", "clip_norm", await suggestClip(draft, table));
  });
  return (
    <Card title="4. What protects data owners" actions={<SuggestButton form={form} busy={busy} onClick={suggest} />}>
      <RuleFields rules={PRIVACY_FIELDS} form={form} />
      {error ? <ErrorNote>{error}</ErrorNote> : null}
      <Note>{noiseSentence(form)}</Note>
    </Card>
  );
}

export function ProgressSection({ form }: SectionProps) {
  const [found, setFound] = useState<LossSuggestion | null>(null);
  const { suggest, busy, error } = useSuggestion(form, async ({ suggestLosses }, draft, table) => {
    const losses = suggestLosses(draft, table);
    form.set("progress", "baseline_loss", losses.baseline);
    form.set("progress", "target_loss", losses.target);
    setFound(losses);
  });
  return (
    <Card title="5. What releases the reward" actions={<SuggestButton form={form} busy={busy} onClick={suggest} />}>
      <p>
        The loss is the model's error on your file: lower is better. Money is released as it falls from the baseline to
        the target.
      </p>
      <RuleFields rules={PROGRESS_FIELDS} form={form} />
      {error ? <ErrorNote>{error}</ErrorNote> : null}
      {found ? (
        <Note>
          Before any training the loss is {figure(found.baseline)}: that is the baseline. A model trained on your file
          alone reaches {figure(found.alone)} on rows it has not seen. The target, {figure(found.target)}, is ten per
          cent below that: others' data must add something before the whole pool is paid. A higher target is reached
          sooner, a lower one may never be, and then part of the pool comes back to you.
        </Note>
      ) : null}
    </Card>
  );
}

type Suggestions = typeof import("../../owner/suggest");

function useSuggestion(
  form: DraftForm,
  work: (
    suggestions: Suggestions,
    draft: DraftForm["draft"],
    table: NonNullable<DraftForm["file"]>["table"],
  ) => Promise<void>,
) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const suggest = async () => {
    if (form.file === null) return;
    setBusy(true);
    setError(null);
    try {
      await work(await import("../../owner/suggest"), form.draft, form.file.table);
    } catch (problem) {
      setError(messageOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return { suggest, busy, error };
}

function SuggestButton(props: { readonly form: DraftForm; readonly busy: boolean; readonly onClick: () => void }) {
  return (
    <Button small busy={props.busy} disabled={props.form.file === null} onClick={props.onClick}>
      Suggest from my file
    </Button>
  );
}

function noiseSentence({ draft }: DraftForm): string {
  try {
    const inputs = Array.isArray(draft.data?.columns) ? draft.data.columns.length : 0;
    const classes = Array.isArray(draft.data?.classes) ? draft.data.classes.length : 1;
    const size = (inputs + 1) * (draft.model?.family === "softmax" ? classes : 1);
    const clip = numberOf(draft, "privacy", "clip_norm");
    const epsilon = epsilonOfNoise(
      size,
      clip,
      numberOf(draft, "privacy", "noise", 0),
      wholeOf(draft, "market", "rounds"),
    );
    return noiseInWords(epsilon);
  } catch {
    return "Fill in the longest update, the noise and the rounds to see what they guarantee.";
  }
}

const figure = (value: number): string => value.toPrecision(4);
