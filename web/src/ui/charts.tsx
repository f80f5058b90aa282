/** Charts. Each is a table too: nothing is said by a picture or a colour alone. */
import { lazy, type ReactNode, Suspense } from "react";

export interface Bar {
  readonly key: string;
  readonly label: ReactNode;
  /** Any unit; bars share one scale. Null: there is no figure, only the text. */
  readonly value: number | null;
  readonly text: ReactNode;
}

/** A bar for each row, to the right of the zero line for gains, to the left for losses. */
export function SignedBars({
  caption,
  unit,
  who,
  bars,
}: {
  readonly caption: string;
  /** Names the column of texts: "Share of the round". */
  readonly unit: string;
  /** Names the rows: "Data owner". */
  readonly who: string;
  readonly bars: readonly Bar[];
}) {
  const values = bars.map((bar) => bar.value ?? 0);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = high - low || 1;
  const zero = (-low / span) * 100;
  return (
    <table className="stacked bars" style={{ "--zero": `${zero}%` } as React.CSSProperties}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{who}</th>
          <td aria-hidden="true" />
          <th scope="col" className="end">
            {unit}
          </th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ key, label, value, text }) => (
          <tr key={key}>
            <th scope="row">{label}</th>
            <td className="bar" data-label="" aria-hidden="true">
              <span className="bar-track">
                {value === null || value === 0 ? null : (
                  <span
                    className={value < 0 ? "bar-fill negative" : "bar-fill"}
                    style={{
                      left: `${value < 0 ? zero + (value / span) * 100 : zero}%`,
                      width: `${(Math.abs(value) / span) * 100}%`,
                    }}
                  />
                )}
              </span>
            </td>
            <td className="end" data-label={unit}>
              {text}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LineChartProps {
  readonly caption: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly points: readonly Point[];
  /** How a y value is written, in the table and on the axis. */
  readonly format: (y: number) => string;
  readonly yDomain?: readonly [number, number];
}

const Plot = lazy(() => import("./line-plot"));

/** A metric per round; the drawing is loaded when needed, the table is below. */
export function LineChart(props: LineChartProps) {
  const { caption, xLabel, yLabel, points, format } = props;
  return (
    <figure className="chart">
      <figcaption className="muted small">{caption}</figcaption>
      <Suspense fallback={<div className="skeleton" style={{ height: 180 }} />}>
        <Plot {...props} />
      </Suspense>
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{xLabel}</th>
              <th scope="col" className="end">
                {yLabel}
              </th>
            </tr>
          </thead>
          <tbody>
            {points.map(({ x, y }) => (
              <tr key={x}>
                <th scope="row">{x}</th>
                <td className="end">{format(y)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
