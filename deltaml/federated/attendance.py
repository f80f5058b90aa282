"""Who has joined a central server, and what is known of their whereabouts."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from deltaml.federated.link import NotJoined


@dataclass(eq=False)
class Member:
    """A client that has joined."""

    name: str
    token: str = field(repr=False)
    seen_at: float
    polls: int = 0
    works_on: int | None = None
    """The version of the task that it took and has not answered; None when it has nothing to do."""

    def seen(self) -> None:
        self.seen_at = asyncio.get_running_loop().time()


class Attendance:
    """gone_seconds: who has nothing to do and does not ask for so long is gone."""

    def __init__(self, gone_seconds: float) -> None:
        self._gone_seconds = gone_seconds
        self._members: dict[str, Member] = {}

    def __len__(self) -> int:
        return len(self._members)

    @property
    def names(self) -> set[str]:
        return {member.name for member in self._members.values()}

    @property
    def names_around(self) -> list[str]:
        return sorted(member.name for member in self._members.values() if self.is_around(member))

    def member(self, token: str) -> Member:
        """Whoever holds this token, seen just now. Raises NotJoined for a token that is not one of ours."""
        if token not in self._members:
            raise NotJoined("this server does not know you: join first")
        self._members[token].seen()
        return self._members[token]

    def named(self, name: str) -> Member | None:
        return next((member for member in self._members.values() if member.name == name), None)

    def join(self, name: str) -> Member:
        """A new member; who had that name before is forgotten."""
        if old := self.named(name):
            del self._members[old.token]
        member = Member(name, secrets.token_urlsafe(32), asyncio.get_running_loop().time())
        self._members[member.token] = member
        return member

    def is_around(self, member: Member) -> bool:
        """Whether it polls now or was heard of lately."""
        silent = asyncio.get_running_loop().time() - member.seen_at
        return bool(member.polls) or silent < self._gone_seconds

    def present(self) -> list[Member]:
        """Who is around and has nothing to do."""
        return [member for member in self._members.values() if member.works_on is None and self.is_around(member)]

    def busy(self) -> list[Member]:
        """Who took a task and has not answered."""
        return [member for member in self._members.values() if member.works_on is not None]
