import { Link } from "wouter";
import { useNetwork } from "../../chain/hooks/context";
import { useCommittee } from "../../chain/hooks/queries";
import { Address, Amount, Duration } from "../../ui/chain-values";
import { Card, Facts } from "../../ui/layout";
import type { Shown } from "./shown";

/** Who measures and votes, and in which times. */
export function TaskCommittee({ detail: { task } }: Shown) {
  const { params } = task;
  const { stakeToken } = useNetwork();
  const { data: committee } = useCommittee(params.committeeId);
  const tolerated = committee ? (committee.size - 1) / 3 : 0;
  return (
    <Card title="People and times">
      <Facts
        items={[
          ["Posted by", <Address key="owner" address={task.owner} />],
          [
            "Committee",
            <span key="committee">
              <Link href={`/committee/${params.committeeId}`}>Committee {`${params.committeeId}`}</Link>
              {committee
                ? `, ${committee.size} members; results hold even if ${tolerated === 1 ? "one lies" : `${tolerated} lie`} or ${tolerated === 1 ? "is" : "are"} gone`
                : ""}
            </span>,
          ],
          committee
            ? [
                "Its stake",
                <span key="stake">
                  <Amount amount={committee.stakeTotal} token={stakeToken} /> in all, lost in part by members who are
                  absent or vote wrongly
                </span>,
              ]
            : null,
          ["To send an update", <Duration key="submit" seconds={params.submitWindow} />],
          [
            "To commit and open",
            <span key="commit">
              <Duration seconds={params.commitWindow} /> each
            </span>,
          ],
          ["To vote", <Duration key="vote" seconds={params.voteWindow} />],
          ["Until pay is final", <Duration key="challenge" seconds={params.challengeWindow} />],
        ]}
      />
    </Card>
  );
}
