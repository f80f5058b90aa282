"""A whole round of a sealed model through the pure functions: honest, with liars, with an owner who is gone."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from deltaml.errors import InvalidMessage
from deltaml.learning import normal_equations
from deltaml.protocol.actions import Action, CommitWork, OpenWork, PostShares, PostSums, Report, Vote
from deltaml.protocol.blobs import close_masked
from deltaml.protocol.messages import ScoreShares, Sums, Work
from deltaml.protocol.score_tree import MISSED, unpack_scores
from deltaml.protocol.sealed.finishing import score_shift
from deltaml.protocol.sealed.messages import OwnerOpenings, SealedUpdate, to_words
from deltaml.protocol.sealed.opening import check_directions
from deltaml.protocol.sealed.owner import OwnerAction, ShowOpenings, TakenStep
from deltaml.protocol.sealed.round import decide
from deltaml.sealing import Ciphertexts, Opening, draw_seeds, encrypt, inner_products
from tests.python.protocol.board import BEACON, address
from tests.python.protocol.sealed.board import (
    SealedTable,
    honest_table,
    integers_of,
    make_rows,
    make_spec,
)

pytestmark = pytest.mark.unit

WAD = 10**18


@pytest.fixture(scope="module")
def honest() -> SealedTable:
    return honest_table().play()


def words_of(table: SealedTable) -> list[int]:
    assert table.revealed is not None
    return unpack_scores(table.revealed[0].scores)


def clear_sum(table: SealedTable) -> list[int]:
    """sum(units * (A w - b)) over all trainers, in plain integers."""
    total = [0] * table.spec.n_parameters
    for trainer, units in enumerate(table.units):
        X, y = make_rows(trainer)
        sign = -1 if trainer == len(table.units) - 1 else 1
        matrix, offset = integers_of(table.spec, normal_equations(X, sign * y, "linear", 0.001))
        for row in range(len(total)):
            product = sum(int(a) * int(w) for a, w in zip(matrix[row], table.weights, strict=True))
            total[row] += units * (product + offset[row])
    return total


def test_all_vote_the_same_and_the_price_of_a_round_is_fixed(honest: SealedTable) -> None:
    assert len(honest.votes) == 4 and len(set(honest.votes.values())) == 1
    assert honest.revealed is not None
    report, state = honest.revealed
    assert report.outcome == Report.SCORED and report.progress_wad == WAD // 6
    assert state is not None and state.round == 1 and state.progress_wad == WAD // 6


def test_the_model_is_the_one_of_the_clear(honest: SealedTable) -> None:
    stepped = honest.stepper(honest.weights, None, clear_sum(honest), sum(honest.units))
    assert (honest.revealed_weights() == stepped.weights).all()
    assert honest.stepper.validation.loss(
        honest.spec.weights_format().decode(stepped.weights)
    ) < honest.stepper.validation.loss(np.zeros(honest.spec.n_parameters))


def test_scores_add_up_to_the_drop_of_the_owners_loss(honest: SealedTable) -> None:
    """Efficiency of Aumann-Shapley; the one whose labels are turned scores below zero, which is carried."""
    words, state = words_of(honest), honest.revealed[1] if honest.revealed else None
    assert state is not None
    assert words[4] == 0 and state.carried[4] < 0 and set(state.carried[:4]) == {0}
    fixed, loss = honest.spec.weights_format(), honest.stepper.validation.loss
    drop = loss(fixed.decode(honest.weights)) - loss(fixed.decode(honest.revealed_weights()))
    unit = 2.0 ** (honest.spec.product_bits + honest.spec.gradient_bits - score_shift(honest.spec))
    assert (sum(words[:4]) + state.carried[4]) / unit == pytest.approx(drop, rel=1e-3)


def lie(kind: type, twist: Callable[[Action], Action | None]) -> Callable[[Action], Action | None]:
    return lambda action: twist(action) if isinstance(action, kind) else action


def wrong_work(action: Action) -> Action:
    assert isinstance(action, CommitWork | OpenWork)
    work = action.work
    return replace(action, work=Work(work.header, work.accepted, work.openings + np.uint64(1)))


def wrong_sums(action: Action) -> Action:
    assert isinstance(action, PostSums)
    sums = action.sums
    hashes = {index: bytes(32) for index in sums.hashes}
    return PostSums(Sums(sums.header, sums.summed, hashes, {i: body + np.uint64(1) for i, body in sums.bodies.items()}))


def wrong_shares(action: Action) -> Action:
    assert isinstance(action, PostShares)
    shares = action.shares
    values = {index: row + np.uint64(1) for index, row in shares.values.items()}
    return PostShares(ScoreShares(shares.header, shares.proposal, values))


LIARS = {
    "gone": lambda action: None,
    "work": lie(CommitWork | OpenWork, wrong_work),  # type: ignore[arg-type]
    "sums": lie(PostSums, wrong_sums),
    "shares": lie(PostShares, wrong_shares),
    "vote": lie(Vote, lambda action: Vote(bytes(32))),
}


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("seat", [0, 2])
def test_one_liar_changes_no_score(honest: SealedTable, liar: str, seat: int) -> None:
    table = honest_table(liars={seat: LIARS[liar]}).play()
    assert words_of(table) == words_of(honest)
    assert (table.revealed_weights() == honest.revealed_weights()).all()


def test_a_trainer_who_sends_nothing_missed(honest: SealedTable) -> None:
    table = honest_table()
    del table.blobs[1]
    words = words_of(table.play())
    assert words[1] == MISSED and words[0] > 0


def test_a_gradient_beyond_the_bound_is_left_out_and_not_fined() -> None:
    table = honest_table()
    matrix, offset = integers_of(table.spec, normal_equations(*make_rows(0), "linear", 0.001))
    table.submit(0, matrix, [value + (1 << 60) for value in offset])
    words = words_of(table.play())
    assert words[0] == 0 and words[1] > 0


def test_a_copied_blob_is_not_accepted(honest: SealedTable) -> None:
    """R14 and R15: the header inside the sealed seeds names another sender."""
    table = honest_table()
    table.blobs[0] = table.blobs[1]
    assert words_of(table.play())[0] == MISSED


def test_another_trainers_ciphertexts_under_own_seeds_earn_nothing() -> None:
    """Byte equality finds no copies of ciphertexts, which re-randomise; masks that don't match them do."""
    table = honest_table()
    n = table.spec.public_key.n
    copied = table.ciphertexts(1)
    fresh = encrypt(table.spec.public_key, [0] * len(copied))
    again = Ciphertexts(copied.key, [a * b % n**2 for a, b in zip(copied.values, fresh.values, strict=True)])
    blob = close_masked(
        SealedUpdate, table.header(address(100)), to_words(again.to_octets()), draw_seeds(4), table.recipients
    )
    table.blobs = {0: blob, **{i: table.blobs[i] for i in range(1, 5)}}
    words = words_of(table.play())
    assert words[0] == 0 and words[1] > 0


def test_too_few_updates_open_nothing() -> None:
    table = honest_table()
    for trainer in (0, 1, 2):
        del table.blobs[trainer]
    words = words_of(table.play())
    assert words == [MISSED, MISSED, MISSED, 0, 0]
    assert table.revealed is not None and table.revealed[1] is not None
    assert table.revealed[1].model == table.state.model and not table.sums and not table.taken


# ---------------------------------------------------------------- the owner


def test_an_owner_who_is_gone_pays_who_submitted(honest: SealedTable) -> None:
    table = honest_table(owner_liar=lambda action: None, tick_seconds=70)
    del table.blobs[3]
    table.play()
    assert table.revealed is not None
    report, state = table.revealed
    assert report.outcome == Report.OWNER_STALLED and state is None and report.progress_wad == WAD // 6
    assert unpack_scores(report.scores) == [1, 2, 1, MISSED, 1]


def test_an_owner_who_takes_the_sum_and_goes_has_stalled() -> None:
    table = honest_table(
        owner_liar=lambda action: None if isinstance(action, TakenStep) else action, tick_seconds=70
    ).play()
    assert table.revealed is not None and table.revealed[0].outcome == Report.OWNER_STALLED
    assert table.sums


def twisted(opening: Opening) -> Opening:
    return Opening(opening.plaintext + 1, opening.randomness)


def wrong_checks(action: OwnerAction) -> OwnerAction:
    if not isinstance(action, ShowOpenings):
        return action
    opened = dict(action.openings.openings)
    opened[2] = [twisted(opening) for opening in opened[2]]
    return ShowOpenings(OwnerOpenings(action.openings.header, opened))


def wrong_scores(action: OwnerAction) -> OwnerAction:
    """He would have trainer 0 paid less."""
    if not isinstance(action, TakenStep):
        return action
    return replace(action, openings=[twisted(action.openings[0]), *action.openings[1:]])


def one_missing(action: OwnerAction) -> OwnerAction:
    if not isinstance(action, ShowOpenings):
        return action
    opened = {trainer: row for trainer, row in action.openings.openings.items() if trainer != 2}
    return ShowOpenings(OwnerOpenings(action.openings.header, opened))


@pytest.mark.parametrize("owner_liar", [wrong_checks, wrong_scores, one_missing])
def test_a_lie_of_the_owner_counts_as_silence(owner_liar: Callable[[OwnerAction], OwnerAction]) -> None:
    table = honest_table(owner_liar=owner_liar, tick_seconds=70).play()
    assert table.revealed is not None and table.revealed[0].outcome == Report.OWNER_STALLED


@pytest.mark.parametrize("post", ["blind_to_openings", "blind_to_steps"])
@pytest.mark.parametrize("seats", [{2, 3}, {0, 1, 2}])
def test_a_post_sealed_to_a_few_members_is_a_stall_to_all(post: str, seats: set[int]) -> None:
    """Else the votes of those who see it and of those who don't would fall apart, and he would pay nobody."""
    table = honest_table(tick_seconds=70, **{post: frozenset(seats)}).play()
    assert table.revealed is not None and table.revealed[0].outcome == Report.OWNER_STALLED
    assert unpack_scores(table.revealed[0].scores) == list(table.units)
    assert len(set(table.votes.values())) == 1


@pytest.mark.parametrize("post", ["blind_to_openings", "blind_to_steps"])
def test_a_member_whom_the_owner_leaves_out_is_not_slashed(honest: SealedTable, post: str) -> None:
    """The others finish without him; at the last call he gives his vote to what they agreed on."""
    table = honest_table(**{post: frozenset({3})}).play()
    assert words_of(table) == words_of(honest) and 3 not in table.votes
    table.now = table.clock.last_call_at
    assert decide(table.view(3)) == Vote(table.votes[0], 0b1111)


def test_a_late_post_of_the_owner_is_not_looked_at() -> None:
    table = honest_table(tick_seconds=70)
    last_call = 3_000 - (3_000 - 1_160) // 4 + 60
    table.owner_liar = lambda action: action if table.now >= last_call or not isinstance(action, TakenStep) else None
    table.play()
    assert table.revealed is not None and table.revealed[0].outcome == Report.OWNER_STALLED


@pytest.mark.parametrize("sign", [0, -1])
def test_a_direction_that_pays_nobody_pays_by_units(sign: int) -> None:
    """The pool goes back to the owner where nobody scores: he must not gain by choosing such a direction."""

    def turned(table: SealedTable) -> Callable[[OwnerAction], OwnerAction]:
        def twist(action: OwnerAction) -> OwnerAction:
            if not isinstance(action, TakenStep):
                return action
            direction = sign * action.direction
            trainers = sorted(table.read_blobs(0)[1])
            rows = [inner_products(table.ciphertexts(i), direction[np.newaxis, :]).values[0] for i in trainers]
            openings = table.key.open(Ciphertexts(table.key.public, rows))
            return replace(action, direction=direction, openings=openings)

        return twist

    table = honest_table()
    # All honest: turned round, the direction scores everybody below zero.
    table.submit(4, *integers_of(table.spec, normal_equations(*make_rows(4), "linear", 0.001)))
    table.owner_liar = turned(table)
    table.play()
    assert words_of(table) == [1, 2, 1, 1, 1]
    assert table.revealed is not None and table.revealed[1] is not None
    assert table.revealed[1].carried == (0,) * 5


def test_a_sum_that_cannot_be_read_leaves_the_model_and_pays_by_units() -> None:
    """Half of an odd number modulo n is no small number; times an even entry of the check it is one. Such an update
    slips through by luck, spoils the sum, and costs no more than the round."""
    table = honest_table()
    entries = check_directions(table.spec, BEACON)[0]
    lucky = next(j for j, entry in enumerate(entries) if entry % 2 == 0)
    half = (table.spec.public_key.n + 1) // 2
    table.submit(0, np.zeros((5, 5), dtype=np.int64), [half if j == lucky else 0 for j in range(5)])
    words = words_of(table.play())
    assert not table.taken[-1].direction.any()
    assert words == list(table.units) and (table.revealed_weights() == table.weights).all()


def test_a_spec_that_opens_too_much_is_refused() -> None:
    spec = make_spec()
    spec.require_terms(9, True, 0)
    for rounds, equal, harm in ((10, True, 0), (1, False, 0), (1, True, 1)):
        with pytest.raises(InvalidMessage):
            spec.require_terms(rounds, equal, harm)
