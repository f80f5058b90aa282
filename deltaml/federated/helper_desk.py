"""The server's side of a committee of helpers: the masked updates of a round, who was asked, what they answered."""

from __future__ import annotations

import secrets
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltaml.errors import InvalidInput, InvalidMessage
from deltaml.federated.link import NotJoined
from deltaml.federated.masked import MAX_WEIGHT, MIN_CLIENTS, MaskedUpdate, opened_mean, sum_request
from deltaml.learning.arrays import Floats
from deltaml.sealing import Committee, seal


class HelperDesk:
    """helpers: their age recipients in seat order."""

    def __init__(self, helpers: tuple[bytes, ...]) -> None:
        self._committee = Committee(len(helpers))
        self._helpers = helpers
        self._seats: dict[str, int] = {}
        self._number = 0
        self._reports: dict[int, dict[int, NDArray[np.uint64]]] = {}
        self.updates: dict[str, MaskedUpdate] = {}
        self.version = 0
        self.over = False
        self.at_work: set[int] = set()
        """Seats that somebody has asked a token for and that have not heard yet that it is over."""

    def token(self, seat: str) -> bytes:
        """A token for whoever holds the key of this seat. Raises InvalidInput when there is no such seat."""
        if not seat.isdigit() or int(seat) >= len(self._helpers):
            raise InvalidInput(f"there is no seat {seat[:20]!r}")
        token = secrets.token_urlsafe(32)
        old = [known for known, held in self._seats.items() if held == int(seat)]
        # Of several asked for, the older ones stay good: anybody may ask, and must not be able to shut a helper out.
        for known in old[:-3]:
            del self._seats[known]
        self._seats[token] = int(seat)
        self.at_work.add(int(seat))
        return seal(token.encode("ascii"), [self._helpers[int(seat)]])

    def seat_of(self, token: str) -> int:
        """Raises NotJoined for a token that is not one of ours."""
        if token not in self._seats:
            raise NotJoined("this server does not know you: ask for a token first")
        return self._seats[token]

    def checked(self, head: dict[str, Any], arrays: list[NDArray[Any]], length: int) -> MaskedUpdate:
        """A client's masked update. Raises InvalidMessage for another shape than was asked for."""
        sealed, weight = head.get("sealed"), head.get("weight")
        n_sets = len(self._committee.holder_sets)
        if not isinstance(sealed, list) or len(sealed) != n_sets or not all(isinstance(box, bytes) for box in sealed):
            raise InvalidMessage(f"a masked update comes with {n_sets} sealed seeds")
        if type(weight) is not int or not 1 <= weight <= MAX_WEIGHT:
            raise InvalidMessage(f"a weight is a whole number from 1 to {MAX_WEIGHT}")
        if len(arrays) != 1 or arrays[0].dtype != np.uint64 or arrays[0].shape != (length,):
            raise InvalidMessage(f"a masked update is one vector of {length} 64-bit words")
        return MaskedUpdate(arrays[0], tuple(sealed), weight)

    def begin(self, number: int) -> bool:
        """Opens the asking for this round; False when there are too few updates to add up."""
        self._number, self._reports = number, {}
        if len(self.updates) < MIN_CLIENTS:
            return False
        self.version = time.time_ns()
        return True

    def task(self, seat: int, known: int) -> dict[str, Any]:
        """What the helper in `seat` is to do, if it has not heard of it."""
        if self.over:
            self.at_work.discard(seat)
            return {"phase": "done"}
        if self.version <= known:
            return {"phase": "wait"}
        request = sum_request(self._number, self.updates, seat, len(self._helpers))
        return {
            "phase": "sum",
            "version": self.version,
            "number": request.number,
            "length": request.length,
            "names": list(request.names),
            "sealed": {str(index): list(boxes) for index, boxes in request.sealed.items()},
        }

    def receive(self, seat: int, head: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """A helper's sums. Raises InvalidMessage for other sets, shapes, or an old request."""
        if self.version == 0 or head.get("version") != self.version:
            raise InvalidMessage("these sums are not what was asked for last")
        if head.get("sets") != list(self._committee.sets_of(seat)) or len(arrays) != len(head["sets"]):
            raise InvalidMessage(f"the helper in seat {seat} adds up sets {list(self._committee.sets_of(seat))}")
        length = len(next(iter(self.updates.values())).masked)
        if any(array.dtype != np.uint64 or array.shape != (length,) for array in arrays):
            raise InvalidMessage(f"a sum is a vector of {length} 64-bit words")
        self._reports[seat] = dict(zip(head["sets"], arrays, strict=True))

    def mean(self) -> Floats | None:
        """The mean, as soon as enough helpers agree on every set."""
        return opened_mean(self.updates, self._reports, len(self._helpers)) if self._reports else None

    def end(self) -> Floats | None:
        """The mean or None; the round's updates are forgotten."""
        mean = self.mean()
        self.updates, self._reports, self.version = {}, {}, 0
        return mean
