"""What a member's work costs in gas, for telling how long an account lasts.

Measured on the contracts with cold accounts (`make bench`; a test holds these to the snapshot), a reveal with a hundred
trainers, and each of four members revealing every fourth round.
"""

COMMIT_WORK = 64_000
OPEN_WORK = 44_000
ANNOUNCE = 36_000
VOTE = 65_000
REVEAL = 250_000
SETTLE = 80_000
CLAIM_FEES = 101_000

ANNOUNCEMENTS_PER_ROUND = 5
"""Work, mask sums (twice when a neighbour is gone), proposal, score masks; the state goes with the reveal."""

ROUND_GAS = (
    COMMIT_WORK
    + OPEN_WORK
    + ANNOUNCEMENTS_PER_ROUND * ANNOUNCE
    + VOTE
    + (REVEAL + ANNOUNCE + SETTLE) // 4
    + CLAIM_FEES // 4
)
"""A round of one task for one member."""
