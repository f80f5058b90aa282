"""Numbers the contract tests share: amounts in wei, times in seconds."""

WAD = 10**18
BPS = 10_000

SEAT_STAKE = 10_000 * WAD
FAULT_PENALTY = 100 * WAD
EXPOSURE_BPS = 10_000
STAKE_PER_REWARD_WAD = WAD

ZERO_ADDRESS = "0x" + "00" * 20
ZERO_DIGEST = bytes(32)
