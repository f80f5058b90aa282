// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

import {Assertions} from "../base/Assertions.sol";
import {Handler} from "./Handler.sol";

/// @title The invariants of INVARIANTS.md, after every act of random campaigns.
/// @dev Several numbers to a campaign: forge starts a new one for each `invariant_` function, and deep campaigns find
/// more than many shallow ones. What fails names its number.
contract CampaignTest is Assertions {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    string private constant LOG = "build/foundry/reached/campaign.log";

    Handler private _handler;
    bytes4[] private _acts;

    function setUp() public {
        _handler = new Handler();
        _often(_handler.playRound.selector, 12);
        _often(_handler.startTask.selector, 5);
        _often(_handler.jump.selector, 4);
        _often(_handler.settle.selector, 2);
        _often(_handler.claim.selector, 2);
        _often(_handler.challenge.selector, 3);
        _often(_handler.rule.selector, 3);
        _often(_handler.claimFees.selector, 2);
        _once();
    }

    /// @notice I1 to I7, I10: solvency to the wei, per token, task, round and person.
    function invariant_I1_I2_I3_I4_I5_I6_I7_I10_moneyAddsUp() public view {
        _handler.checkMoney();
    }

    /// @notice I9, I11, I13, I14, I15, I17, I18: order and voice. The acts themselves check what they were refused.
    function invariant_I9_I11_I13_I14_I15_I17_I18_I27_orderAndVoice() public view {
        _handler.checkOrder();
    }

    /// @notice I8, I12: from here, time and calls that anyone may make empty the contracts, whoever sleeps.
    function invariant_I8_I12_everybodyGetsOut() public {
        // A way out is a hundred calls: not after every act.
        if (_handler.clock() % 16 == 0) _checkExit();
    }

    function afterInvariant() public {
        VM.writeLine(LOG, _handler.reachedLine());
        _checkExit();
    }

    // ---------------------------------------------------------------- what forge asks for

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector({addr: address(_handler), selectors: _acts});
    }

    function _checkExit() private {
        _handler.exit(_handler.clock());

        for (uint256 i = 0; i < 3; ++i) {
            uint256 left = _handler.tokens(i).balanceOf(address(_handler.market()));
            same(left, _handler.donatedToMarket(address(_handler.tokens(i))), "I8 market holds nothing but gifts");
        }
        uint256 stakes = _handler.stakeToken().balanceOf(address(_handler.vault()));
        same(stakes, _handler.donatedToVault(), "I8 vault holds nothing but gifts");
        same(_handler.vault().pot(), 0, "I8 nothing is left in the pot");
        same(_handler.vault().totalDeposits(), 0, "I8 nothing is left on deposit");
    }

    function _once() private {
        _acts.push(_handler.playDispute.selector);
        _acts.push(_handler.post.selector);
        _acts.push(_handler.end.selector);
        _acts.push(_handler.cancel.selector);
        _acts.push(_handler.refund.selector);
        _acts.push(_handler.donate.selector);
        _acts.push(_handler.foundCommittee.selector);
        _acts.push(_handler.disband.selector);
        _acts.push(_handler.withdraw.selector);
        _acts.push(_handler.join.selector);
        _acts.push(_handler.start.selector);
        _acts.push(_handler.submit.selector);
        _acts.push(_handler.leave.selector);
        _acts.push(_handler.claimExpired.selector);
        _acts.push(_handler.commit.selector);
        _acts.push(_handler.open.selector);
        _acts.push(_handler.vote.selector);
        _acts.push(_handler.reveal.selector);
        _acts.push(_handler.claimFees.selector);
        _acts.push(_handler.expire.selector);
        _acts.push(_handler.close.selector);
        _acts.push(_handler.rule.selector);
        _acts.push(_handler.lapse.selector);
        _acts.push(_handler.intrude.selector);
        _acts.push(_handler.hurry.selector);
        _acts.push(_handler.lie.selector);
        _acts.push(_handler.forge.selector);
        _acts.push(_handler.wait.selector);
    }

    function _often(bytes4 act, uint256 times) private {
        for (uint256 i = 0; i < times; ++i) _acts.push(act);
    }
}
