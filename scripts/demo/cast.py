"""Who takes part in a task on a local network: its committee, its owner, its trainers and everybody's files."""

import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.demo.scenes import Scene
from scripts.localnet import Localnet, Person

WEI = 10**18
N_ORACLES = 4
SEAT_STAKE = 500
TRAINER_STAKE = 100
OWNER_REWARD = 1_000


@dataclass(frozen=True)
class Cast:
    """Who plays in a task: its name and number, the owner, the trainers with their roles, and the files of those who
    have data; held_out: rows that nobody trains or scores with."""

    name: str
    owner: Person
    task_id: int
    trainers: tuple[tuple[Person, str], ...]
    data: tuple[Path, ...]
    held_out: Path


def found_committee(net: Localnet) -> list[Person]:
    """A committee of N_ORACLES members who have enrolled; their processes are not started."""
    oracles = [net.person(f"oracle-{index}", stake=SEAT_STAKE * WEI) for index in range(N_ORACLES)]
    founder = net.person("founder")
    members = [oracle.account for oracle in oracles]
    net.deltaml("committee", "found", *members, "--seat-stake", str(SEAT_STAKE), person=founder)
    for oracle in oracles:
        net.deltaml("committee", "enroll", "1", "--yes", person=oracle)
    return oracles


def post(net: Localnet, scene: Scene) -> Cast:
    """Writes everybody's files, posts the task and names its trainers."""
    split = scene.split()
    folder = net.folder / "data" / scene.name.replace(" ", "-")
    folder.mkdir(parents=True)
    owner = net.person(scene.owner_name, reward=OWNER_REWARD * WEI)
    task_file = folder / "task.toml"
    task_file.write_text(scene.task_file(split, committee=1), "utf-8")
    validation = split.write(folder / "validation.csv", split.validation)
    printed = net.deltaml("task", "post", str(task_file), "--validation", str(validation), "--yes", person=owner)
    task_id = int(printed.split()[-1])

    trainers, data = [], []
    for index, rows in enumerate(split.owners):
        flips = scene.flipper and index == len(split.owners) - 1
        labels = len(split.classes) - 1 - split.y[rows] if flips else None
        person = net.person(f"{scene.owner_name}-{index}", stake=TRAINER_STAKE * WEI)
        trainers.append((person, "flipper" if flips else "honest"))
        data.append(split.write(folder / f"owner-{index}.csv", rows, labels))
    for kind in scene.bad:
        trainers.append((net.person(f"{scene.owner_name}-{kind}", stake=TRAINER_STAKE * WEI), kind))
    held_out = split.write(folder / "held-out.csv", split.held_out)
    return Cast(scene.name, owner, task_id, tuple(trainers), tuple(data), held_out)


def start_trainers(net: Localnet, cast: Cast) -> None:
    keep = ["--keep-updates", str(net.folder / "updates")]
    for index, (person, role) in enumerate(cast.trainers):
        if role in ("honest", "flipper"):
            net.start_trainer(person, cast.task_id, cast.data[index], *keep)
        else:
            command = [sys.executable, "-m", "scripts.demo.adversaries", role, "--task", str(cast.task_id), *keep]
            net.spawn(person.name, [*command, *net.options(person)])
