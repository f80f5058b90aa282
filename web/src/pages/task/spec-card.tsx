import type { ReactNode } from "react";
import { ProgressRule } from "../../chain/types";
import { MICRO, NANO } from "../../core/spec";
import type { Spec } from "../../core/specs";
import { Card, Facts, Loading, Note } from "../../ui/layout";
import { dataWords, decimal, modelWords, privacyWords, secrecyWords } from "../../ui/spec-words";
import type { Shown } from "./shown";

/** What is asked of data owners, and what becomes of their updates. */
export function SpecCard({ detail: { task }, spec }: Shown) {
  if (spec === undefined) {
    return (
      <Card title="What is asked">
        <Loading what="the specification" />
      </Card>
    );
  }
  return (
    <Card title="What is asked">
      <Facts
        items={[
          ["Model", modelWords(spec)],
          ["Data", dataWords(spec)],
          ["Columns", <Columns key="columns" spec={spec} />],
          ["Progress", progressWords(spec, task.params.progressRule)],
        ]}
      />
      <Note>{secrecyWords(spec)}</Note>
      <h3>Privacy</h3>
      <ul className="plain-list">
        {privacyWords(spec).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <details>
        <summary>All settings of the training</summary>
        <Facts items={settings(spec)} />
      </details>
    </Card>
  );
}

function Columns({ spec }: { readonly spec: Spec }) {
  return (
    <span className="chips">
      {spec.columns.map(({ name }) => (
        <code className="chip" key={name}>
          {name}
        </code>
      ))}
      <span className="small muted">and, to be predicted,</span>
      <code className="chip">{spec.target.name}</code>
    </span>
  );
}

function progressWords(spec: Spec, rule: ProgressRule): string {
  if (spec.kind === "sealed" || rule === ProgressRule.PerRound)
    return "A fixed price per round: each round pays the same part of the pool.";
  const [from, to] = [decimal(spec.baselineLossMicro), decimal(spec.targetLossMicro)];
  const scale = spec.progressRule === "log" ? ", counted by ratio (halving the error pays the same late as early)" : "";
  return `Measured by the committee on the owner's ${spec.validationRows} sealed validation rows: from an error (loss) of ${from} down to ${to}${scale}. A round pays for what it adds.`;
}

function settings(spec: Spec): readonly (readonly [string, ReactNode] | null)[] {
  const common: (readonly [string, ReactNode])[] = [
    [
      "Parameters",
      Object.entries(spec.shape)
        .map(([name, size]) => `${name} ${size}`)
        .join(", "),
    ],
    ["L2 penalty", String(spec.l2Nano / NANO)],
    ["Clip norm", decimal(spec.clipNormMicro)],
    ["Noise", decimal(spec.noiseMicro)],
    ["Fixed point", `${spec.fractionBits} bits, gradients ${spec.gradientBits} bits`],
    ["Least updates of a round", spec.minUpdates],
    ["Committee's turn", `${spec.turnSeconds} seconds`],
  ];
  if (spec.kind === "sealed") return common;
  return [
    ["Epochs of each round", spec.epochs],
    ["Rows of a step", spec.batchSize === 0 ? "all" : spec.batchSize],
    ["Learning rate", decimal(spec.learningRateMicro)],
    ["Momentum", String(spec.momentumMicro / MICRO)],
    ["Harmful updates", spec.dropNegative ? "left out of the sum" : "counted in the sum, not paid"],
    ["Public steps", `${spec.publicSteps} earlier steps are taken for free before scoring`],
    ...common,
  ];
}
