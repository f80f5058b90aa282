"""The record of a run: tables that pandas takes, a plot, and a round trip through plain values."""

import numpy as np
import pytest

from deltaml.errors import InvalidInput
from deltaml.learning import ClientRecord, RoundRecord, RunHistory

pytestmark = pytest.mark.unit

ANN = ClientRecord("ann", "ok", "", 10, 1.0, 0.5, 0.4, 10, {"accuracy": 0.8, "note": "warm"})
BOB = ClientRecord("bob", "missing")
HISTORY = RunHistory(
    (
        RoundRecord(1, 0.5, True, "", 0.7, {"accuracy": 0.6}, (ANN, BOB)),
        RoundRecord(2, 0.5, False, "0 of at least 1 updates came", None, {}, (BOB,)),
    )
)


def test_one_row_per_round() -> None:
    first, second = HISTORY.table()
    assert first == {
        "round": 1,
        "moved": True,
        "loss": 0.7,
        "clients_loss": 0.4,
        "accuracy": 0.6,
        "clients_accuracy": 0.8,
        "ok": 1,
        "late": 0,
        "dropped": 0,
        "faulty": 0,
        "missing": 1,
        "seconds": 0.5,
        "why": "",
    }
    assert list(second) == list(first) and second["loss"] is None and second["clients_accuracy"] is None
    assert len(HISTORY) == 2 and RunHistory().table() == []


def test_one_row_per_round_and_client() -> None:
    rows = HISTORY.client_table()
    assert [(row["round"], row["client"], row["accuracy"]) for row in rows] == [
        (1, "ann", 0.8),
        (1, "bob", None),
        (2, "bob", None),
    ]
    assert len({tuple(row) for row in rows}) == 1


def test_a_mean_is_over_who_reported_weighted_by_rows() -> None:
    other = ClientRecord("eve", "ok", loss=1.0, num_evaluated=30, metrics={})
    record = RoundRecord(1, 0.0, True, "", None, {}, (ANN, BOB, other))
    assert record.client_mean("loss") == pytest.approx(0.85)
    assert record.client_mean("accuracy") == 0.8 and record.client_mean("note") is None


def test_a_plot_has_a_panel_per_metric_and_a_line_for_each_side() -> None:
    figure = HISTORY.plot()
    assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy"]
    assert [line.get_label() for line in figure.axes[1].lines] == ["server", "clients' mean"]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xydata(), [[1, 0.7]])
    assert [axes.get_title() for axes in HISTORY.plot(["accuracy"]).axes] == ["accuracy"]


@pytest.mark.parametrize(("history", "metrics"), [(RunHistory(), None), (HISTORY, ["f1"])])
def test_nothing_to_plot_says_so(history: RunHistory, metrics: list[str] | None) -> None:
    with pytest.raises(InvalidInput, match="nothing to plot"):
        history.plot(metrics)


def test_it_comes_back_from_plain_values() -> None:
    assert RunHistory.from_map(HISTORY.to_map()) == HISTORY


@pytest.mark.parametrize(
    "stored", [{}, {"rounds": [{}]}, {"rounds": [1]}, {"rounds": [HISTORY.to_map()["rounds"][0] | {"x": 1}]}]
)
def test_anything_else_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        RunHistory.from_map(stored)
