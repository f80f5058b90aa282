"""A chain with our contracts, a committee of four that is enrolled, an IPFS node, and the files of its first member."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deltaml.chain import Chain, Deployment, Sender, calls, create_keystore
from deltaml.chain.events import CommitteeFounded
from deltaml.chain.types import Charter
from deltaml.connection import Connection
from deltaml.sealing import Identity
from oracles.settings import Settings
from tests.python.chain.anvil import anvil
from tests.python.chain.contracts import install_all, person
from tests.python.storage.nodes import embedded_node

STAKE = 10**21
SEAT_STAKE = 10**20
FIRST_KEY = 5001
PASSPHRASE = "for a test"
WINDOW_SECONDS = 120


@dataclass
class Place:
    """`settings` are those of an oracle that can run; tests plant what is wrong in copies of them."""

    folder: Path
    chain: Chain
    deployment: Deployment
    rpc: str
    ipfs: str
    members: list[Sender]
    identities: list[Identity]
    committee: int = 0

    @property
    def settings(self) -> Settings:
        where = Connection(
            (self.rpc,),
            self.folder / "deployment.json",
            (self.ipfs,),
            self.folder / "keystore.json",
            self.folder / "passphrase",
            self.folder / "identity.txt",
            max_fee_gwei=200,
        )
        return Settings(where, None, 4.0, 2, "127.0.0.1", 0, 1, 0)

    def planted(self, **changes: Any) -> Settings:
        """Settings of which some are different: of the connection or of the process."""
        given = self.settings
        there = {name: value for name, value in changes.items() if name in Connection.__dataclass_fields__}
        here = {name: value for name, value in changes.items() if name not in there}
        return replace(given, connection=replace(given.connection, **there), **here)

    def found(self, accounts: list[str]) -> int:
        """A committee with a seat for each account, nobody enrolled."""
        assert self.deployment.reward_token is not None
        charter = Charter(
            tuple(accounts), SEAT_STAKE, 10**18, 10_000, WINDOW_SECONDS, 600, 0, 0, (), (self.deployment.reward_token,),
            (10**18,),
        )  # fmt: skip
        (event,) = self.members[0].send(calls.found(self.deployment, charter)).events
        assert isinstance(event, CommitteeFounded)
        return event.committee_id

    def keep_deployment(self, deployment: Deployment, name: str = "deployment.json") -> Path:
        """Writes it as the deploy script does."""
        contracts = {
            "TaskMarket": deployment.market,
            "StakeVault": deployment.vault,
            "Committees": deployment.committees,
            "StakeToken": deployment.stake_token,
            "RewardToken": deployment.reward_token,
        }
        document = {
            "chainId": deployment.chain_id,
            "blockNumber": deployment.block_number,
            "contracts": {key: {"address": address} for key, address in contracts.items()},
        }
        (self.folder / name).write_text(json.dumps(document))
        return self.folder / name

    def keep_keys(self, number: int, name: str = "keystore.json") -> Path:
        """The keystore of person `number`."""
        key = number.to_bytes(32, "big")
        create_keystore(self.folder / name, PASSPHRASE, key, light=True)
        return self.folder / name

    def tick(self) -> None:
        """A block of this moment."""
        self.chain.request("anvil_mine", ["0x1"])

    def pass_seconds(self) -> None:
        """Two blocks a second apart, so that blocks take time however fast this machine is."""
        self.chain.request("anvil_mine", ["0x2", "0x1"])

    def deep(self, confirmations: int) -> Settings:
        """Settings of a process that reads so many blocks deep."""
        self.pass_seconds()
        return self.planted(confirmations=confirmations)


@contextmanager
def place_in(folder: Path) -> Iterator[Place]:
    with anvil("--mixed-mining", "--block-time", "1") as (rpc, chain), embedded_node(folder / "ipfs") as (ipfs, _):
        deployment = install_all(chain)
        members = [person(chain, deployment, FIRST_KEY + seat, STAKE) for seat in range(4)]
        identities = [Identity.generate() for _ in members]
        place = Place(folder, chain, deployment, rpc, ipfs, members, identities)
        place.committee = place.found([member.address for member in members])
        for member, identity in zip(members, identities, strict=True):
            member.send(calls.enroll(deployment, place.committee, identity.recipient))
        place.keep_deployment(deployment)
        place.keep_keys(FIRST_KEY)
        identities[0].to_file(folder / "identity.txt")
        (folder / "passphrase").touch(0o600)
        (folder / "passphrase").write_text(PASSPHRASE + "\n")
        yield place
