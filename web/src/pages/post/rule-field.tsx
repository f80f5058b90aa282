/** One field of the form, drawn as its rule says. */
import { type ReactNode, useEffect, useState } from "react";
import type { DraftValue } from "../../owner/draft";
import type { FieldRule } from "../../owner/fields";
import { Checkbox, Field, Select, TextArea } from "../../ui";
import { DurationField } from "./duration-field";
import { type DraftForm, visibleProblem } from "./use-draft";

interface RuleFieldProps {
  readonly rule: FieldRule;
  readonly form: DraftForm;
  readonly unit?: string | undefined;
  /** Said beneath the explanation: what this value means here. */
  readonly meaning?: ReactNode;
}

export function RuleField({ rule, form, unit, meaning }: RuleFieldProps) {
  const { section, name, kind, label, choices } = rule;
  const value = form.draft[section]?.[name] ?? rule.fallback;
  const error = visibleProblem(form, section, name);
  const set = (next: DraftValue | undefined) => form.set(section, name, next);
  const hint = (
    <>
      {rule.help}
      {meaning ? <> {meaning}</> : null}
    </>
  );
  const shared = { label, hint, error };
  switch (kind) {
    case "flag":
      return <Checkbox label={label} hint={hint} checked={value === true} onChange={(e) => set(e.target.checked)} />;
    case "choice":
      return (
        <Select
          {...shared}
          options={(choices ?? []).map(([option, text]) => ({ value: option, label: text }))}
          value={String(value ?? "")}
          onChange={(event) => set(event.target.value)}
        />
      );
    case "longText":
      return <TextArea {...shared} rows={3} value={String(value ?? "")} onChange={(e) => set(e.target.value)} />;
    case "text":
      return <Field {...shared} value={String(value ?? "")} onChange={(e) => set(e.target.value)} />;
    case "address":
      return (
        <Field
          {...shared}
          className="mono"
          spellCheck={false}
          autoComplete="off"
          value={String(value ?? "")}
          onChange={(event) => set(event.target.value.trim() || undefined)}
        />
      );
    case "seconds":
      return <DurationField {...shared} seconds={value} onChange={set} />;
    default:
      return <NumberField {...shared} value={value} onChange={set} unit={unit} />;
  }
}

/** Several fields side by side, those that are fine as they are folded away. */
export function RuleFields({
  rules,
  form,
  units = {},
}: {
  readonly rules: readonly FieldRule[];
  readonly form: DraftForm;
  readonly units?: Readonly<Record<string, string | undefined>>;
}) {
  const advanced = rules.filter((rule) => rule.advanced);
  const draw = (rule: FieldRule) => <RuleField key={rule.name} rule={rule} form={form} unit={units[rule.name]} />;
  const isWrong = advanced.some((rule) => visibleProblem(form, rule.section, rule.name) !== null);
  return (
    <>
      <div className="columns">{rules.filter((rule) => !rule.advanced).map(draw)}</div>
      {advanced.length > 0 ? (
        <details open={isWrong || undefined}>
          <summary>More settings, fine as they are</summary>
          <div className="columns folded">{advanced.map(draw)}</div>
        </details>
      ) : null}
    </>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error: string | null;
  readonly value: DraftValue | undefined;
  readonly onChange: (value: DraftValue | undefined) => void;
  readonly unit?: string | undefined;
}

/** Keeps what was typed ("1." on the way to "1.5") and hands on the number, or the text while it is none. */
export function NumberField({ value, onChange, unit, ...shared }: NumberFieldProps) {
  const [text, setText] = useState(value === undefined ? "" : String(value));
  useEffect(() => {
    setText((before) => (value !== undefined && numberIn(before) === value ? before : String(value ?? "")));
  }, [value]);
  return (
    <Field
      {...shared}
      {...(unit === undefined ? {} : { unit })}
      inputMode="decimal"
      autoComplete="off"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(numberIn(event.target.value));
      }}
    />
  );
}

/** The number, or the text when it is none; undefined for nothing. */
function numberIn(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : trimmed;
}
