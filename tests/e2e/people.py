"""Committees and their oracles, set up quickly, and what one person can sign."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deltaml.chain import Sender, calls, load_account
from deltaml.chain.events import CommitteeFounded
from deltaml.chain.types import Charter
from deltaml.sealing import Identity
from scripts.localnet import Localnet, Person
from tests.e2e.waiting import wait_until

WEI = 10**18
SEAT_STAKE = 2000 * WEI
FAULT_PENALTY = WEI
ORACLE_TICK_SECONDS = 0.4


@dataclass(frozen=True)
class Crew:
    """A committee of four whose members run an oracle each."""

    number: int
    members: tuple[Person, ...]

    def start(self, net: Localnet) -> None:
        for member in self.members:
            net.start_oracle(member, ORACLE_TICK_SECONDS)
        wait_until(
            lambda: all("oracle ready" in net.log_of(member.name) for member in self.members), 60, "oracles are ready"
        )


def at_work(net: Localnet, prefix: str) -> Crew:
    """A committee of four whose oracles run."""
    crew = found_crew(net, prefix)
    crew.start(net)
    return crew


@contextmanager
def running_net(folder: Path, embedded: bool = False) -> Iterator[Localnet]:
    """A chain with a block every second, and an IPFS node: ours if `embedded`."""
    with Localnet(folder, embedded=embedded) as net:
        net.mine_every(1)
        yield net


@contextmanager
def mortal_crew(net: Localnet, prefix: str) -> Iterator[Crew]:
    """A crew at work; whoever still runs at the end is stopped."""
    crew = at_work(net, prefix)
    try:
        yield crew
    finally:
        for member in crew.members:
            if member.name in net.processes:
                net.kill(member.name)


@contextmanager
def at_once(net: Localnet) -> Iterator[None]:
    """Inside, every transaction is mined as it comes: for setting the scene, before anybody acts."""
    net.mine_at_once()
    try:
        yield
    finally:
        net.mine_every(1)


def writer(net: Localnet, person: Person) -> Sender:
    return Sender(net.chain, load_account(person.keystore, person.passphrase_file), max_fee_per_gas_wei=10**11)


def found_crew(net: Localnet, prefix: str) -> Crew:
    """Founds a committee of four and enrols its members; nobody runs yet."""
    with at_once(net):
        members = tuple(net.person(f"{prefix}-oracle-{seat}", stake=SEAT_STAKE) for seat in range(4))
        number = found_committee(net, members[0], tuple(member.account for member in members), SEAT_STAKE)
        for member in members:
            enrol(net, member, number, SEAT_STAKE)
    return Crew(number, members)


def found_committee(net: Localnet, founder: Person, accounts: tuple[str, ...], seat_stake: int) -> int:
    """Its number; nobody is enrolled."""
    where = net.deployment
    assert where.reward_token is not None
    charter = Charter(
        members=accounts,
        seat_stake=seat_stake,
        fault_penalty=FAULT_PENALTY,
        exposure_bps=10_000,
        min_commit_window=60,
        min_vote_window=60,
        min_fee_stake=0,
        min_challenge_bond=0,
        arbiters=(),
        reward_tokens=(where.reward_token,),
        stake_per_reward_wad=(WEI,),
    )
    receipt = writer(net, founder).send(calls.found(where, charter))
    return next(event.committee_id for event in receipt.events if isinstance(event, CommitteeFounded))


def enrol(net: Localnet, member: Person, number: int, seat_stake: int) -> None:
    """Deposits the seat's stake and takes the seat."""
    where, sender = net.deployment, writer(net, member)
    sender.send(calls.approve(where.stake_token, where.vault, seat_stake))
    sender.send(calls.deposit(where, member.account, seat_stake))
    sender.send(calls.enroll(where, number, Identity.from_file(member.identity).recipient))
