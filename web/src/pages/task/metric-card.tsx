import { useMemo } from "react";
import { formatWadPercent } from "../../chain/money";
import { LineChart } from "../../ui/charts";
import { Card, Note } from "../../ui/layout";
import { lossPoints, progressPoints } from "./metric";
import type { Shown } from "./shown";

const UNIT = [0, 1] as const;

/** How far the training has come, as far as that is public. */
export function Metric({ detail: { task }, events, spec }: Shown) {
  const progress = useMemo(() => progressPoints(events), [events]);
  const loss = useMemo(() => lossPoints(task, spec, events), [task, spec, events]);
  return (
    <Card title="Progress">
      {progress.length === 0 ? <p className="muted">The first round has no result yet.</p> : null}
      {progress.length > 0 ? (
        <LineChart
          caption={`Progress after each round, ${formatWadPercent(task.progressWad)} now. Progress is what money is paid for.`}
          xLabel="Round"
          yLabel="Progress"
          points={progress}
          format={percent}
          yDomain={UNIT}
        />
      ) : null}
      {loss.length > 1 ? (
        <LineChart
          caption="Error (loss) of the model on the validation rows, computed from the progress on chain. Lower is better; round 0 is the start."
          xLabel="Round"
          yLabel="Loss"
          points={loss}
          format={threeDigits}
        />
      ) : null}
      <Note>
        The model itself is sealed: its owner, the committee and the data owners who joined can read it, nobody else.
      </Note>
    </Card>
  );
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10} %`;
}

function threeDigits(value: number): string {
  return value.toPrecision(3);
}
