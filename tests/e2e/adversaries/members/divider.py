"""Seals the models that rounds lead to for the committee, and for no trainer: the others see that all is well."""

from dataclasses import replace

from deltaml.board import Snapshot
from deltaml.protocol.actions import Action
from oracles.view import Audience
from tests.e2e.adversaries.members.liar import Liar
from tests.e2e.adversaries.members.process import run


class Divider(Liar):
    def act(self, action: Action, snapshot: Snapshot, audience: Audience) -> None:
        super().act(action, snapshot, replace(audience, states=audience.committee))

    def twist(self, action: Action, snapshot: Snapshot) -> Action:
        return action


if __name__ == "__main__":
    run(Divider)
