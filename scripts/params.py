"""What a deployment depends on, by chain. Nothing here is secret; the sender's key comes from Brownie's accounts."""

from dataclasses import dataclass

DEVELOPMENT_CHAINS = frozenset({1337, 31337})


@dataclass(frozen=True, slots=True)
class Params:
    """`stake_token` is the one token stakes are held in, for ever (R10); None: deploy token doubles as stake and reward
    token, on development chains only. `confirmations` is how many blocks each transaction waits for.
    """

    stake_token: str | None
    confirmations: int


_DEVELOPMENT = Params(stake_token=None, confirmations=1)

# Stakes are wrapped ether where it exists: no owner, no fee, no block list, no upgrade, and everybody who can pay for
# a transaction can have some. On chains of the OP stack it is a predeploy without a proxy.
_OP_STACK_WETH = "0x4200000000000000000000000000000000000006"
_BY_CHAIN = {
    1: Params(stake_token="0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", confirmations=3),
    11155111: Params(stake_token="0xfFf9976782d46CC05630D1f6eBAb18b2324d6B14", confirmations=2),  # Sepolia
    10: Params(stake_token=_OP_STACK_WETH, confirmations=3),  # OP Mainnet
    11155420: Params(stake_token=_OP_STACK_WETH, confirmations=2),  # OP Sepolia
    8453: Params(stake_token=_OP_STACK_WETH, confirmations=3),  # Base
    84532: Params(stake_token=_OP_STACK_WETH, confirmations=2),  # Base Sepolia
}


def params_of(chain_id: int) -> Params:
    """The parameters for a chain; an unknown public chain is refused rather than guessed at."""
    if chain_id in DEVELOPMENT_CHAINS:
        return _DEVELOPMENT
    if chain_id not in _BY_CHAIN:
        raise ValueError(f"no parameters for chain {chain_id}: name its stake token in scripts/params.py")
    return _BY_CHAIN[chain_id]
