"""StakeVault.multicall
- the caller stays who he is
- one call that reverts undoes all
"""


def test_caller_stays(vault, stake_token, deposited, alice, bob):
    calls = [vault.withdraw.encode_input(bob, 1), vault.withdraw.encode_input(alice, 2)]
    vault.multicall(calls, {"from": alice})

    assert (stake_token.balanceOf(bob), stake_token.balanceOf(alice)) == (1, 2)


def test_gives_nobody_a_books_right(vault, deposited, alice, mallory, reverts_with):
    with reverts_with("StakeVault_NotBook", mallory):
        vault.multicall([vault.lock.encode_input(alice, 1)], {"from": mallory})


def test_all_or_nothing(vault, stake_token, deposited, alice, reverts_with):
    calls = [vault.withdraw.encode_input(alice, 1), vault.withdraw.encode_input(alice, deposited)]

    with reverts_with("StakeVault_FreeTooSmall", alice, deposited - 1, deposited):
        vault.multicall(calls, {"from": alice})
    assert stake_token.balanceOf(alice) == 0
