"""Our clients inside Flower and Flower's inside ours."""

from typing import Any

import numpy as np
import pytest
from flwr.client import ClientApp, NumPyClient
from flwr.common import Code, FitIns, ndarrays_to_parameters, parameters_to_ndarrays

from deltaml.errors import InvalidInput
from deltaml.federated import run_simulation
from deltaml.federated.flower import FlowerClient, client_fn
from deltaml.learning import Linear, LocalTraining, ModelClient
from tests.python.federated.numpy_client import NumpyClient

pytestmark = pytest.mark.unit

X = np.random.default_rng(0).normal(size=(30, 3))
OURS = ModelClient(Linear(3), (X, X @ [1.0, -2.0, 0.5]), LocalTraining(2, 8, 0.1), random_state=1)


def test_flowers_own_class_runs_here_as_it_is() -> None:
    class Theirs(NumpyClient, NumPyClient):  # type: ignore[misc]
        pass

    y = np.arange(30) % 3
    run = run_simulation([Theirs(X, y, 3), Theirs(X, y, 3)], rounds=3, progress=False)
    assert run.history.table()[-1]["clients_loss"] < np.log(3)


def test_ours_answers_flowers_messages() -> None:
    inside: Any = client_fn(lambda context: OURS)(None)  # type: ignore[arg-type]
    answer = inside.fit(FitIns(ndarrays_to_parameters([np.zeros(4)]), {"server_round": 1}))
    assert answer.status.code == Code.OK and answer.num_examples == 30
    (expected,), _, _ = OURS.fit([np.zeros(4)], {"server_round": 1})
    np.testing.assert_array_equal(parameters_to_ndarrays(answer.parameters)[0], expected)
    assert ClientApp(client_fn=client_fn(lambda context: OURS)) is not None


def test_flowers_wrapper_runs_here_too() -> None:
    plain, wrapped = (run_simulation([c], rounds=2, progress=False) for c in (OURS, FlowerClient(OURS)))
    np.testing.assert_array_equal(plain.parameters[0], wrapped.parameters[0])
    with pytest.raises(InvalidInput, match="without get_parameters"):
        FlowerClient(object())  # type: ignore[arg-type]
