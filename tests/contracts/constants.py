"""Numbers the contract tests share: amounts in wei, times in seconds."""

WAD = 10**18
BPS = 10_000

SEAT_STAKE = 10_000 * WAD
FAULT_PENALTY = 100 * WAD
EXPOSURE_BPS = 10_000
STAKE_PER_REWARD_WAD = WAD

ZERO_ADDRESS = "0x" + "00" * 20
ZERO_DIGEST = bytes(32)

# What a task asks of its committee (`ICommittees.Conditions`), and a charter that accepts just that and no less.
CONDITIONS = (ZERO_ADDRESS, 10 * WAD, 50 * WAD, 3600, 6 * 3600)
STRICT = {
    "minCommitWindow": 3600,
    "minVoteWindow": 6 * 3600,
    "minFeeStake": 10 * WAD,
    "minChallengeBond": 50 * WAD,
}
