"""One liar among four: every trainer earns what he earns without him, and what the liar loses the rules say."""

import pytest

from scripts.localnet import Localnet
from tests.e2e.liars import assert_nothing_changed, let_windows_pass, masks_of, stage_of_lies

# His vote matched, his work was opened, others vouched for it.
WORKED, DOUBTED, LAZY, SLASHED = (True, True, True), (True, True, False), (True, False, False), (False, True, True)

# The whisperer can't read his own posts any more and waits for them; the clock is turned before his last call.
EVERY_DAY = {
    "masks": DOUBTED,
    "inventor": DOUBTED,
    "path": WORKED,
    "contrarian": SLASHED,
    "whisperer": (False, True, False),
}
MORE = {
    "framer": DOUBTED,
    "refuser": DOUBTED,
    "halfhearted": DOUBTED,
    "grudger": WORKED,
    "flatterer": WORKED,
    "hoarder": WORKED,
    "divider": WORKED,
    "sums": WORKED,
    "withholder": WORKED,
    "step": WORKED,
    "progress": WORKED,
    "shares": WORKED,
    "leaker": WORKED,
    "pretender": DOUBTED,
    "deserter": SLASHED,
}
WAITED_FOR = {"lazy": LAZY, "mimic": LAZY, "silent": (False,) * 3, "straggler": (False,) * 3}


@pytest.mark.e2e
def test_a_liar_changes_nothing(net: Localnet) -> None:
    _play(net, "liar", EVERY_DAY)


@pytest.mark.e2e
@pytest.mark.hostile
def test_other_liars_change_nothing(net: Localnet) -> None:
    _play(net, "liars", MORE)


def _play(net: Localnet, name: str, kinds: dict[str, tuple[bool, bool, bool]]) -> None:
    with stage_of_lies(net, name, list(kinds)) as scenes:
        assert_nothing_changed(scenes)
        assert dict(zip(kinds, map(masks_of, scenes), strict=True)) == kinds


@pytest.mark.e2e
@pytest.mark.hostile
def test_members_who_keep_the_others_waiting_change_nothing(net: Localnet) -> None:
    """How often the one who acts in the last seconds makes it is his risk, and nobody else's."""
    with stage_of_lies(net, "waited", [*WAITED_FOR, "brinkman"]) as scenes:
        let_windows_pass(scenes)
        assert_nothing_changed(scenes)
        assert dict(zip(WAITED_FOR, map(masks_of, scenes), strict=False)) == WAITED_FOR
