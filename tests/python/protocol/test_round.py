"""A whole round through the pure functions: honest, with liars, with members who are gone."""

from dataclasses import replace

import numpy as np
import pytest

from deltaml.learning import aumann_shapley, path_gradient
from deltaml.protocol import stages
from deltaml.protocol.actions import (
    Action,
    CommitWork,
    OpenWork,
    PostShares,
    PostSums,
    Propose,
    Report,
    Reveal,
    Vote,
    Wait,
)
from deltaml.protocol.ballot import Memo
from deltaml.protocol.messages import Proposal, ScoreShares, Sums, Work
from deltaml.protocol.round import decide
from deltaml.protocol.score_tree import HARMFUL, MISSED, unpack_scores
from deltaml.protocol.stepping import initial_state
from tests.python.protocol.board import TURN_SECONDS, Liar, Table, make_spec, make_validation

pytestmark = pytest.mark.unit

UNITS = (1, 2, 1, 3, 1)


def make_table(n: int = 4, liars: dict[int, Liar] | None = None, **changes: object) -> Table:
    spec, validation = make_spec(**changes), make_validation()
    state = replace(initial_state(spec, validation, 0), carried=(0,) * len(UNITS))
    return Table(spec, validation, state, [state.weights], UNITS, n, liars or {})


def updates_of(table: Table) -> np.ndarray:
    """Five trainers: four go downhill in their own way, the last one uphill."""
    model, fixed = table.spec.model(), table.spec.weights_format()
    rng = np.random.default_rng(7)
    downhill = -model.gradient(fixed.decode(table.state.weights), table.validation.X, table.validation.y)
    rows = [0.6 * downhill + 0.05 * rng.normal(size=len(downhill)) for _ in range(4)] + [-0.4 * downhill]
    return np.stack([fixed.encode(row) for row in rows])


def played(table: Table, skip: tuple[int, ...] = ()) -> Table:
    for trainer, update in enumerate(updates_of(table)):
        if trainer not in skip:
            table.submit(trainer, update)
    table.play()
    return table


def scores_of(table: Table) -> list[int]:
    assert table.revealed is not None
    return unpack_scores(table.revealed[0].scores)


@pytest.fixture(scope="module")
def honest() -> Table:
    return played(make_table())


def test_everybody_votes_the_same(honest: Table) -> None:
    assert len(set(honest.votes.values())) == 1


def test_next_weights_are_the_stake_weighted_mean_and_the_public_step(honest: Table) -> None:
    assert honest.revealed is not None
    state = honest.revealed[1]
    assert state is not None
    fixed = honest.spec.weights_format()
    mean = np.average(fixed.decode(updates_of(honest)), axis=0, weights=UNITS)
    moved = fixed.decode(state.weights - honest.state.weights)
    # One public step is known, the one just taken: the model may only have gone further along it.
    cosine = float(mean @ moved / np.linalg.norm(mean) / np.linalg.norm(moved))
    assert cosine == pytest.approx(1, abs=1e-6)
    assert state.loss_micro < honest.state.loss_micro


def test_scores_are_aumann_shapley_values(honest: Table) -> None:
    model, fixed = honest.spec.model(), honest.spec.weights_format()
    updates = fixed.decode(updates_of(honest))
    start = fixed.decode(honest.state.weights)
    h = path_gradient(
        lambda w: model.gradient(w, honest.validation.X, honest.validation.y),
        start,
        np.average(updates, axis=0, weights=UNITS),
    )
    expected = aumann_shapley(updates, UNITS, h) * 2.0 ** (honest.spec.fraction_bits + honest.spec.gradient_bits)
    scores = scores_of(honest)
    assert scores[4] == HARMFUL and expected[4] < 0
    assert scores[:4] == pytest.approx(expected[:4], rel=1e-5)


def test_harm_is_carried(honest: Table) -> None:
    assert honest.revealed is not None and honest.revealed[1] is not None
    carried = honest.revealed[1].carried
    assert carried[:4] == (0, 0, 0, 0) and carried[4] < 0


def test_who_sent_nothing_missed() -> None:
    table = played(make_table(), skip=(1,))
    assert scores_of(table)[1] == MISSED
    assert MISSED not in [score for index, score in enumerate(scores_of(table)) if index != 1]


def test_too_few_updates_open_no_sum() -> None:
    table = played(make_table(), skip=(0, 1, 2))
    assert scores_of(table) == [MISSED, MISSED, MISSED, 0, 0]
    assert not table.sums
    assert table.revealed is not None and table.revealed[1] is not None
    assert np.array_equal(table.revealed[1].weights, table.state.weights)


def test_uphill_updates_are_left_out_when_the_task_says_so(honest: Table) -> None:
    table = played(make_table(drop_negative=True))
    assert scores_of(table)[4] == 0
    assert table.revealed is not None and honest.revealed is not None
    assert table.revealed[1] is not None and honest.revealed[1] is not None
    assert table.revealed[1].carried[4] < 0, "leaving out would be an escape"


def test_leaving_out_never_stops_a_round() -> None:
    """Three of five are there, one of them uphill: all are summed, and he harmed."""
    table = played(make_table(drop_negative=True), skip=(0, 1))
    assert table.sums and scores_of(table)[4] == HARMFUL
    assert all(0 < score < HARMFUL for score in scores_of(table)[2:4])


def test_an_update_of_five_times_the_norm_is_refused() -> None:
    table = make_table()
    updates = updates_of(table)
    rng = np.random.default_rng(3)
    direction = rng.normal(size=updates.shape[1])
    updates[2] = table.spec.weights_format().encode(40 * direction / np.linalg.norm(direction))
    for trainer, update in enumerate(updates):
        table.submit(trainer, update)
    table.play()
    assert scores_of(table)[2] == MISSED


def test_a_copied_blob_is_refused() -> None:
    table = make_table()
    for trainer, update in enumerate(updates_of(table)):
        table.submit(trainer, update)
    table.blobs[3] = table.blobs[0]
    table.play()
    assert scores_of(table)[3] == MISSED
    assert scores_of(table)[0] not in (MISSED, HARMFUL)


def gone(action: Action) -> Action | None:
    del action
    return None


def lie_about_work(action: Action) -> Action:
    if isinstance(action, OpenWork):
        return OpenWork(
            Work(action.work.header, action.work.accepted, action.work.openings + np.uint64(1)), action.salt
        )
    return action


def lie_about_sums(action: Action) -> Action:
    if isinstance(action, PostSums):
        sums = action.sums
        bodies = {index: body + np.uint64(5) for index, body in sums.bodies.items()}
        return PostSums(Sums(sums.header, sums.summed, {index: bytes(32) for index in sums.hashes}, bodies))
    return action


def lie_about_the_step(action: Action) -> Action:
    if isinstance(action, Propose):
        proposal: Proposal = replace(action.proposal, path_gradient=-action.proposal.path_gradient)
        return Propose(proposal)
    return action


def lie_about_progress(action: Action) -> Action:
    if isinstance(action, Propose):
        return Propose(replace(action.proposal, progress_wad=10**18))
    return action


def propose_a_poor_public_step(action: Action) -> Action:
    if isinstance(action, Propose):
        return Propose(replace(action.proposal, coefficients=tuple(-c - 2**24 for c in action.proposal.coefficients)))
    return action


def lie_about_shares(action: Action) -> Action:
    if isinstance(action, PostShares):
        shares = action.shares
        values = {index: row + np.uint64(9) for index, row in shares.values.items()}
        return PostShares(ScoreShares(shares.header, shares.proposal, values))
    return action


def vote_otherwise(action: Action) -> Action:
    return Vote(bytes([7]) * 32) if isinstance(action, Vote) else action


LIARS = [
    gone,
    lie_about_work,
    lie_about_sums,
    lie_about_the_step,
    lie_about_progress,
    propose_a_poor_public_step,
    lie_about_shares,
    vote_otherwise,
]


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("seat", [0, 3])
def test_one_liar_of_four_changes_no_score(honest: Table, liar: Liar, seat: int) -> None:
    table = played(make_table(liars={seat: liar}))
    assert scores_of(table) == scores_of(honest)
    assert table.revealed is not None and honest.revealed is not None
    assert table.revealed[0].model_digest == honest.revealed[0].model_digest


@pytest.mark.parametrize(
    ("first", "second"), [(gone, gone), (lie_about_sums, lie_about_the_step), (gone, lie_about_work)]
)
def test_two_liars_of_seven_change_no_score(honest: Table, first: Liar, second: Liar) -> None:
    table = played(make_table(n=7, liars={0: first, 4: second}))
    assert scores_of(table) == scores_of(honest)


def test_two_gone_of_four_stop_the_round() -> None:
    table = played(make_table(liars={1: gone, 2: gone}))
    assert table.revealed is None


def gone_after_opening(action: Action) -> Action | None:
    return action if isinstance(action, CommitWork | OpenWork) else None


def test_who_can_not_finish_votes_to_abort_while_there_is_time() -> None:
    table = played(make_table(liars={1: gone_after_opening, 2: gone_after_opening}))
    aborted = Report(Report.ABORTED, bytes(32), 0, b"")
    assert not table.votes, "two of four can open nothing"
    clock = table.view(0).clock
    for table.now, expected in ((clock.last_call_at - 1, Wait), (clock.last_call_at, Vote)):
        for seat in (0, 3):
            view = table.view(seat)
            assert isinstance(view.ballot.or_abort(decide(view), aborted), expected)


def test_an_abort_with_a_quorum_is_revealed() -> None:
    table = played(make_table(liars={1: gone_after_opening, 2: gone_after_opening}))
    aborted = Report(Report.ABORTED, bytes(32), 0, b"")
    table.now = table.view(0).clock.last_call_at
    votes = [table.view(seat).ballot.or_abort(Wait(""), aborted) for seat in (0, 3)]
    assert isinstance(votes[0], Vote) and votes[0] == votes[1]
    table.votes = dict.fromkeys((0, 1, 3), votes[0].report_hash)
    table.quorum = votes[0].report_hash, table.now
    table.now += TURN_SECONDS
    assert table.view(0).ballot.or_abort(Wait(""), aborted) == Reveal(aborted, None)


def test_whoever_still_works_is_not_hurried_to_abort(honest: Table) -> None:
    ballot = honest.view(0).ballot
    late = replace(ballot, clock=replace(ballot.clock, now=ballot.clock.last_call_at))
    voting = Vote(bytes([1]) * 32)
    assert late.or_abort(voting, Report(Report.ABORTED, bytes(32), 0, b"")) is voting
    # He voted for a report that has a quorum: it is for others to reveal it, and his reason to wait stays.
    waiting = Wait("another member's turn")
    assert late.or_abort(waiting, Report(Report.ABORTED, bytes(32), 0, b"")) is waiting


def test_nobody_posts_sums_for_two_sets() -> None:
    table = played(make_table(liars={0: lie_about_work}))
    for seat in range(4):
        sets = {action.sums.summed for who, action in table.log if who == seat and isinstance(action, PostSums)}
        assert len(sets) <= 1


def test_a_restarted_member_decides_the_same() -> None:
    """Without memo, as after kill -9: at each step the fresh member would do what the old one does."""
    table = make_table()
    for trainer, update in enumerate(updates_of(table)):
        table.submit(trainer, update)
    table.memos = [type(table.memos[0])() for _ in range(4)]
    original = table.view

    def forgetful(seat: int):
        return replace(original(seat), memo=type(table.memos[0])())

    table.view = forgetful  # type: ignore[method-assign]
    table.play()
    assert scores_of(table)[4] == HARMFUL


def test_a_report_is_an_outcome_with_a_digest(honest: Table) -> None:
    assert honest.revealed is not None
    report, state = honest.revealed
    assert report.outcome == Report.SCORED and state is not None
    assert report.model_digest == state.document().digest
    assert not any(isinstance(action, Wait) for _, action in honest.log)


@pytest.mark.parametrize("late", [(4,), (0,), (1, 3), (0, 2, 4)])
def test_what_was_committed_is_opened_though_other_blobs_came_late(late: tuple[int, ...]) -> None:
    table = make_table()
    updates = updates_of(table)
    for trainer in set(range(len(UNITS))) - set(late):
        table.submit(trainer, updates[trainer])
    committed = decide(table.view(0))
    assert isinstance(committed, CommitWork)
    for seat in range(4):
        table._do(seat, decide(table.view(seat)))
    for trainer in late:
        table.submit(trainer, updates[trainer])
    for _ in range(2):
        opened = decide(table.view(0))
        assert isinstance(opened, OpenWork)
        assert opened.work.document().digest == committed.work.document().digest
        assert opened.work.accepted == committed.work.accepted
        # Once more with another memory, as after a restart.
        table.memos[0] = Memo()


def test_too_many_late_blobs_to_guess_cost_no_more_than_the_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "MAX_GUESSES", 1)
    table = make_table()
    updates = updates_of(table)
    for trainer in range(4):
        table.submit(trainer, updates[trainer])
    for seat in range(4):
        table._do(seat, decide(table.view(seat)))
    table.submit(4, updates[4])
    table.memos[0] = Memo()
    opened = decide(table.view(0))
    assert isinstance(opened, OpenWork), "the market will say no, and the round goes on without his work"
