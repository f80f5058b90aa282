"""The vault and the committees (IStakeVault, ICommittees)."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.constants import BPS, WAD, ZERO_ADDRESS

UINT128 = 2**128 - 1


class Refused(Exception):
    """What a contract would not do; `str` of it is the name of the contract's error."""


def demand(good: bool, error_name: str) -> None:
    if not good:
        raise Refused(error_name)


@dataclass
class Vault:
    """Deposits by their parts, and what was slashed and waits for its receiver."""

    free: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    locked: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    pot: int = 0

    def total_deposits(self) -> int:
        return sum(self.free.values()) + sum(self.locked.values())

    def deposit(self, caller: str, account: str, amount: int) -> None:
        demand(amount != 0, "StakeVault_ZeroAmount")
        self.free[account] += amount

    def withdraw(self, caller: str, to: str, amount: int) -> None:
        demand(amount != 0, "StakeVault_ZeroAmount")
        self.check_free(caller, amount)
        self.free[caller] -= amount

    def check_free(self, account: str, amount: int) -> None:
        demand(self.free[account] >= amount, "StakeVault_FreeTooSmall")

    def lock(self, book: str, account: str, amount: int) -> None:
        self.check_free(account, amount)
        self.free[account] -= amount
        self.locked[book, account] += amount

    def unlock(self, book: str, account: str, amount: int) -> None:
        assert self.locked[book, account] >= amount
        self.locked[book, account] -= amount
        self.free[account] += amount

    def slash(self, book: str, account: str, amount: int) -> None:
        assert self.locked[book, account] >= amount
        self.locked[book, account] -= amount
        self.pot += amount

    def credit(self, account: str, amount: int) -> None:
        assert self.pot >= amount
        self.pot -= amount
        self.free[account] += amount


@dataclass
class Committee:
    """All members have enrolled. `charter` has the fields of ICommittees.Charter."""

    charter: dict[str, Any]
    stakes: dict[int, int]
    retired: bool = False
    left: set[int] = field(default_factory=set)
    open_tasks: int = 0
    exposure: int = 0

    @property
    def members(self) -> list[str]:
        return self.charter["members"]

    def seat(self, account: str) -> int | None:
        return self.members.index(account) if account in self.members else None

    def quorum(self) -> int:
        return len(self.members) - (len(self.members) - 1) // 3

    def vouches_needed(self) -> int:
        """So many voters that one of them is honest."""
        return (len(self.members) - 1) // 3 + 1

    def rate_wad(self, token: str) -> int:
        rates = dict(zip(self.charter["rewardTokens"], self.charter["stakePerRewardWad"], strict=True))
        return rates.get(token, 0)

    def in_stake(self, token: str, amount: int) -> int:
        """Value of a pool in stake, rounded up."""
        return -(-amount * self.rate_wad(token) // WAD)

    def limit(self) -> int:
        return min(sum(self.stakes.values()) * self.charter["exposureBps"] // BPS, UINT128)

    def check_reserve(self, terms: dict[str, Any]) -> None:
        token, charter = terms["rewardToken"], self.charter
        demand(not self.retired, "Committees_IsRetired")
        demand(self.rate_wad(token) != 0, "Committees_TokenNotAccepted")
        demand(terms["commitWindow"] >= charter["minCommitWindow"], "Committees_WindowTooShort")
        demand(terms["voteWindow"] >= charter["minVoteWindow"], "Committees_WindowTooShort")
        fee_stake = terms["feePerRound"] * self.rate_wad(token) // WAD
        demand(fee_stake >= charter["minFeeStake"], "Committees_FeeTooSmall")
        if terms["arbiter"] != ZERO_ADDRESS:
            demand(terms["arbiter"] in charter["arbiters"], "Committees_ArbiterNotAccepted")
            demand(terms["challengeBond"] >= charter["minChallengeBond"], "Committees_BondTooSmall")
        demand(self.exposure + self.in_stake(token, terms["pool"]) <= self.limit(), "Committees_ExposureTooHigh")

    def reserve(self, token: str, pool: int) -> None:
        self.exposure += self.in_stake(token, pool)
        self.open_tasks += 1

    def release(self, token: str, pool: int) -> None:
        self.exposure -= self.in_stake(token, pool)
        self.open_tasks -= 1

    def retire(self, caller: str) -> None:
        demand(self.seat(caller) is not None, "Committees_NotMember")
        demand(not self.retired, "Committees_IsRetired")
        self.retired = True

    def leave(self, caller: str) -> int:
        """What stake comes free."""
        seat = self.seat(caller)
        demand(seat is not None, "Committees_NotMember")
        demand(seat not in self.left, "Committees_AlreadyLeft")
        demand(self.retired, "Committees_NotRetired")
        demand(self.open_tasks == 0, "Committees_TasksOpen")
        self.left.add(seat)
        stake, self.stakes[seat] = self.stakes[seat], 0
        return stake

    def slash(self, seat: int, amount: int) -> int:
        taken = min(amount, self.stakes[seat])
        self.stakes[seat] -= taken
        return taken
