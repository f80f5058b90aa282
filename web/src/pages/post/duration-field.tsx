/** A time in the unit that suits it, kept in seconds. */
import { type ReactNode, useId, useState } from "react";
import type { DraftValue } from "../../owner/draft";

const UNITS = [
  ["seconds", 1],
  ["minutes", 60],
  ["hours", 3600],
  ["days", 86_400],
] as const;
type UnitName = (typeof UNITS)[number][0];

interface DurationFieldProps {
  readonly label: string;
  readonly hint: ReactNode;
  readonly error: string | null;
  readonly seconds: DraftValue | undefined;
  readonly onChange: (seconds: DraftValue | undefined) => void;
}

export function DurationField({ label, hint, error, seconds, onChange }: DurationFieldProps) {
  const id = useId();
  const [unit, setUnit] = useState<UnitName>(() => bestUnit(seconds));
  const factor = UNITS.find(([name]) => name === unit)?.[1] ?? 1;
  const shown = typeof seconds === "number" ? String(seconds / factor) : String(seconds ?? "");
  const described = `${id}-hint${error ? ` ${id}-error` : ""}`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="with-unit">
        <input
          id={id}
          type="number"
          min={0}
          step="any"
          value={shown}
          aria-describedby={described}
          aria-invalid={error ? true : undefined}
          onChange={(event) => {
            const value = event.target.valueAsNumber;
            onChange(Number.isNaN(value) ? undefined : Math.round(value * factor));
          }}
        />
        <select
          aria-label={`Unit of “${label}”`}
          value={unit}
          onChange={(event) => setUnit(event.target.value as UnitName)}
        >
          {UNITS.map(([name]) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </span>
      <span className="hint" id={`${id}-hint`}>
        {hint}
      </span>
      {error ? (
        <span className="error" id={`${id}-error`} role="alert">
          {error}
        </span>
      ) : null}
    </div>
  );
}

/** The largest unit that the time is a whole number of. */
function bestUnit(seconds: DraftValue | undefined): UnitName {
  if (typeof seconds !== "number" || seconds === 0) return "minutes";
  return [...UNITS].reverse().find(([, factor]) => seconds % factor === 0)?.[0] ?? "seconds";
}
