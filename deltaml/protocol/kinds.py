"""What an announcement on the event board points to (`ITaskMarket.announce`)."""

from enum import IntEnum


class Kind(IntEnum):
    """STATE: the state that the announced round led to, sealed to trainers, owner and committee. The others are a
    member's posts of that round, sealed to the committee."""

    STATE = 1
    WORK = 2
    SUMS = 3
    PROPOSAL = 4
    SHARES = 5
