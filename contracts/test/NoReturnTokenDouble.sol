// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// @title A token of the first days: its transfers return nothing, as those of USDT and BNB.
contract NoReturnTokenDouble {
    mapping(address account => uint256) public balanceOf;
    mapping(address account => mapping(address spender => uint256)) public allowance;

    error NoReturnTokenDouble_TooLittle();

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function approve(address spender, uint256 value) external {
        allowance[msg.sender][spender] = value;
    }

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        if (allowance[from][msg.sender] < value) revert NoReturnTokenDouble_TooLittle();

        allowance[from][msg.sender] -= value;
        _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private {
        if (balanceOf[from] < value) revert NoReturnTokenDouble_TooLittle();

        balanceOf[from] -= value;
        balanceOf[to] += value;
    }
}
