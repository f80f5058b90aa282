"""`python -m oracles check` on a real chain: what is set up wrongly is named in plain words, and nothing else is."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from deltaml.chain import Market
from deltaml.sealing import Identity
from oracles.gas import ROUND_GAS
from oracles.preflight import findings
from oracles.settings import Settings
from tests.python.chain.anvil import anvil
from tests.python.chain.contracts import install_all, person
from tests.python.oracles.place import FIRST_KEY, SEAT_STAKE, STAKE, Place, place_in

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
ROUNDS = 100
CLOSED = "/ip4/127.0.0.1/tcp/1"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_in(tmp_path_factory.mktemp("place")) as place:
        yield place


def test_all_is_well(place: Place) -> None:
    found = list(findings(place.settings, ROUNDS))
    assert all(finding.passed and not finding.remedy for finding in found), found
    assert [finding.subject for finding in found] == [
        "identity",
        "keystore",
        "passphrase file",
        "keystore",
        "IPFS 0",
        "RPC 0",
        "clock",
        "contracts",
        "gas price",
        "ether",
        "committee 1",
        "stake",
        "confirmations",
    ]


Plant = Callable[[Place], Settings]


def copied(place: Place, name: str, mode: int) -> Path:
    copy = place.folder / f"loose-{name}"
    copy.write_bytes((place.folder / name).read_bytes())
    copy.chmod(mode)
    return copy


def wrong_phrase(place: Place) -> Path:
    phrase = place.folder / "wrong"
    phrase.touch(0o600)
    phrase.write_text("not it")
    return phrase


def other_identity(place: Place) -> Path:
    path = place.folder / f"identity-{os.urandom(4).hex()}.txt"
    Identity.generate().to_file(path)
    return path


def stranger(place: Place, number: int, ether: bool = True) -> Path:
    member = person(place.chain, place.deployment, number, STAKE)
    if not ether:
        place.chain.request("anvil_setBalance", [member.address, hex(ROUND_GAS)])
    return place.keep_keys(number, f"keystore-{number}.json")


def half_wired(place: Place) -> Path:
    """The market of one deployment with the vault of another."""
    other = install_all(place.chain)
    return place.keep_deployment(replace(place.deployment, market=other.market), "mixed.json")


def named_only(place: Place) -> Path:
    member = person(place.chain, place.deployment, 7001, STAKE)
    place.found([member.address, *("0x" + f"{number:040x}" for number in range(9001, 9004))])
    return place.keep_keys(7001, "keystore-named.json")


# What is planted -> the checks that name it, and words that each of them says.
PLANTED: dict[str, tuple[Plant, dict[str, str]]] = {
    "a node that is not there": (
        lambda place: place.planted(rpc=("http://127.0.0.1:1",)),
        {"RPC 0": "http://127.0.0.1:1 can't be reached"},
    ),
    "one of two nodes is not there": (
        lambda place: place.planted(rpc=(place.rpc, "http://127.0.0.1:1")),
        {"RPC 1": "start the node, or give another one in --rpc"},
    ),
    "no address of a node": (
        lambda place: place.planted(rpc=("127.0.0.1:8545",)),
        {"RPC 0": "must be a http:// or https:// URL"},
    ),
    "a deployment of another chain": (
        lambda place: place.planted(
            deployment=place.keep_deployment(replace(place.deployment, chain_id=1), "mainnet.json")
        ),
        {"deployment": "mainnet.json is for chain 1, the node is on chain 31337"},
    ),
    "no deployment": (
        lambda place: place.planted(deployment=place.folder / "nowhere.json"),
        {"deployment": "nowhere.json: No such file or directory"},
    ),
    "nothing at the market's address": (
        lambda place: place.planted(
            deployment=place.keep_deployment(replace(place.deployment, market="0x" + "11" * 20), "empty.json")
        ),
        {"contracts": "there is no contract at 0x1111111111111111111111111111111111111111, where TaskMarket"},
    ),
    "the market is something else": (
        lambda place: place.planted(
            deployment=place.keep_deployment(replace(place.deployment, market=place.deployment.stake_token), "t.json")
        ),
        {"contracts": "is not TaskMarket: it has no function"},
    ),
    "contracts that do not know each other": (
        lambda place: place.planted(deployment=half_wired(place)),
        {"contracts": "works with the"},
    ),
    "an account that no committee names": (
        lambda place: place.planted(keystore=stranger(place, 7100)),
        {"membership": "no committee names 0x"},
    ),
    "named and not enrolled": (
        lambda place: place.planted(keystore=named_only(place)),
        {"committee 2": "which is not enrolled; enrolling locks 100 of stake, free in the vault: 1,000"},
    ),
    "another identity than was enrolled": (
        lambda place: place.planted(identity_file=other_identity(place)),
        {"committee 1": "no blob would open"},
    ),
    "no identity": (
        lambda place: place.planted(identity_file=place.folder / "gone.txt"),
        {"identity": "gone.txt: No such file or directory"},
    ),
    "an identity that others may read": (
        lambda place: place.planted(identity_file=copied(place, "identity.txt", 0o644)),
        {"identity": "others may read the key"},
    ),
    "a wrong passphrase": (
        lambda place: place.planted(passphrase_file=wrong_phrase(place)),
        {"keystore": "the passphrase does not open", "membership": "the account is not known"},
    ),
    "a keystore that others may read": (
        lambda place: place.planted(keystore=copied(place, "keystore.json", 0o644)),
        {"keystore": "has mode 644: others on this machine may read it"},
    ),
    "a passphrase that others may read": (
        lambda place: place.planted(passphrase_file=copied(place, "passphrase", 0o604)),
        {"passphrase file": "chmod 600"},
    ),
    "neither key nor account": (
        lambda place: place.planted(keystore=None),
        {"keystore": "neither a keystore nor an account is given", "membership": "the account is not known"},
    ),
    "an IPFS node that is not there": (
        lambda place: place.planted(ipfs=(place.ipfs, CLOSED)),
        {"IPFS 1": f"a block did not come back from {CLOSED}"},
    ),
    "something else where IPFS should be": (
        lambda place: place.planted(ipfs=(f"/ip4/127.0.0.1/tcp/{place.rpc.rsplit(':', 1)[1]}",)),
        {"IPFS 0": "give the multiaddr of its RPC port (not of its gateway)"},
    ),
    "no multiaddr": (
        lambda place: place.planted(ipfs=("http://127.0.0.1:5001",)),
        {"IPFS 0": "is not an address like /ip4/127.0.0.1/tcp/5001"},
    ),
    "too little ether, and a stranger": (
        lambda place: place.planted(keystore=stranger(place, 7200, ether=False)),
        {"ether": "send ether to 0x", "membership": "no committee names"},
    ),
    "a fee cap below what gas costs": (
        lambda place: place.planted(max_fee_gwei=0),
        {"gas price": "raise --max-fee-gwei"},
    ),
    "so many confirmations that every window is missed": (
        lambda place: place.deep(confirmations=20_000),
        {"confirmations": "committee 1 has windows from 120 s"},
    ),
    "a tick that is too slow": (
        lambda place: place.planted(tick_seconds=90.0),
        {"confirmations": "take fewer --confirmations or a shorter --tick-seconds"},
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_wrong_is_named_and_nothing_else(place: Place, planted: str) -> None:
    plant, expected = PLANTED[planted]
    found = list(findings(plant(place), ROUNDS))
    wrong = [finding for finding in found if not finding.passed]
    assert {finding.subject for finding in wrong} == set(expected), wrong
    for finding in wrong:
        assert expected[finding.subject] in f"{finding.said} → {finding.remedy}"
        assert finding.remedy
    assert {"IPFS 0", "identity"} <= {finding.subject for finding in found}, "it goes on where it can"


def test_nodes_of_two_chains(place: Place) -> None:
    with anvil("--chain-id", "5") as (other, _):
        found = list(findings(place.planted(rpc=(place.rpc, other)), ROUNDS))
    (wrong,) = [finding for finding in found if not finding.passed]
    assert wrong.subject == "chain id"
    assert f"{place.rpc} is on chain 31337, {other} is on chain 5" in wrong.said


@pytest.mark.parametrize(
    ("ahead_seconds", "said"),
    [(3600, "s old by this machine's clock, expected at most 60"), (-3600, "s in the future of this machine's clock")],
)
def test_a_clock_that_is_wrong(place: Place, monkeypatch: pytest.MonkeyPatch, ahead_seconds: int, said: str) -> None:
    monkeypatch.setattr("oracles.checks.chain.time", SimpleNamespace(time=lambda: time.time() + ahead_seconds))
    (wrong,) = [finding for finding in findings(place.settings, ROUNDS) if not finding.passed]
    assert wrong.subject == "clock" and said in wrong.said and "set this machine's clock (NTP)" in wrong.remedy


def test_a_stake_that_is_used_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slashing a seat down takes a hundred rounds; the contract's answer is changed instead."""
    read_all = Market.read_all

    def poor(market: Market, questions: object, at: object) -> tuple[object, ...]:
        answers = read_all(market, questions, at)  # type: ignore[arg-type]
        return tuple(
            tuple(replace(seat, stake=SEAT_STAKE // 1000) for seat in answer) if isinstance(answer, tuple) else answer
            for answer in answers
        )

    monkeypatch.setattr(Market, "read_all", poor)
    (wrong,) = [finding for finding in findings(place.settings, ROUNDS) if not finding.passed]
    assert wrong.subject == "stake" and "the seat's stake is down to 0.1, a missed vote costs 1" in wrong.said


def command(place: Place, *more: str) -> subprocess.CompletedProcess[str]:
    where = place.settings.connection
    options = ["--rpc", place.rpc, "--deployment", str(where.deployment), "--ipfs", place.ipfs]
    files = ["--keystore", str(where.keystore), "--identity", str(where.identity_file)]
    phrase = ["--passphrase-file", str(where.passphrase_file)]
    return subprocess.run(
        [sys.executable, "-m", "oracles", *options, *files, *phrase, *more],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_command_prints_a_line_each_and_its_exit_code_tells(place: Place) -> None:
    well = command(place, "check")
    assert well.returncode == 0, well.stdout + well.stderr
    lines = well.stdout.splitlines()
    assert all(line.startswith("✓ ") for line in lines[:-1]) and lines[-1].endswith("the oracle can run")
    ill = command(place, "--rpc", "http://user:hunter2@127.0.0.1:1/v2/hunter2", "--ipfs", CLOSED, "check")
    assert ill.returncode == 1 and ill.stdout.count("✗") == 2 and "  → start the node" in ill.stdout
    assert "hunter2" not in ill.stdout + ill.stderr and "Traceback" not in ill.stderr
    assert FIRST_KEY.to_bytes(32, "big").hex() not in well.stdout + ill.stdout
