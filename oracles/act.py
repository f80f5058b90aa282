"""Carrying out a decision: post to IPFS first, then one transaction that points to it."""

from collections.abc import Sequence

from deltaml.board import Snapshot
from deltaml.chain import Call, Deployment, Receipt, Writer, calls
from deltaml.chain.types import Outcome
from deltaml.chain.types import Report as ChainReport
from deltaml.protocol.actions import (
    Action,
    CancelTask,
    ClaimExpired,
    ClaimFees,
    CloseTask,
    CommitWork,
    ExpireTask,
    OpenWork,
    PostShares,
    PostSums,
    Propose,
    Publishable,
    PublishState,
    Reveal,
    SettleRound,
    StartTask,
    Vote,
    Wait,
)
from deltaml.protocol.document import Document, publish_sealed
from deltaml.protocol.hashes import work_commitment
from deltaml.protocol.kinds import Kind
from deltaml.storage import Store
from oracles.view import Audience


class Actor:
    """Acts for the member `account`."""

    def __init__(self, deployment: Deployment, writer: Writer, store: Store, account: str) -> None:
        self._deployment = deployment
        self._writer = writer
        self._store = store
        self._account = account

    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> Receipt | None:
        """Posts what the action needs and sends its transaction; its receipt, None when nothing was sent.

        Raises Unavailable or Reverted (a `Refused`).
        """
        call = self._call(action, snapshot, audience)
        return None if call is None else self._writer.send(call)

    def _call(self, action: Action, snapshot: Snapshot, audience: Audience) -> Call | None:
        where, task, number = self._deployment, snapshot.task_id, snapshot.task.round
        match action:
            case Wait():
                return None
            case CommitWork(work, salt):
                digest = work.document().digest
                commitment = work_commitment(digest, work.accepted, salt, self._account, task, number)
                return calls.commit_work(where, task, number, commitment)
            case OpenWork(work, salt):
                document = work.document()
                opening = calls.open_work(where, task, number, document.digest, work.accepted, salt)
                return calls.multicall([opening, self._announce(snapshot, Kind.WORK, document, audience.committee)])
            case PostSums(sums):
                return self._announce(snapshot, Kind.SUMS, sums.document(), audience.sums)
            case Propose(proposal):
                return self._announce(snapshot, Kind.PROPOSAL, proposal.document(), audience.committee)
            case PostShares(shares):
                return self._announce(snapshot, Kind.SHARES, shares.document(), audience.committee)
            case Vote(report_hash, vouched):
                return calls.vote(where, task, number, report_hash, vouched)
            case Reveal(report, state):
                outcome = Outcome(report.outcome)
                shown = ChainReport(outcome, report.model_digest, report.progress_wad, report.scores)
                reveal = calls.reveal(where, task, number, shown)
                return (
                    reveal
                    if state is None
                    else calls.multicall([reveal, self._state(snapshot, number, state, audience.states)])
                )
            case PublishState(state):
                return self._state(snapshot, number - 1, state, audience.states)
            case _:
                return self._housekeeping(action, task)

    def _housekeeping(self, action: Action, task: int) -> Call:
        where = self._deployment
        match action:
            case StartTask():
                return calls.start(where, task)
            case CancelTask():
                return calls.cancel(where, task)
            case ExpireTask():
                return calls.expire(where, task)
            case SettleRound(settled):
                return calls.settle(where, task, settled)
            case CloseTask():
                return calls.close(where, task)
            case ClaimExpired():
                return calls.claim_expired(where, task)
            case ClaimFees(rounds):
                return calls.claim_fees(where, task, rounds, self._account)
        raise TypeError(f"no transaction is known for {action!r}")

    def _announce(self, snapshot: Snapshot, kind: Kind, document: Document, recipients: Sequence[bytes]) -> Call:
        digest = publish_sealed(document, recipients, self._store)
        return calls.announce(self._deployment, snapshot.task_id, snapshot.task.round, kind, digest)

    def _state(self, snapshot: Snapshot, number: int, state: Publishable, readers: Sequence[bytes]) -> Call:
        digest = publish_sealed(state.document(), readers, self._store)
        return calls.announce(self._deployment, snapshot.task_id, number, Kind.STATE, digest)
