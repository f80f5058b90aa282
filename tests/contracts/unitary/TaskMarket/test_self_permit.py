"""TaskMarket.selfPermit
- gives the allowance that was signed
- a permit somebody used before, an expired one, a token without code or without permits: no revert
"""

from brownie import chain

from tests.contracts.constants import ZERO_ADDRESS, ZERO_DIGEST
from tests.contracts.driver import DAY

AMOUNT = 7


def test_allowance(market, reward_token, owner, sign_permit):
    deadline = chain[-1].timestamp + DAY

    market.selfPermit(
        reward_token, AMOUNT, deadline, *sign_permit(owner, reward_token, market, AMOUNT, deadline), {"from": owner}
    )

    assert reward_token.allowance(owner, market) == AMOUNT


def test_used_by_another(market, reward_token, owner, mallory, sign_permit):
    deadline = chain[-1].timestamp + DAY
    signature = sign_permit(owner, reward_token, market, AMOUNT, deadline)
    reward_token.permit(owner, market, AMOUNT, deadline, *signature, {"from": mallory})

    market.selfPermit(reward_token, AMOUNT, deadline, *signature, {"from": owner})

    assert reward_token.allowance(owner, market) == AMOUNT


def test_somebody_elses(market, reward_token, owner, mallory, sign_permit):
    deadline = chain[-1].timestamp + DAY
    signature = sign_permit(owner, reward_token, market, AMOUNT, deadline)

    market.selfPermit(reward_token, AMOUNT, deadline, *signature, {"from": mallory})

    assert reward_token.allowance(owner, market) == reward_token.allowance(mallory, market) == 0


def test_expired(market, reward_token, owner, sign_permit):
    deadline = chain[-1].timestamp - 1

    market.selfPermit(
        reward_token, AMOUNT, deadline, *sign_permit(owner, reward_token, market, AMOUNT, deadline), {"from": owner}
    )

    assert reward_token.allowance(owner, market) == 0


def test_not_a_permit_token(market, vault, owner):
    for token in (ZERO_ADDRESS, owner, vault):
        market.selfPermit(token, AMOUNT, 0, 27, ZERO_DIGEST, ZERO_DIGEST, {"from": owner})
