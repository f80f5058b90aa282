import { useState } from "react";
import { useConnection } from "wagmi";
import { markOf, scoreBook, shareOf } from "../../chain/earnings";
import { useChainNow } from "../../chain/hooks/clock";
import { useNetwork } from "../../chain/hooks/context";
import { finalAt, phaseOf } from "../../chain/status";
import { Dispute, Phase, type Round, type Task } from "../../chain/types";
import { Address, Amount, Moment } from "../../ui/chain-values";
import { type Bar, SignedBars } from "../../ui/charts";
import { Select } from "../../ui/field";
import { Card, type Step, Steps } from "../../ui/layout";
import type { Shown } from "./shown";

/** One round after the other: what happens when, and what each data owner's update was worth. */
export function Rounds(shown: Shown) {
  const { rounds, task } = shown.detail;
  const [chosen, setChosen] = useState<number | null>(null);
  const last = rounds.findLast(({ revealedAt }) => revealedAt !== 0) ?? rounds[0];
  const round = rounds.find(({ number }) => number === chosen) ?? last;
  if (round === undefined) return null;
  return (
    <Card
      title="Rounds"
      actions={
        <div className="round-choice">
          <Select
            label="Round"
            value={String(round.number)}
            onChange={(event) => setChosen(Number(event.target.value))}
            options={rounds.map((each) => ({ value: String(each.number), label: optionOf(each, task) }))}
          />
        </div>
      }
    >
      <div className="columns">
        <Course task={task} round={round} />
        <Scores {...shown} round={round} />
      </div>
    </Card>
  );
}

function optionOf(round: Round, task: Task): string {
  const name = `${round.number + 1} of ${task.params.rounds}`;
  if (round.dispute === Dispute.Open) return `${name}, challenged`;
  if (round.dispute === Dispute.Overturned) return `${name}, overturned`;
  return round.revealedAt === 0 ? `${name}, running` : name;
}

/** The round's five acts with their times. */
function Course({ task, round }: { readonly task: Task; readonly round: Round }) {
  const now = useChainNow();
  const phase = round.number === task.round ? phaseOf(task, round, now) : Phase.None;
  const revealed = round.revealedAt !== 0;
  const act = (name: string, mine: Phase, at: number): Step => ({
    name,
    state: revealed || phase > mine ? "done" : phase === mine ? "now" : "next",
    detail: <Moment at={at} />,
  });
  const final = finalAt(task, round);
  const steps: Step[] = [
    act(`Updates sent: ${round.submitted} of ${task.trainerCount}`, Phase.Submitting, round.closesAt),
    act(`Committee commits to its work: ${bits(round.committedMask)} members`, Phase.Committing, round.commitEndsAt),
    act(`Committee opens its work: ${bits(round.openedMask)} members`, Phase.Opening, round.openEndsAt),
    {
      name: revealed ? "Result shown" : `Committee votes: ${bits(round.votedMask)} votes`,
      state: revealed ? "done" : phase === Phase.Overdue ? "failed" : phase === Phase.Voting ? "now" : "next",
      detail: <Moment at={revealed ? round.revealedAt : round.voteEndsAt} />,
    },
    {
      name: disputeWords(round.dispute) ?? (round.settled ? "Final and settled" : "Result becomes final"),
      state:
        round.dispute === Dispute.Overturned
          ? "failed"
          : round.settled || (final !== null && now >= final)
            ? "done"
            : "next",
      detail: final === null ? null : <Moment at={final} />,
    },
  ];
  return (
    <div className="stack tight">
      <h3>Round {round.number + 1}</h3>
      <Steps steps={steps} />
    </div>
  );
}

function disputeWords(dispute: Dispute): string | null {
  if (dispute === Dispute.Open) return "Challenged: the arbiter decides";
  if (dispute === Dispute.Upheld) return "Challenged; the result stands";
  return dispute === Dispute.Overturned ? "Overturned by the arbiter: nobody is paid" : null;
}

function Scores({ detail: { trainers }, events, token, round }: Shown & { readonly round: Round }) {
  const { stakeToken } = useNetwork();
  const { address } = useConnection();
  const words = scoreBook(events).get(round.number);
  if (words === undefined) return <p className="muted">Scores are known when the committee shows its result.</p>;
  const bars = trainers.map((trainer): Bar => {
    const word = words[trainer.index] ?? 0n;
    const mark = markOf(word);
    const share = shareOf(word, round.totalScore);
    const key = trainer.account;
    const label = <Address key={key} address={trainer.account} you={address} />;
    if (mark === "missed") return { key, label, value: null, text: "missed: nothing valid sent" };
    if (mark === "harmful") return { key, label, value: null, text: "harmful: made the model worse" };
    const reward = round.totalScore === 0n ? 0n : (round.basis * word) / round.totalScore;
    const text = (
      <span key={key}>
        {(share * 100).toFixed(1)} % · <Amount amount={reward} token={token} />
      </span>
    );
    return { key, label, value: share, text };
  });
  return (
    <div className="stack tight">
      <SignedBars
        caption={`What each update did for the model: its share of the round's positive scores, and its pay. A score is never below zero here; what was negative is worked off before the next pay.`}
        who="Data owner"
        unit="Share and pay"
        bars={bars}
      />
      <p className="muted small">
        The round released <Amount amount={round.released} token={token} />.
        {round.missShare > 0n ? (
          <>
            {" "}
            Of the penalties for missing it, each who took part gets{" "}
            <Amount amount={round.missShare} token={stakeToken} />.
          </>
        ) : null}
      </p>
    </div>
  );
}

function bits(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}
