"""The thesis's own use case: diabetes data, five data owners, a linear model that nobody but its owner ever sees."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from deltaml.board import Snapshot, TaskReader
from deltaml.client.owner import predict
from deltaml.client.table import Table
from scripts.demo.cast import WEI, Cast
from scripts.demo.report import SealedResult, actors_of
from scripts.demo.stage import balances, collect, follow
from scripts.localnet import Localnet

NAME = "diabetes, sealed"
KEY_BITS = 2048
ROUNDS = 6
ROWS_PER_FILE = 50
# As in the thesis: files of 50 rows in the order of the data set, the second of which measures.
OWNERS = (0, 2, 3, 4, 5)
HELD_OUT = 1
TRAINER_STAKE = 100
OWNER_REWARD = 1_000

TASK = f"""
[model]
name = "diabetes progression, linear regression"
sealed = true
family = "linear"
l2 = 0.1

[data]
purpose = "Foresee how the disease goes on within a year, by ten measurements."
columns = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
target = "progression"

[training]

[privacy]
weight_norm = 2.0
clip_norm = 24.0

[owner]
optimiser = "bfgs"
first_rate = 0.1

[progress]
per_round = true

[market]
committee = 1
rounds = {ROUNDS}
pool = 120.0
fee_per_round = 4.0
min_trainers = 3
max_trainers = {len(OWNERS)}
unit_stake = 20.0
miss_penalty = 1.0
join_seconds = 900
submit_seconds = 300
commit_seconds = 120
vote_seconds = 900
challenge_seconds = 120
turn_seconds = 30
"""


def play_sealed(net: Localnet, reader: TaskReader, console: Console) -> SealedResult:
    """Posts, trains and collects; the committee is the one of the other tasks."""
    started = time.monotonic()
    folder = net.folder / "data" / "diabetes"
    folder.mkdir(parents=True)
    net.mine_at_once()
    cast, key = post(net, folder)
    before = balances(net, [cast])
    net.start_owner(cast.owner, cast.task_id, folder / "task.toml", cast.held_out, key)
    for (person, _), data in zip(cast.trainers, cast.data, strict=True):
        net.start_trainer(person, cast.task_id, data)
    net.mine_every(net.block_seconds)
    training = time.monotonic()
    follow(net, reader, [cast], console)
    trained = time.monotonic()
    [snapshot] = collect(net, reader, [cast], console)
    seconds = time.monotonic() - started
    result = judge(net, cast, key, snapshot, before, (seconds, trained - training))
    result.require_balance()
    return result


def post(net: Localnet, folder: Path) -> tuple[Cast, Path]:
    """Writes everybody's files and posts the task; the cast and the owner's key file."""
    X, y = load_diabetes(return_X_y=True)
    files = [write(folder / f"file-{i}.csv", X[rows], y[rows]) for i, rows in enumerate(_slices())]
    (folder / "task.toml").write_text(TASK, "utf-8")
    owner = net.person("clinic", reward=OWNER_REWARD * WEI)
    key = folder / "clinic.key"
    net.deltaml("owner", "key", str(key), "--bits", str(KEY_BITS), person=owner)
    options = ["--validation", str(files[HELD_OUT]), "--key", str(key), "--yes"]
    printed = net.deltaml("task", "post", str(folder / "task.toml"), *options, person=owner)
    trainers = tuple((net.person(f"clinic-{i}", stake=TRAINER_STAKE * WEI), "honest") for i in range(len(OWNERS)))
    return Cast(NAME, owner, int(printed.split()[-1]), trainers, tuple(files[i] for i in OWNERS), files[HELD_OUT]), key


def _slices() -> list[slice]:
    return [slice(start, start + ROWS_PER_FILE) for start in range(0, ROWS_PER_FILE * (max(OWNERS) + 1), ROWS_PER_FILE)]


def write(path: Path, X: NDArray[np.float64], y: NDArray[np.float64]) -> Path:
    lines = [",".join((*load_diabetes().feature_names, "progression"))]
    lines += [",".join(repr(float(value)) for value in (*row, target)) for row, target in zip(X, y, strict=True)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def judge(
    net: Localnet,
    cast: Cast,
    key: Path,
    snapshot: Snapshot,
    before: dict[str, tuple[int, int]],
    seconds: tuple[float, float],
) -> SealedResult:
    """Decrypts the model as its owner would, and measures it where the thesis measured."""
    out = net.folder / "diabetes-model.json"
    files = ["--out", str(out), "--key", str(key)]
    net.deltaml("task", "fetch-model", str(cast.task_id), *files, person=cast.owner)
    held_out = Table.read(cast.held_out)
    truth = held_out.numbers("progression")
    predicted = np.array(predict(out.read_text("utf-8"), held_out))
    X, y = load_diabetes(return_X_y=True)
    rows = _slices()
    alone = [LinearRegression().fit(X[rows[i]], y[rows[i]]).predict(X[rows[HELD_OUT]]) for i in OWNERS]
    return SealedResult(
        name=cast.name,
        snapshot=snapshot,
        actors=actors_of(cast, snapshot, before, balances(net, [cast])),
        key_bits=KEY_BITS,
        mse=float(np.mean((predicted - truth) ** 2)),
        mse_alone=tuple(float(np.mean((answers - truth) ** 2)) for answers in alone),
        seconds=round(seconds[0], 1),
        training_seconds=round(seconds[1], 1),
    )
