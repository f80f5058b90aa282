/** The money, and who scores: committees with their terms, the one that fits chosen. */
import { type Committee, formatDuration, formatMoney, type Token } from "../../chain";
import { type CommitteeTerms, isComplete, leastFee, poolLeft } from "../../owner/committee-terms";
import { DISPUTE_FIELDS, MONEY_FIELDS, TIME_FIELDS, TRAINER_FIELDS } from "../../owner/fields";
import { escrowOf } from "../../owner/params";
import { Badge, Card, Empty, ErrorNote, Loading, Note, Select, Table } from "../../ui";
import { RuleFields } from "./rule-field";
import { type DraftForm, visibleProblem } from "./use-draft";
import type { Terms } from "./use-terms";

interface SectionProps {
  readonly form: DraftForm;
  readonly terms: Terms & { readonly rewardToken: Token };
}

export function MoneySection({ form, terms }: SectionProps) {
  const { rewardToken, rewardTokens, chooseToken, params } = terms;
  return (
    <Card title="6. What you pay">
      {rewardTokens.length > 1 ? (
        <Select
          label="Token"
          hint="What you pay in."
          error={form.problems["market.reward_token"] ?? null}
          value={rewardToken.address}
          options={rewardTokens.map((token) => ({ value: token.address, label: token.symbol }))}
          onChange={(event) => chooseToken(event.target.value)}
        />
      ) : null}
      <RuleFields
        rules={MONEY_FIELDS}
        form={form}
        units={{ pool: rewardToken.symbol, fee_per_round: rewardToken.symbol }}
      />
      {params ? (
        <Note tone="active">
          Posting takes <strong>{formatMoney({ token: rewardToken, amount: escrowOf(params) })}</strong> from your
          wallet: the pool and {params.rounds} rounds' fees. What is not earned comes back.
        </Note>
      ) : null}
    </Card>
  );
}

export function CommitteeSection({ form, terms }: SectionProps) {
  const error = visibleProblem(form, "market", "committee");
  return (
    <Card title="7. The committee that scores">
      <p>
        A committee of independent operators checks the updates, opens only their sum, measures the model on your file
        and scores every data owner. Its members put down a stake that they lose when they fail or lie.
      </p>
      <Committees form={form} terms={terms} />
      {error ? <ErrorNote>{error}</ErrorNote> : null}
      <details>
        <summary>Disputes</summary>
        <div className="columns folded">
          <RuleFields rules={DISPUTE_FIELDS} form={form} units={{ challenge_bond: terms.stakeToken.symbol }} />
        </div>
      </details>
    </Card>
  );
}

export function TrainersSection({ form, terms }: SectionProps) {
  const stake = terms.stakeToken.symbol;
  return (
    <Card title="8. Data owners and time">
      <RuleFields rules={TRAINER_FIELDS} form={form} units={{ unit_stake: stake, miss_penalty: stake }} />
      <RuleFields rules={TIME_FIELDS} form={form} />
    </Card>
  );
}

function Committees({ form, terms }: SectionProps) {
  const { all, rewardToken, stakeToken } = terms;
  const chosen = form.draft.market?.committee;
  if (all.isPending) return <Loading what="committees" />;
  if (all.isError) return <ErrorNote onRetry={() => void all.refetch()}>The chain did not answer.</ErrorNote>;
  if (all.data.length === 0) return <Empty>There is no committee yet. Anybody can found one.</Empty>;
  return (
    <Table<CommitteeTerms>
      caption="Committees and their terms"
      hideCaption
      rows={all.data}
      rowKey={({ committee }) => committee.id.toString()}
      columns={[
        {
          name: "Committee",
          head: true,
          cell: ({ committee }) => (
            <label className="check">
              <input
                type="radio"
                name="committee"
                checked={chosen === Number(committee.id)}
                disabled={!isComplete(committee)}
                onChange={() => form.set("market", "committee", Number(committee.id))}
              />
              <span>
                Committee {committee.id.toString()} <CommitteeBadge committee={committee} />
              </span>
            </label>
          ),
        },
        { name: "Members", end: true, cell: ({ committee }) => `${committee.enrolled} of ${committee.size}` },
        {
          name: "Their stake",
          end: true,
          cell: ({ committee }) => formatMoney({ token: stakeToken, amount: committee.stakeTotal }),
        },
        { name: "Covers a pool of", end: true, cell: (row) => coveredPool(row, rewardToken) },
        {
          name: "Least fee per round",
          end: true,
          cell: (row) => (row.rateWad === 0n ? "–" : formatMoney({ token: rewardToken, amount: leastFee(row) })),
        },
        {
          name: "Least time to commit, to vote",
          end: true,
          cell: ({ committee }) =>
            `${formatDuration(committee.minCommitWindow)}, ${formatDuration(committee.minVoteWindow)}`,
        },
      ]}
    />
  );
}

function CommitteeBadge({ committee }: { readonly committee: Committee }) {
  if (committee.retired) return <Badge>retired</Badge>;
  return isComplete(committee) ? <Badge tone="good">ready</Badge> : <Badge tone="waiting">not complete</Badge>;
}

function coveredPool(row: CommitteeTerms, token: Token): string {
  if (row.rateWad === 0n) return `no ${token.symbol}`;
  return formatMoney({ token, amount: poolLeft(row) });
}
