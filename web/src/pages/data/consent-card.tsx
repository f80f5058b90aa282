/** From a file that fits to a signed consent, and from there to joining. */
import { useState } from "react";
import { useConnection, useSignTypedData } from "wagmi";
import { chainNow, formatMoney, type Task, useNetwork, useToken } from "../../chain";
import { isRejection } from "../../chain/errors";
import { formatDate } from "../../chain/time";
import { messageOf } from "../../core/errors";
import type { Spec } from "../../core/specs";
import { type Consent, consentTypedData, drawNonce, privacyText } from "../../data/consent";
import { keepConsent } from "../../data/consent-keeping";
import { type TrainerView, taskKey } from "../../data/decide";
import { columnsOf } from "../../data/policy-check";
import { Button, Card, Empty, ErrorNote, Facts, Field, LinkButton, Note, Select } from "../../ui";
import { reasonsAgainst } from "./fit";
import { JoinCard } from "./join-card";
import { type KeptDataSet, useDataSets, useDevice, useRefreshDevice } from "./use-device";
import type { Participation } from "./use-participation";
import { asSentence } from "./words";

const MICRO = 1_000_000;
const DAY = 86_400;

interface ConsentCardProps {
  readonly task: Task;
  readonly spec: Spec;
  readonly part: Participation;
  readonly view: TrainerView;
}

export function ConsentCard(props: ConsentCardProps) {
  const { part, spec, view } = props;
  const sets = useDataSets();
  const [wanted, choose] = useState<string | null>(null);
  const standing = view.consent !== null && view.consent.withdrawnAt === 0n;
  if (standing) return <JoinCard part={part} view={view} />;
  if (!sets.data) return null;
  if (sets.data.length === 0) {
    return (
      <Empty
        action={
          <LinkButton kind="primary" href="#/data">
            Connect your data
          </LinkButton>
        }
      >
        To take part, connect a file with these columns. It stays on this device.
      </Empty>
    );
  }
  const judged = sets.data.map((kept) => ({ kept, reasons: reasonsAgainst(kept, view.snapshot, spec) }));
  const fitting = judged.find(({ reasons }) => reasons.length === 0);
  const shown = judged.find(({ kept }) => kept.facts.digest === wanted) ?? fitting ?? judged[0];
  if (shown === undefined) return null;
  return (
    <Card title="Your consent">
      {judged.length > 1 ? (
        <Select
          label="Your file"
          value={shown.kept.facts.digest}
          options={judged.map(({ kept, reasons }) => ({
            value: kept.facts.digest,
            label: reasons.length === 0 ? kept.facts.name : `${kept.facts.name} (does not fit)`,
          }))}
          onChange={(event) => choose(event.target.value)}
        />
      ) : null}
      {shown.reasons.length > 0 ? (
        <Note tone="waiting">
          <p>{shown.kept.facts.name} can't be used for this task:</p>
          <ul>
            {shown.reasons.map((reason) => (
              <li key={reason}>{asSentence(reason)}</li>
            ))}
          </ul>
          <LinkButton small href="#/data">
            Change what I allow
          </LinkButton>
        </Note>
      ) : (
        <SignConsent {...props} kept={shown.kept} key={shown.kept.facts.digest} />
      )}
    </Card>
  );
}

function SignConsent({ task, spec, part, kept }: ConsentCardProps & { readonly kept: KeptDataSet }) {
  const network = useNetwork();
  const { address } = useConnection();
  const reward = useToken(task.params.rewardToken);
  const { data: device } = useDevice();
  const { signTypedDataAsync } = useSignTypedData();
  const refresh = useRefreshDevice();
  const { facts, policy } = kept;
  const [purpose, setPurpose] = useState(policy.purposes.length === 1 ? (policy.purposes[0] ?? "") : "");
  const [units, setUnits] = useState("1");
  const [error, setError] = useState<string | null>(null);
  const floor = policy.rewards.find(({ token }) => token.toLowerCase() === task.params.rewardToken.toLowerCase());
  const stakeUnits = Number(units);
  const unitsWrong = !Number.isInteger(stakeUnits) || stakeUnits < 1 || stakeUnits > task.params.maxUnits;
  const expiresAt = expiryOf(task);
  const sign = async () => {
    if (address === undefined || device === undefined) return;
    const consent: Consent = {
      task: task.id,
      market: network.market,
      chain: network.chainId,
      account: address,
      dataSet: facts.digest,
      columns: columnsOf(spec),
      purpose,
      rewardToken: task.params.rewardToken,
      minimumRewardPerRound: floor?.minimumPerRound ?? 0n,
      privacy: policy.privacy,
      noiseMicro: policy.noiseMicro,
      stakeUnits,
      expiresAt,
      nonce: drawNonce(),
    };
    try {
      const signature = await signTypedDataAsync(consentTypedData(consent));
      const key = taskKey({ chainId: network.chainId, market: network.market, taskId: task.id });
      await keepConsent(device, key, { consent, signature, signedAt: BigInt(chainNow()), withdrawnAt: 0n });
      setError(null);
      await refresh();
      await part.look();
    } catch (problem) {
      setError(isRejection(problem) ? "You declined. Nothing was signed." : messageOf(problem));
    }
  };
  return (
    <>
      <p>
        The task's owner says it is for: <q>{spec.purpose}</q>
      </p>
      <Select
        label="Which of the purposes you allow is that?"
        value={purpose}
        options={[{ value: "", label: "Choose…" }, ...policy.purposes.map((each) => ({ value: each, label: each }))]}
        onChange={(event) => setPurpose(event.target.value)}
      />
      {task.params.maxUnits > 1 ? (
        <Field
          label="Stake units"
          hint={`Your weight in the sum, and your pay, grow with your stake: 1 to ${task.params.maxUnits}.`}
          error={unitsWrong ? `A whole number from 1 to ${task.params.maxUnits}.` : null}
          inputMode="numeric"
          value={units}
          onChange={(event) => setUnits(event.target.value)}
        />
      ) : null}
      <h3>What you sign</h3>
      <Facts
        items={[
          ["Your file", `${facts.name}, ${facts.rows.toLocaleString("en")} rows. Only its fingerprint is named.`],
          ["Columns", columnsOf(spec).join(", ")],
          [
            "At least",
            reward && floor
              ? `${formatMoney({ token: reward, amount: floor.minimumPerRound })} for an equal share of a round`
              : "–",
          ],
          ["Privacy", asSentence(privacyText(policy.privacy))],
          ["Your own noise", policy.noiseMicro === 0 ? "none" : String(policy.noiseMicro / MICRO)],
          ["Until", formatDate(Number(expiresAt))],
        ]}
      />
      <p className="small muted">
        The signature costs nothing and stays on this device. You can withdraw it at any time: nothing is trained or
        sent after that, and missed rounds cost stake as agreed.
      </p>
      {error ? <ErrorNote>{error}</ErrorNote> : null}
      <div className="row">
        <Button kind="primary" disabled={purpose === "" || unitsWrong} onClick={() => void sign()}>
          Agree and sign
        </Button>
      </div>
    </>
  );
}

/** When the last round can have ended, and a day. */
function expiryOf({ joinEndsAt, params }: Task): bigint {
  const round = params.submitWindow + params.voteWindow + params.commitWindow;
  return BigInt(joinEndsAt + params.rounds * round + DAY);
}
