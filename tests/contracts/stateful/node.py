"""One open connection to the node: a request costs a quarter of what it costs through web3, and we make many."""

import http.client
import itertools
import json
from typing import Any
from urllib.parse import urlsplit


class Node:
    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        self._numbers = itertools.count(1)

    def ask(self, method: str, *params: Any) -> dict[str, Any]:
        """The answer as it came: with a `result` or with an `error`."""
        question = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}
        self._connection.request("POST", "/", json.dumps(question), {"Content-Type": "application/json"})
        return json.loads(self._connection.getresponse().read())
