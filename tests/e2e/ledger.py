"""The money of a task in plain Python, from what the chain says happened: who must have what in the end, to the wei."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deltaml.board import Snapshot
from deltaml.chain import Block, Market
from deltaml.chain.events import FeesClaimed, Refunded, RewardClaimed
from deltaml.chain.types import Outcome, RoundState, Status
from deltaml.protocol.score_tree import MISSED, unpack_scores
from scripts.localnet import Localnet

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

WAD = 10**18


@dataclass(frozen=True)
class Holding:
    """Wei of the reward token, and of the stake token in wallet and vault together."""

    reward: int
    stake: int


def holdings(market: Market, accounts: Sequence[str], block: Block) -> dict[str, Holding]:
    where, reads = market.deployment, market.reads
    assert where.reward_token is not None
    found = {}
    for account in accounts:
        reward, wallet, deposit = market.read_all(
            [
                reads.token_balance(where.reward_token, account),
                reads.token_balance(where.stake_token, account),
                reads.deposit_of(account),
            ],
            block,
        )
        found[account] = Holding(reward, wallet + deposit)
    return found


def pot_of_vault(net: Localnet, block: Block) -> int:
    """Wei of slashed stake that nobody has collected: what the vault has beyond everybody's deposits."""
    market, where = Market(net.chain, net.deployment), net.deployment
    deposits = market.read_all([market.reads.deposit_of(person.account) for person in net.people.values()], block)
    return market.token_balance(where.stake_token, where.vault, block) - sum(deposits)


@dataclass(frozen=True)
class Terms:
    """Who is who, by position: accounts of trainers (one unit each) and members, and what a missed vote costs."""

    owner: str
    trainers: Sequence[str]
    members: Sequence[str]
    fault_penalty: int

    def seated(self, mask: int) -> list[str]:
        """The members whose bit is set."""
        return [member for seat, member in enumerate(self.members) if mask >> seat & 1]


def expected_changes(
    snapshot: Snapshot, rounds: Sequence[RoundState], terms: Terms
) -> tuple[Counter[str], Counter[str]]:
    """Change of reward and of stake wei by account, over the whole task: rules R2, R4, R5 and R6 once more."""
    reward: Counter[str] = Counter()
    stake: Counter[str] = Counter()
    params, best = snapshot.task.params, 0
    for number, state in enumerate(rounds):
        revealed = snapshot.reveals.get(number)
        if revealed is None:
            _expired(snapshot, state, number, terms, stake)
            continue
        if revealed.outcome is Outcome.SCORED:
            words = unpack_scores(revealed.scores)
            _scored(words, params.pool * max(0, revealed.progress_wad - best) // WAD, terms, reward)
            _missed(words, params.miss_penalty, terms, stake)
            best = max(best, revealed.progress_wad)
        matched = terms.seated(state.matched_mask)
        earners = terms.seated(state.opened_mask & state.matched_mask & state.vouched_mask)
        for member in earners:
            reward[member] += params.fee_per_round // len(earners)
        _faults(matched, matched, terms, stake)
    reward[terms.owner] -= sum(reward.values())
    return reward, stake


def _scored(words: Sequence[int], basis: int, terms: Terms, reward: Counter[str]) -> None:
    scores = [word if word <= 2**63 else 0 for word in words]
    for trainer, score in zip(terms.trainers, scores, strict=True):
        reward[trainer] += score * basis // sum(scores) if score else 0


def _missed(words: Sequence[int], penalty: int, terms: Terms, stake: Counter[str]) -> None:
    missing = [trainer for trainer, word in zip(terms.trainers, words, strict=True) if word == MISSED]
    accepted = [trainer for trainer in terms.trainers if trainer not in missing]
    if accepted:
        for trainer in missing:
            stake[trainer] -= penalty
        _share(len(missing) * penalty, accepted, terms.owner, stake)


def _faults(spared: Sequence[str], receivers: Sequence[str], terms: Terms, stake: Counter[str]) -> None:
    guilty = [member for member in terms.members if member not in spared]
    for member in guilty:
        stake[member] -= terms.fault_penalty
    _share(len(guilty) * terms.fault_penalty, receivers, terms.owner, stake)


def _expired(snapshot: Snapshot, state: RoundState, number: int, terms: Terms, stake: Counter[str]) -> None:
    assert snapshot.status is Status.FAILED
    if any(state.quorum_hash):
        return
    submitters = [terms.trainers[index] for index in sorted(snapshot.submissions(number))]
    voters = terms.seated(state.voted_mask)
    _faults(voters, submitters or voters, terms, stake)


def _share(pot: int, receivers: Sequence[str], owner: str, stake: Counter[str]) -> None:
    """Equal parts; what does not divide is the owner's."""
    for receiver in receivers:
        stake[receiver] += pot // len(receivers)
    stake[owner] += pot - pot // len(receivers) * len(receivers) if receivers else pot


def assert_every_wei_of_all(scenes: Sequence["Scene"], fault_penalty: int) -> None:
    """The same for tasks that went on side by side with one committee, all prepared before any was posted."""
    net, crew = scenes[0].net, scenes[0].crew
    reward: Counter[str] = Counter()
    stake: Counter[str] = Counter()
    before: dict[str, Holding] = {}
    for scene in scenes:
        snapshot = scene.look()
        trainers = [trainer.account for trainer in snapshot.trainers]
        terms = Terms(scene.owner.account, trainers, [member.account for member in crew.members], fault_penalty)
        of_task = expected_changes(snapshot, scene.rounds(snapshot), terms)
        reward.update(of_task[0])
        stake.update(of_task[1])
        before = {**scene.before, **before}
    block = net.chain.head()
    after = holdings(scenes[0].market, list(before), block)
    names = {person.account: name for name, person in net.people.items()} | {net.deployment.market: "market"}
    changed = {names[a]: (after[a].reward - was.reward, after[a].stake - was.stake) for a, was in before.items()}
    assert changed == {names[account]: (reward[account], stake[account]) for account in before}
    assert changed["market"] == (0, 0)
    assert pot_of_vault(net, block) == scenes[0].pot_before


def assert_every_wei(scene: "Scene", snapshot: Snapshot, fault_penalty: int) -> None:
    """Nobody has a wei more or less than the rules say, and neither market nor vault keeps anything of the task."""
    market, where, block = scene.market, scene.net.deployment, snapshot.block
    terms = Terms(
        scene.owner.account,
        [trainer.account for trainer in snapshot.trainers],
        [member.account for member in scene.crew.members],
        fault_penalty,
    )
    reward, stake = expected_changes(snapshot, scene.rounds(snapshot), terms)
    names = {person.account: person.name for person in scene.people} | {where.market: "market"}
    changed = {names[account]: change for account, change in scene.gains(snapshot).items()}
    assert changed == {name: (reward[account], stake[account]) for account, name in names.items()}
    # The task neither makes nor keeps money: nothing of it is left in the market, nor in the vault's pot.
    assert changed["market"] == (0, 0)
    assert sum(change[0] for change in changed.values()) == 0
    assert sum(change[1] for change in changed.values()) == 0
    assert pot_of_vault(scene.net, block) == scene.pot_before

    params = snapshot.task.params
    rewards = sum(event.reward for event in snapshot.of(RewardClaimed))
    fees = sum(event.fees for event in snapshot.of(FeesClaimed))
    refunds = sum(event.amount for event in snapshot.of(Refunded))
    assert params.pool + params.rounds * params.fee_per_round == rewards + fees + refunds
    for trainer in scene.trainers:
        assert market.deposit_of(trainer.account, block) == 0, f"{trainer.name} has not withdrawn"
    committee = market.committee(scene.crew.number, block)
    assert (committee.open_tasks, committee.exposure_stake) == (0, 0)
    for seat, member in zip(market.seats(scene.crew.number, block), scene.crew.members, strict=True):
        assert market.locked_of(member.account, block) == seat.stake
