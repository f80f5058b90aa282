/** What a data owner allows of one file. Every change counts at once; nothing is ticked by itself. */
import { useState } from "react";
import { exactAmount, parseMoney, type Token, useNetwork } from "../../chain";
import type { DataSetFacts } from "../../data/data-sets";
import type { Policy } from "../../data/policy";
import { Button, Checkbox, Field, Note } from "../../ui";
import { rangeWords } from "./words";

interface PolicyFormProps {
  readonly facts: DataSetFacts;
  readonly policy: Policy;
  readonly onChange: (policy: Policy) => void;
}

const MICRO = 1_000_000;
const COMMON_PURPOSES = ["Medical research", "Academic research", "Public statistics", "Product improvement"];
const DEFAULT_CAP = { epsilon: 1, delta: 1e-5 };

export function PolicyForm(props: PolicyFormProps) {
  return (
    <div className="stack policy">
      <Columns {...props} />
      <Purposes {...props} />
      <Rewards {...props} />
      <Privacy {...props} />
    </div>
  );
}

function Columns({ facts, policy, onChange }: PolicyFormProps) {
  const allow = (name: string, on: boolean) =>
    onChange({
      ...policy,
      columns: facts.columns.map((c) => c.name).filter((n) => (n === name ? on : policy.columns.includes(n))),
    });
  const all = policy.columns.length === facts.columns.length;
  return (
    <fieldset>
      <legend>Which columns may a model learn from?</legend>
      <ul className="ticks">
        {facts.columns.map((column) => (
          <li key={column.name}>
            <Checkbox
              label={column.name}
              hint={rangeWords(column)}
              checked={policy.columns.includes(column.name)}
              onChange={(event) => allow(column.name, event.target.checked)}
            />
          </li>
        ))}
      </ul>
      <Button
        small
        kind="quiet"
        onClick={() => onChange({ ...policy, columns: all ? [] : facts.columns.map((column) => column.name) })}
      >
        {all ? "None of them" : "All of them"}
      </Button>
    </fieldset>
  );
}

function Purposes({ policy, onChange }: PolicyFormProps) {
  const [own, setOwn] = useState("");
  const allow = (purpose: string, on: boolean) => {
    const others = policy.purposes.filter((each) => each !== purpose);
    onChange({ ...policy, purposes: on ? [...others, purpose] : others });
  };
  const listed = [...COMMON_PURPOSES, ...policy.purposes.filter((purpose) => !COMMON_PURPOSES.includes(purpose))];
  return (
    <fieldset>
      <legend>For which purposes?</legend>
      <ul className="ticks">
        {listed.map((purpose) => (
          <li key={purpose}>
            <Checkbox
              label={purpose}
              checked={policy.purposes.includes(purpose)}
              onChange={(event) => allow(purpose, event.target.checked)}
            />
          </li>
        ))}
      </ul>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (own.trim()) allow(own.trim(), true);
          setOwn("");
        }}
      >
        <Field label="Another purpose, in your words" value={own} onChange={(event) => setOwn(event.target.value)} />
        <Button type="submit" small disabled={own.trim() === ""}>
          Add
        </Button>
      </form>
    </fieldset>
  );
}

function Rewards({ policy, onChange }: PolicyFormProps) {
  const { rewardTokens } = useNetwork();
  return (
    <fieldset>
      <legend>For how much?</legend>
      {rewardTokens.map((token) => (
        <Reward key={token.address} token={token} policy={policy} onChange={onChange} />
      ))}
      <p className="hint small muted">
        Compared with an equal share of what a task pays per round. What you really earn depends on how much your data
        help.
      </p>
    </fieldset>
  );
}

function Reward(props: {
  readonly token: Token;
  readonly policy: Policy;
  readonly onChange: (policy: Policy) => void;
}) {
  const { token, policy, onChange } = props;
  const same = (other: string) => other.toLowerCase() === token.address.toLowerCase();
  const floor = policy.rewards.find((reward) => same(reward.token));
  const [text, setText] = useState(floor ? exactAmount({ token, amount: floor.minimumPerRound }) : "0");
  const amount = parseMoney(text, token);
  const set = (minimumPerRound: bigint | null) => {
    const others = policy.rewards.filter((reward) => !same(reward.token));
    const rewards = minimumPerRound === null ? others : [...others, { token: token.address, minimumPerRound }];
    onChange({ ...policy, rewards });
  };
  return (
    <div className="stack tight">
      <Checkbox
        label={`I accept ${token.symbol}`}
        checked={floor !== undefined}
        onChange={(event) => set(event.target.checked ? (amount ?? 0n) : null)}
      />
      {floor ? (
        <Field
          label="At least, per round"
          unit={token.symbol}
          inputMode="decimal"
          error={amount === null ? "This is no amount." : null}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const wei = parseMoney(event.target.value, token);
            if (wei !== null) set(wei);
          }}
        />
      ) : null}
    </div>
  );
}

function Privacy({ policy, onChange }: PolicyFormProps) {
  const [epsilon, setEpsilon] = useState(String(policy.privacy?.epsilon ?? DEFAULT_CAP.epsilon));
  const [noise, setNoise] = useState(String(policy.noiseMicro / MICRO));
  const epsilonGiven = positive(epsilon);
  const noiseGiven = noise.trim() === "0" ? 0 : positive(noise);
  return (
    <fieldset>
      <legend>How much may be learnt of you, over all tasks?</legend>
      <p className="small muted">
        ε (epsilon) measures it: a reader of everything that is opened can tell your file from any other at most so
        well. Below 1 is strong, above 8 promises little. It takes noise to keep ε small: tasks with too little noise
        are refused.
      </p>
      <Checkbox
        label="Set a limit"
        checked={policy.privacy !== null}
        onChange={(event) =>
          onChange({
            ...policy,
            privacy: event.target.checked ? { ...DEFAULT_CAP, epsilon: epsilonGiven ?? DEFAULT_CAP.epsilon } : null,
          })
        }
      />
      {policy.privacy ? (
        <Field
          label="ε at most"
          inputMode="decimal"
          error={epsilonGiven === null ? "A number above 0." : null}
          value={epsilon}
          onChange={(event) => {
            setEpsilon(event.target.value);
            const value = positive(event.target.value);
            if (value !== null) onChange({ ...policy, privacy: { ...DEFAULT_CAP, epsilon: value } });
          }}
        />
      ) : (
        <Note tone="waiting">
          No limit: updates may leave without noise. They are encrypted and only their sum and a few figures about each
          are opened, but nothing is guaranteed about what those show.
        </Note>
      )}
      <Field
        label="Noise of my own, on each weight"
        hint="Added even when a task asks for less. More than a task allows for makes updates too long: they are left out, unpaid."
        inputMode="decimal"
        error={noiseGiven === null ? "A number, 0 or above." : null}
        value={noise}
        onChange={(event) => {
          setNoise(event.target.value);
          const value = event.target.value.trim() === "0" ? 0 : positive(event.target.value);
          if (value !== null) onChange({ ...policy, noiseMicro: Math.round(value * MICRO) });
        }}
      />
    </fieldset>
  );
}

function positive(text: string): number | null {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? value : null;
}
