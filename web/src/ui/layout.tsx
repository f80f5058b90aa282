import { type ReactNode, useId } from "react";
import { classNames } from "./button";

/** A box with a heading; `actions` stand beside it. */
export function Card({
  title,
  actions,
  level = 2,
  children,
}: {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly level?: 2 | 3;
  readonly children: ReactNode;
}) {
  const id = useId();
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section className="card" aria-labelledby={title ? id : undefined}>
      {title ? (
        <header>
          <Heading id={id}>{title}</Heading>
          {actions}
        </header>
      ) : null}
      {children}
    </section>
  );
}

export type Tone = "neutral" | "active" | "good" | "bad" | "waiting";

export function Badge({ tone = "neutral", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={classNames("badge", tone === "neutral" ? "" : tone)}>{children}</span>;
}

/** A remark in a box: what to know before doing something. */
export function Note({ tone = "neutral", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <div className={classNames("note", tone === "neutral" ? "" : tone)}>{children}</div>;
}

export interface StatItem {
  readonly label: string;
  readonly value: ReactNode;
  readonly after?: ReactNode;
}

/** Figures in a row. */
export function Stats({ items }: { readonly items: readonly StatItem[] }) {
  return (
    <dl className="stats">
      {items.map(({ label, value, after }) => (
        <div className="stat" key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
          {after ? <dd className="after">{after}</dd> : null}
        </div>
      ))}
    </dl>
  );
}

export function Stat(item: StatItem) {
  return <Stats items={[item]} />;
}

/** Names and values, one pair a line. */
export function Facts({ items }: { readonly items: readonly (readonly [string, ReactNode] | null)[] }) {
  return (
    <dl className="facts">
      {items
        .filter((item) => item !== null)
        .flatMap(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}

export interface Step {
  readonly name: ReactNode;
  readonly state: "done" | "now" | "next" | "failed";
  readonly detail?: ReactNode;
}

const STATE_WORDS = { done: "Done", now: "Now", next: "Later", failed: "Failed" } as const;
const STATE_SIGNS = { done: "✓", now: "●", next: "", failed: "✕" } as const;

export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  return (
    <ol className="steps">
      {steps.map(({ name, state, detail }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the steps of one thing never change places.
        <li key={index} className={state} aria-current={state === "now" ? "step" : undefined}>
          <span className="mark">
            <span aria-hidden="true">{STATE_SIGNS[state] || index + 1}</span>
            <span className="visually-hidden">{STATE_WORDS[state]}: </span>
          </span>
          <div>
            {name}
            {detail ? <div className="muted small">{detail}</div> : null}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** `fraction` from 0 to 1. */
export function Progress({ fraction, label }: { readonly fraction: number; readonly label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 1000) / 10;
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}

/** Nothing is there: say why, and what to do. */
export function Empty({ children, action }: { readonly children: ReactNode; readonly action?: ReactNode }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Something went wrong: a sentence, and a way to try again. */
export function ErrorNote({ children, onRetry }: { readonly children: ReactNode; readonly onRetry?: () => void }) {
  return (
    <div className="note bad" role="alert">
      <p>{children}</p>
      {onRetry ? (
        <button type="button" className="button small" onClick={onRetry}>
          Try again
        </button>
      ) : null}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <div role="status">
      <div className="skeleton" aria-hidden="true" />
      <span className="visually-hidden">Loading {what}</span>
    </div>
  );
}
