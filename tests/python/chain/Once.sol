// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.30;

/// Like the market it refuses what was done already; `taskCount` counts what was done.
contract Once {
    uint256 public taskCount;

    mapping(uint256 taskId => bool) private _done;

    function start(uint256 taskId) external {
        require(!_done[taskId], "done already");
        _done[taskId] = true;
        ++taskCount;
    }

    /// Asked, not sent: whether `start` was done.
    function leave(uint256 taskId) external view returns (bool) {
        return _done[taskId];
    }
}
