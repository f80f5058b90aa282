"""What an agent at work answers to whoever watches it."""

import json
import urllib.error
import urllib.request

from tests.e2e.waiting import wait_until


def assert_watched(port: int) -> None:
    """It is well, counts its ticks and its nodes, and tells no address: those may carry keys."""
    said = wait_until(lambda: _well(port), 30, "the agent says that it is well")
    assert said["problems"] == [] and int(str(said["rounds_left"])) > 0 and said["seconds_since_tick"] is not None
    text = _get(port, "metrics")
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values["deltaml_ticks_total"]) > 0 and float(values["deltaml_balance_wei"]) > 0
    assert values['deltaml_rpc_serves{endpoint="0"}'] == "1.0"
    assert values['deltaml_ipfs_failures_total{endpoint="0"}'] == "0.0"
    assert "127.0.0.1" not in text


def _well(port: int) -> dict[str, object] | None:
    """None while nothing is served, or before the first tick and the first look into the purse."""
    try:
        said: dict[str, object] = json.loads(_get(port, "health"))
    except urllib.error.URLError:
        return None
    return said if said["seconds_since_tick"] is not None and said["rounds_left"] is not None else None


def _get(port: int, page: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=10) as answer:
        body: str = answer.read().decode()
    return body
