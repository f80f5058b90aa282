"""The contracts, with a request for a call and one for a look at everything: the machine makes ten thousand of each.

`View` is what both sides are compared by: the chain's as `ChainLedger.view` reads it and the twin's as `view_of`
derives it. Numbers only; an address or a hash is the number it stands for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_utils import function_abi_to_4byte_selector

from .node import Node

GAS_LIMIT = 16_000_000
WORD = 32


@dataclass
class View:
    """`stakes`: free, locked by the market, locked by the committees, per account. `rewards`: per token and account.
    `tasks`, `rounds`, `trainers`, `seats`: the fields of the structs. `claimed`: bitmaps per task and account."""

    pot: int
    total_deposits: int
    stake_balances: dict[str, int]
    stakes: dict[str, tuple[int, int, int]]
    rewards: dict[tuple[str, str], int]
    committees: dict[int, dict[str, int]]
    seats: dict[tuple[int, int], dict[str, int]]
    tasks: dict[int, dict[str, int]]
    rounds: dict[tuple[int, int], dict[str, int]]
    trainers: dict[tuple[int, int], dict[str, int]]
    claimed: dict[tuple[int, str], int]


def words_of(data: bytes) -> list[int]:
    return [int.from_bytes(data[start : start + WORD], "big") for start in range(0, len(data), WORD)]


def names_in(components: list[dict[str, Any]]) -> list[str]:
    """The names of a static struct's words, those of a struct inside it before their place."""
    names = []
    for item in components:
        inner = item.get("components")
        names += [f"{item['name']}.{name}" for name in names_in(inner)] if inner else [item["name"]]
    return names


@dataclass
class ChainLedger:
    node: Node
    market: Any
    vault: Any
    committees: Any
    lens: Any
    stake_token: Any
    reward_tokens: list
    accounts: list[str]
    funds: int
    _questions: dict = field(default_factory=dict)
    _encoded_questions: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.errors = {
            function_abi_to_4byte_selector(item).hex(): item["name"]
            for contract in (self.market, self.vault, self.committees, self.stake_token)
            for item in contract.abi
            if item["type"] == "error"
        }
        self.contracts = {"deposit": self.vault, "withdraw": self.vault, "retire": self.committees}

    # ---------------------------------------------------------------- acts

    def encode(self, name: str, args: Sequence) -> tuple[str, str]:
        """Where to send what."""
        if name == "leave_committee":
            return self.committees.address, self.committees.leave.encode_input(*args)
        contract = self.contracts.get(name, self.market)
        first, *others = name.split("_")
        name = first + "".join(word.capitalize() for word in others)
        plain = [tuple(arg.values()) if isinstance(arg, dict) else arg for arg in args]
        return contract.address, getattr(contract, name).encode_input(*plain)

    def refusal(self, now: int, caller: str, target: str, data: str) -> str | None:
        """The name of the error with which this would revert in a block of time `now`."""
        fields = {"from": caller, "to": target, "data": data, "gas": hex(GAS_LIMIT)}
        answer = self.node.ask("eth_call", fields, "latest", {}, {"time": hex(now)})
        if "error" not in answer:
            return None
        return self.errors[answer["error"]["data"][2:10]]

    def send(self, now: int, caller: str, target: str, data: str) -> int:
        """Does it in a block of time `now`; what gas it used."""
        self.node.ask("evm_setNextBlockTimestamp", now)
        fields = {"from": caller, "to": target, "data": data, "gas": hex(GAS_LIMIT), "gasPrice": "0x0"}
        sent = self.node.ask("eth_sendTransaction", fields)["result"]
        receipt = None
        while receipt is None:
            receipt = self.node.ask("eth_getTransactionReceipt", sent)["result"]
        assert receipt["status"] == "0x1", "the chain refused what the twin allowed"
        return int(receipt["gasUsed"], 16)

    # ---------------------------------------------------------------- reads

    def view(
        self, tasks: dict[int, tuple[int, int]], claimants: list[tuple[int, str]], committee_sizes: dict[int, int]
    ) -> View:
        """`tasks`: rounds opened and trainers joined, by task. `claimants`: by task, who may have claimed."""
        keys = [("pot",), ("deposits",), *(("held", place.address) for place in (self.vault, self.market))]
        keys += [(kind, account) for account in self.accounts for kind in ("free", "by market", "by committees")]
        keys += [("reward", token.address, who) for token in self.reward_tokens for who in self.holders()]
        keys += [(kind, number) for kind in ("committee", "seats") for number in committee_sizes]
        keys += [("task", number) for number in tasks]
        keys += [("round", number, index) for number, (rounds, _) in tasks.items() for index in range(rounds)]
        keys += [("trainer", number, index) for number, (_, count) in tasks.items() for index in range(count)]
        keys += [("claimed", *claimant) for claimant in claimants]
        return self._arrange(dict(zip(keys, self._ask(keys), strict=True)))

    def holders(self) -> list[str]:
        return [self.market.address, *self.accounts]

    def _ask(self, keys: list[tuple]) -> list[list[int]]:
        fields = {"to": self.lens.address, "data": self._encoded(tuple(keys)), "gas": hex(GAS_LIMIT)}
        whole = words_of(bytes.fromhex(self.node.ask("eth_call", fields, "latest")["result"][2:]))
        offsets = whole[2 : 2 + len(keys)]
        starts = [2 + offset // WORD for offset in offsets]
        return [whole[start + 1 : start + 1 + whole[start] // WORD] for start in starts]

    def _encoded(self, keys: tuple[tuple, ...]) -> str:
        """Most steps ask what the step before asked."""
        if keys not in self._encoded_questions:
            targets, asked = zip(*map(self._question, keys), strict=True)
            self._encoded_questions[keys] = self.lens.read.encode_input(targets, asked)
        return self._encoded_questions[keys]

    def _question(self, key: tuple) -> tuple[str, str]:
        if key not in self._questions:
            kind, *args = key
            contract, function = {
                "pot": (self.vault, "pot"),
                "deposits": (self.vault, "totalDeposits"),
                "held": (self.stake_token, "balanceOf"),
                "free": (self.vault, "freeOf"),
                "by market": (self.vault, "lockedBy"),
                "by committees": (self.vault, "lockedBy"),
                "reward": (None, "balanceOf"),
                "committee": (self.committees, "committeeOf"),
                "seats": (self.committees, "seatsOf"),
                "task": (self.market, "taskOf"),
                "round": (self.market, "roundOf"),
                "trainer": (self.market, "trainerAt"),
                "claimed": (self.market, "claimedRoundsOf"),
            }[kind]
            if kind.startswith("by "):
                args = [self.market if kind == "by market" else self.committees, *args]
            if kind == "reward":
                contract = next(token for token in self.reward_tokens if token.address == args[0])
                args = args[1:]
            self._questions[key] = contract.address, getattr(contract, function).encode_input(*args)
        return self._questions[key]

    def _arrange(self, answers: dict[tuple, list[int]]) -> View:
        def by(kind: str) -> dict[Any, list[int]]:
            found = {key[1:]: words for key, words in answers.items() if key[0] == kind}
            return {key[0] if len(key) == 1 else key: words for key, words in found.items()}

        def structs(kind: str, contract: Any, function: str) -> dict[Any, dict[str, int]]:
            names = names_in(getattr(contract, function).abi["outputs"][0]["components"])
            return {key: dict(zip(names, words, strict=True)) for key, words in by(kind).items()}

        names = names_in(self.committees.seatsOf.abi["outputs"][0]["components"])
        seats = {}
        for number, words in by("seats").items():
            for seat in range(words[1]):
                fields = words[2 + seat * len(names) : 2 + (seat + 1) * len(names)]
                seats[number, seat] = dict(zip(names, fields, strict=True))
        kinds = ("free", "by market", "by committees")
        return View(
            pot=answers[("pot",)][0],
            total_deposits=answers[("deposits",)][0],
            stake_balances={place: words[0] for place, words in by("held").items()},
            stakes={who: tuple(answers[kind, who][0] for kind in kinds) for who in self.accounts},
            rewards={key: words[0] for key, words in by("reward").items()},
            committees=structs("committee", self.committees, "committeeOf"),
            seats=seats,
            tasks=structs("task", self.market, "taskOf"),
            rounds=structs("round", self.market, "roundOf"),
            trainers=structs("trainer", self.market, "trainerAt"),
            claimed={key: words[0] for key, words in by("claimed").items()},
        )
