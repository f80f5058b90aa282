"""What an announcement on the event board points to (`ITaskMarket.announce`)."""

from enum import IntEnum


class Kind(IntEnum):
    """STATE: the state that the announced round led to, sealed to trainers, owner and committee. The others are
    posts of that round by a member, or by the owner of a sealed model, sealed to the committee and that owner."""

    STATE = 1
    WORK = 2
    SUMS = 3
    PROPOSAL = 4
    SHARES = 5
    OWNER_OPENINGS = 6
    OWNER_STEP = 7
