"""The server's half, driven by hand: phases, late and missing answers, faults with names, save and resume."""

from typing import Any

import numpy as np
import pytest

from deltaml.errors import InvalidInput
from deltaml.learning import (
    ClientFault,
    EvaluateResult,
    FedAdam,
    FedAvg,
    Federation,
    FederationSettings,
    FitResult,
    Krum,
    Layout,
    Linear,
    LocalTraining,
    ModelClient,
    NormClipping,
    TrustScores,
    call_evaluate,
    call_fit,
    first_parameters,
    model_evaluation,
    require_client,
)

pytestmark = pytest.mark.unit

START = [np.zeros((2, 1)), np.zeros(1, dtype=np.float32)]
EVERYBODY = {"ann", "bob", "eve"}


def federation(**settings: Any) -> Federation:
    return Federation(FedAvg(), START, FederationSettings(**({"rounds": 3, "evaluate": False} | settings)))


def at(*values: float, rows: int = 1) -> FitResult:
    return FitResult(np.array(values), rows, {})


def statuses(server: Federation, number: int = -1) -> dict[str, str]:
    return {record.client: record.status for record in server.history.rounds[number].clients}


# ---------------------------------------------------------------------- rounds


def test_a_round_moves_by_the_mean_weighted_by_rows() -> None:
    server = federation()
    server.receive_fit("ann", 1, at(1, 1, 1, rows=3))
    server.receive_fit("bob", 1, at(5, 1, 1, rows=1))
    server.close_phase({"ann", "bob"}, seconds=0.5)
    weights, bias = server.parameters
    assert weights.tolist() == [[2.0], [1.0]] and bias.tolist() == [1.0] and bias.dtype == np.float32
    assert server.number == 2 and server.phase == "fit"
    (record,) = server.history.rounds
    assert [client.share for client in record.clients] == [0.75, 0.25] and record.seconds == 0.5


def test_all_may_weigh_the_same() -> None:
    server = federation(weigh_by="equal")
    server.receive_fit("ann", 1, at(1, 0, 0, rows=1000))
    server.receive_fit("bob", 1, at(3, 0, 0, rows=1))
    server.close_phase(set())
    assert server.parameters[0][0, 0] == 2.0


def test_who_does_not_answer_is_recorded_and_the_round_goes_on() -> None:
    server = federation()
    server.receive_fit("ann", 1, at(1, 1, 1))
    server.fail("bob", "ValueError: the disk is full")
    assert server.answered() == {"ann", "bob"}
    server.close_phase(EVERYBODY)
    assert statuses(server) == {"ann": "ok", "bob": "faulty", "eve": "missing"}
    assert server.history.rounds[0].clients[1].why == "ValueError: the disk is full"


def test_a_round_with_too_few_changes_nothing_and_says_so() -> None:
    server = federation(min_fit=2)
    server.receive_fit("ann", 1, at(1, 1, 1))
    server.close_phase(EVERYBODY)
    assert not server.history.rounds[0].moved and "1 of at least 2" in server.history.rounds[0].why
    assert server.parameters[0].tolist() == [[0.0], [0.0]] and server.number == 2


def test_a_strategy_that_cannot_leaves_the_model_alone() -> None:
    server = Federation(Krum(n_bad=1), START, FederationSettings(rounds=1, evaluate=False))
    server.receive_fit("ann", 1, at(1, 1, 1))
    server.close_phase(set())
    assert "Krum wants at least 5" in server.history.rounds[0].why and server.phase == "done"


def test_a_model_that_overflows_is_not_taken() -> None:
    server = Federation(FedAvg(10.0), START, FederationSettings(rounds=1, evaluate=False))
    server.receive_fit("ann", 1, at(1e150, 0, 0))
    server.close_phase(set())
    assert not server.history.rounds[0].moved and "huge" in server.history.rounds[0].why
    assert server.parameters[0].tolist() == [[0.0], [0.0]]


def test_who_is_dropped_by_score_is_recorded_so() -> None:
    model, rows = Linear(2), (np.eye(2), np.ones(2))
    server = Federation(TrustScores(FedAvg(), model, rows), [np.zeros(3)], FederationSettings(rounds=1, evaluate=False))
    server.receive_fit("ann", 1, at(0.1, 0.1, 0))
    server.receive_fit("eve", 1, at(-0.1, -0.1, 0))
    server.close_phase(set())
    assert statuses(server) == {"ann": "ok", "eve": "dropped"}
    assert server.history.rounds[0].clients[1].share == 0.0


def test_clients_are_told_the_round_and_the_clip_norm() -> None:
    server = Federation(NormClipping(FedAvg(), 0.5), START)
    assert server.task.config == {"server_round": 1, "clip_norm": 0.5}


# ---------------------------------------------------------------------- evaluation


def test_after_each_move_clients_test_the_new_model() -> None:
    server = federation(evaluate=True)
    server.receive_fit("ann", 1, at(1, 1, 1))
    server.close_phase({"ann"}, 1.0)
    assert server.phase == "evaluate" and server.number == 1
    server.receive_evaluation("ann", 1, EvaluateResult(0.5, 3, {"accuracy": 0.9}))
    server.receive_evaluation("late joiner", 1, EvaluateResult(1.5, 1, {"accuracy": 0.5}))
    server.fail("bob", "OSError: gone")
    assert server.answered() == {"ann", "late joiner", "bob"}
    server.close_phase({"ann"}, 0.25)
    record = server.history.rounds[0]
    assert record.seconds == 1.25 and statuses(server)["late joiner"] == "missing"
    assert record.client_mean("loss") == 0.75 and record.client_mean("accuracy") == 0.8
    assert {client.client: client.why for client in record.clients}["bob"] == "OSError: gone"


def test_the_server_tests_the_model_on_its_own_rows() -> None:
    model, rows = Linear(2), (np.eye(2), np.ones(2))
    server = Federation(FedAvg(), [np.zeros(3)], FederationSettings(evaluate=False), model_evaluation(model, rows))
    server.receive_fit("ann", 1, at(1, 1, 0))
    server.close_phase(set())
    assert server.history.rounds[0].loss == 0.0 and server.history.rounds[0].metrics == {"R2": 1.0}


@pytest.mark.parametrize("loss", [np.inf, np.nan])
def test_a_loss_that_is_no_number_is_left_out(loss: float) -> None:
    def evaluation(model: Any) -> tuple[float, Any]:
        return loss, {"f1": loss, "n": 1}

    server = Federation(FedAvg(), START, FederationSettings(1, evaluate=False), evaluation)
    server.close_phase(set())
    assert server.history.rounds[0].loss is None and server.history.rounds[0].metrics == {"n": 1}


# ---------------------------------------------------------------------- updates that the server can't read


def test_hidden_updates_move_the_model_by_what_others_opened() -> None:
    server = Federation(NormClipping(FedAvg(), 2.0), START, FederationSettings(3, evaluate=False))
    server.receive_hidden("ann", 1, 3)
    server.receive_hidden("bob", 1, 1)
    assert server.answered() == {"ann", "bob"}
    with pytest.raises(ClientFault, match="already"):
        server.receive_hidden("ann", 1, 3)
    with pytest.raises(ClientFault, match="phase"):
        server.receive_hidden("eve", 2, 3)
    server.close_phase(EVERYBODY, opened=np.array([1.0, 0.0, 0.0]))
    assert server.parameters[0].ravel().tolist() == [1.0, 0.0]
    assert [client.share for client in server.history.rounds[0].clients] == [0.75, 0.25, 0.0]


@pytest.mark.parametrize(("opened", "says"), [(None, "nobody opened"), (np.array([9.0, 0, 0]), "masks don't fit")])
def test_a_sum_that_is_not_there_or_can_not_be_moves_nothing(opened: Any, says: str) -> None:
    server = Federation(NormClipping(FedAvg(), 2.0), START, FederationSettings(1, evaluate=False))
    server.receive_hidden("ann", 1, 3)
    server.close_phase(EVERYBODY, opened=opened)
    assert not server.history.rounds[0].moved and says in server.history.rounds[0].why


# ---------------------------------------------------------------------- late, early, twice


@pytest.mark.parametrize(("number", "says"), [(0, "round 1"), (2, "round 1 is in phase 'fit'"), (-1, "round 1")])
def test_updates_for_no_open_round_are_refused(number: int, says: str) -> None:
    with pytest.raises(ClientFault, match=says):
        federation().receive_fit("ann", number, at(1, 1, 1))


def test_one_update_each() -> None:
    server = federation()
    server.receive_fit("ann", 1, at(1, 1, 1))
    with pytest.raises(ClientFault, match="client 'ann', round 1, fit: there is an update"):
        server.receive_fit("ann", 1, at(1, 1, 1))


def test_late_updates_are_refused_unless_the_run_allows_them() -> None:
    server = federation()
    server.close_phase(EVERYBODY)
    with pytest.raises(ClientFault, match="too late"):
        server.receive_fit("ann", 1, at(1, 1, 1))


def test_a_late_update_counts_less_and_from_where_it_started() -> None:
    server = federation(max_staleness=1)
    server.receive_fit("bob", 1, at(2, 0, 0))
    server.close_phase(EVERYBODY)
    server.receive_fit("ann", 1, at(0, 6, 0))  # moved (0, 6, 0) from the model of round 1
    server.receive_fit("bob", 2, at(3, 0, 0))  # moved (1, 0, 0) from that of round 2
    assert server.answered() == {"bob"}
    server.close_phase(EVERYBODY)
    share = (1 / np.sqrt(2)) / (1 + 1 / np.sqrt(2))
    np.testing.assert_allclose(server.parameters[0].ravel(), [2 + (1 - share), 6 * share])
    assert statuses(server) == {"ann": "late", "bob": "ok", "eve": "missing"}


def test_a_late_update_that_comes_while_others_evaluate_waits_for_the_next_round() -> None:
    server = federation(max_staleness=1, evaluate=True)
    server.close_phase(EVERYBODY)
    server.receive_fit("ann", 1, at(1, 0, 0))
    server.close_phase(EVERYBODY)
    server.close_phase(EVERYBODY)
    assert server.parameters[0][0, 0] == 1.0
    server.close_phase(EVERYBODY)
    assert statuses(server) == {"ann": "late", "bob": "missing", "eve": "missing"}


def test_a_newer_update_replaces_a_late_one() -> None:
    server = federation(max_staleness=1)
    server.close_phase(EVERYBODY)
    server.receive_fit("ann", 1, at(9, 9, 9))
    server.receive_fit("ann", 2, at(1, 0, 0))
    server.close_phase(set())
    assert server.parameters[0].ravel().tolist() == [1.0, 0.0] and statuses(server)["ann"] == "ok"


def test_evaluations_come_in_their_phase_and_once() -> None:
    server = federation(evaluate=True)
    result = EvaluateResult(0.5, 1, {})
    with pytest.raises(ClientFault, match="phase 'fit'"):
        server.receive_evaluation("ann", 1, result)
    server.close_phase(set())
    server.receive_evaluation("ann", 1, result)
    with pytest.raises(ClientFault, match="already"):
        server.receive_evaluation("ann", 1, result)


def test_after_the_last_round_nothing_is_taken() -> None:
    server = federation(rounds=1, max_staleness=5)
    server.close_phase(set())
    assert server.phase == "done"
    with pytest.raises(ClientFault, match="'done'"):
        server.receive_fit("ann", 1, at(1, 1, 1))


# ---------------------------------------------------------------------- save and resume


def play(server: Federation, until: int) -> Federation:
    while server.phase != "done" and server.number <= until:
        for name in sorted(EVERYBODY):
            seed = [server.number, len(name), ord(name[0])]
            change = np.random.default_rng(seed).normal(size=3)
            server.receive_fit(name, server.number, FitResult(server.task.parameters + change, 1, {}))
        server.close_phase(EVERYBODY)
    return server


def test_a_resumed_run_ends_where_an_unbroken_one_does() -> None:
    settings = FederationSettings(rounds=6, evaluate=False, max_staleness=1)
    whole = play(Federation(FedAdam(), START, settings), 6)
    half = play(Federation(FedAdam(), START, settings), 3)
    half.receive_fit("ann", 4, at(9, 9, 9))  # of a round under way: not kept
    rest = Federation(FedAdam(), START, settings)
    rest.resume(half.to_map())
    assert rest.number == 4 and len(rest.history) == 3
    play(rest, 6)
    np.testing.assert_array_equal(rest.task.parameters, whole.task.parameters)
    assert rest.history == whole.history and rest.phase == "done"


def test_a_round_under_way_is_not_saved() -> None:
    server = play(federation(evaluate=True, rounds=2), 0)
    server.receive_fit("ann", 1, at(1, 1, 1))
    server.close_phase(EVERYBODY)
    stored = server.to_map()
    assert stored["rounds_done"] == 0 and stored["models"][-1].tolist() == [0.0, 0.0, 0.0]


def test_a_stored_run_of_something_else_is_refused() -> None:
    stored = play(federation(), 1).to_map()
    with pytest.raises(InvalidInput, match="shapes"):
        Federation(FedAvg(), [np.zeros(9)]).resume(stored)
    with pytest.raises(InvalidInput, match="strategy kept"):
        Federation(FedAdam(), START).resume(stored)


# ---------------------------------------------------------------------- what clients return


class Flawed:
    """A client whose answers a test chooses."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def get_parameters(self, config: Any) -> Any:
        return self._give()

    def fit(self, parameters: Any, config: Any) -> Any:
        parameters[0] += 1
        return self._give()

    def evaluate(self, parameters: Any, config: Any) -> Any:
        return self._give()

    def _give(self) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (None, r"returned NoneType None; expected \(parameters, num_examples, metrics\)"),
        ((START, 3), r"expected \(parameters, num_examples, metrics\)"),
        ((np.zeros(3), 3, {}), "a list of arrays"),
        (([], 3, {}), "a list of arrays"),
        (([np.zeros(3)], 3, {}), r"shapes \[\(3,\)\], expected \[\(2, 1\), \(1,\)\]"),
        (([np.zeros((2, 1)), np.array(["a"])], 3, {}), "array 1 has type"),
        (([np.full((2, 1), np.nan), np.zeros(1)], 3, {}), "2 of 3 parameters are NaN"),
        (([np.full((2, 1), -1e200), np.zeros(1)], 3, {}), "2 of 3 parameters are NaN, infinite or huge"),
        ((START, 0, {}), "num_examples"),
        ((START, 2.5, {}), "num_examples is float 2.5"),
        ((START, True, {}), "num_examples"),
        ((START, 3, None), "metrics are NoneType"),
        ((START, 3, {"loss": float("nan")}), "metric 'loss' is float nan"),
        ((START, 3, {"loss": [1, 2]}), "metric 'loss' is list"),
        ((START, 3, {1: 2}), "a metric is called int 1"),
        (KeyError("age"), "KeyError: 'age'"),
    ],
)
def test_a_bad_fit_says_which_client_when_and_what(answer: Any, says: str) -> None:
    with pytest.raises(ClientFault, match=rf"client 'bob', round 7, fit: .*{says}"):
        call_fit("bob", Flawed(answer), 7, Layout.of(START), np.zeros(3), {})


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((0.5,), r"expected \(loss, num_examples, metrics\)"),
        ((float("inf"), 3, {}), "the loss is float inf"),
        (("low", 3, {}), "the loss is str 'low'"),
        ((0.5, -1, {}), "num_examples"),
        (RuntimeError("no memory"), "RuntimeError: no memory"),
    ],
)
def test_a_bad_evaluation_says_which_client_when_and_what(answer: Any, says: str) -> None:
    with pytest.raises(ClientFault, match=rf"client 'bob', round 7, evaluate: .*{says}"):
        call_evaluate("bob", Flawed(answer), 7, Layout.of(START), np.zeros(3), {})


def test_numpy_scalars_are_numbers() -> None:
    metrics = {
        "a": np.float32(0.5),
        "b": np.int64(2),
        "c": np.bool_(True),
        "d": np.array([0.25]),
        "e": "text",
        "f": b"x",
    }
    result = call_fit("bob", Flawed((START, np.int32(3), metrics)), 1, Layout.of(START), np.zeros(3), {})
    assert result.num_examples == 3
    assert result.metrics == {"a": 0.5, "b": 2, "c": True, "d": 0.25, "e": "text", "f": b"x"}


def test_clients_can_not_change_the_servers_model() -> None:
    mine = np.zeros(3)
    call_fit("bob", Flawed((START, 3, {})), 1, Layout.of(START), mine, {})
    assert not mine.any()


def test_what_is_no_client_is_told_what_it_lacks() -> None:
    with pytest.raises(InvalidInput, match="'bob' is a list without get_parameters, fit, evaluate"):
        require_client("bob", [])
    with pytest.raises(ClientFault, match="'bob', round 0, get_parameters: TypeError"):
        first_parameters("bob", Flawed(None))


def test_whole_numbers_come_back_as_they_are() -> None:
    layout = Layout.of([np.arange(3), np.zeros((0, 2)), np.float32(1)])
    arrays = layout.unflatten(layout.flatten([np.arange(3), np.zeros((0, 2)), 1.5]))
    assert [array.dtype.name for array in arrays] == ["int64", "float64", "float32"]
    assert arrays[0].tolist() == [0, 1, 2] and arrays[1].shape == (0, 2) and arrays[2] == 1.5


# ---------------------------------------------------------------------- our models as clients


def test_a_model_client_trains_clips_and_repeats_itself() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 2)), rng.normal(size=50)
    training = LocalTraining(epochs=2, batch_size=10, learning_rate=0.1)
    client = ModelClient(Linear(2), (X, y), training, random_state=3)
    (first,), rows, _ = client.fit([np.zeros(3)], {"server_round": 1})
    assert rows == 50 and np.array_equal(first, client.fit([np.zeros(3)], {"server_round": 1})[0][0])
    assert not np.array_equal(first, client.fit([np.zeros(3)], {"server_round": 2})[0][0])
    (short,), _, _ = client.fit([np.zeros(3)], {"server_round": 1, "clip_norm": 0.01})
    np.testing.assert_allclose(np.linalg.norm(short), 0.01)
    noisy = ModelClient(Linear(2), (X, y), training, clip_norm=0.01, noise_stddev=5.0)
    assert np.linalg.norm(noisy.fit([np.zeros(3)], {})[0][0]) > 0.1
    loss, rows, metrics = client.evaluate([np.zeros(3)], {})
    assert (loss, rows, list(metrics)) == (Linear(2).loss(np.zeros(3), X, y), 50, ["R2"])


def test_a_model_that_does_not_train_itself_wants_to_be_told_how() -> None:
    with pytest.raises(InvalidInput, match="give `training`"):
        ModelClient(Linear(2), (np.eye(2), np.ones(2)))


@pytest.mark.parametrize(("settings", "says"), [({"rounds": 0}, "rounds"), ({"weigh_by": "stake"}, "weigh_by")])
def test_settings_out_of_range_are_refused(settings: Any, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        FederationSettings(**settings)
