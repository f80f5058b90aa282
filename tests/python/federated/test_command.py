"""`python -m deltaml.federated serve` as a process: an address on standard output, a run with clients, an end."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from deltaml.federated import connect, load
from deltaml.federated.command import STRATEGIES, parser, run_module
from deltaml.learning import Linear, LocalTraining, ModelClient
from deltaml.sealing import recipient_from_text

ROOT = Path(__file__).parents[3]


def owner(seed: int) -> ModelClient:
    X = np.random.default_rng(seed).normal(size=(30, 3))
    return ModelClient(Linear(3), (X, X @ [1.0, -2.0, 0.5]), LocalTraining(2, 8, 0.1), random_state=seed)


@pytest.mark.integration
def test_a_run_from_the_shell_without_a_chain(tmp_path: Path) -> None:
    """The library's chain packages are not even there: importing web3 fails in this process."""
    (tmp_path / "web3.py").write_text("raise ImportError('no chain here')\n")
    environment = {**os.environ, "DELTAML_SECRET": "open sesame", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    words = ["serve", "--port", "0", "--rounds", "3", "--min-clients", "2", "--strategy", "fedavgm", "--clip-norm", "5"]
    words += ["--checkpoint", str(tmp_path / "run")]
    with (
        subprocess.Popen(
            [sys.executable, "-m", "deltaml.federated", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
        ThreadPoolExecutor(2) as pool,
    ):
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        ends = [pool.submit(connect, url, owner(i), f"owner {i}", secret="open sesame") for i in range(2)]
        models = [end.result(60)[0] for end in ends]
        _, shown = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    assert "round 3: loss" in shown and "R2" in shown and "2 of 2 clients" in shown
    parameters, history = load(tmp_path / "run")
    assert len(history) == 3
    for model in models:
        np.testing.assert_array_equal(model, parameters[0])


@pytest.mark.integration
def test_a_masked_run_from_the_shell(tmp_path: Path) -> None:
    """As the pages tell it: helpers make identities, the server is told who they are, clients insist on them."""
    module = [sys.executable, "-m", "deltaml.federated"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    files = [str(tmp_path / f"identity-{seat}.txt") for seat in range(4)]
    shown = [subprocess.check_output([*module, "helper", file], env=environment, text=True).strip() for file in files]
    words = ["serve", "--port", "0", "--rounds", "2", "--min-clients", "3", "--clip-norm", "1", "--quiet"]
    words += [word for recipient in shown for word in ("--helper", recipient)]
    with subprocess.Popen([*module, *words], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        helpers = [
            subprocess.Popen([*module, "helper", file, url], env=environment, stdout=subprocess.PIPE, text=True)
            for file in files
        ]
        for seat, helper in enumerate(helpers):
            assert helper.stdout is not None
            assert [helper.stdout.readline().strip() for _ in range(2)] == [shown[seat], f"seat {seat}"]
        trusted = [recipient_from_text(recipient) for recipient in shown]
        with ThreadPoolExecutor(3) as pool:
            ends = [pool.submit(connect, url, owner(i), f"owner {i}", helpers=trusted) for i in range(3)]
            models = [end.result(60)[0] for end in ends]
        assert [process.wait(60), *(helper.wait(60) for helper in helpers)] == [0] * 5
    assert models[0].any() and all(np.array_equal(model, models[0]) for model in models)


@pytest.mark.unit
def test_every_strategy_can_be_named() -> None:
    options = parser("deltaml serve")
    assert {options.parse_args(["--strategy", name]).strategy for name in STRATEGIES} == set(STRATEGIES)
    assert all(build().least_updates >= 1 for build in STRATEGIES.values())


@pytest.mark.unit
@pytest.mark.parametrize(
    ("words", "says"), [([], "usage"), (["run"], "usage"), (["serve", "--rounds", "0"], "error: wanted")]
)
def test_what_is_wrong_is_one_sentence(words: list[str], says: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run_module(words)
    assert str(ended.value.code).startswith(says)
