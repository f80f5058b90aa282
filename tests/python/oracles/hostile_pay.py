"""What each kind of lying member does to pay: to a trainer's nothing, to his own what he did on chain (R5, R6, R6a)."""

from tests.python.oracles.hostile_stage import FAULT_PENALTY, ROUNDS, Outcome

FEE = 10**18

# Their work of step 5 was right, whatever they did before and after: t + 1 others vouched for it (R6a).
PAID = {
    "sums",
    "withholder",
    "path",
    "step",
    "progress",
    "shares",
    "leaker",
    "grudger",
    "flatterer",
    "hoarder",
    "divider",
}
OPENED_NO_WORK = {"lazy", "mimic"}
OPENED_NONSENSE = {"masks", "framer", "refuser", "whisperer", "pretender", "inventor", "halfhearted"}
UNPAID = OPENED_NO_WORK | OPENED_NONSENSE
SLASHED = {"contrarian", "silent", "deserter", "straggler"}


def assert_same_pay(disturbed: Outcome, undisturbed: Outcome) -> None:
    """Same model, same progress, same scores, same money for every trainer, to the wei."""
    assert disturbed.reports == undisturbed.reports
    assert disturbed.trainers == undisturbed.trainers


def expected_of_members(liar: int, kind: str, n: int) -> dict[int, tuple[int, int]]:
    """(wei of fees, wei of stake) by seat, from R5, R6 and R6a."""
    earners = n if kind in PAID else n - 1
    honest = ROUNDS * (FEE // earners), ROUNDS * (FAULT_PENALTY // (n - 1)) if kind in SLASHED else 0
    his = (honest[0] if kind in PAID else 0), (-ROUNDS * FAULT_PENALTY if kind in SLASHED else 0)
    return {seat: his if seat == liar else honest for seat in range(n)}
