"""The whole task once more where there is no Kubo: on the embedded IPFS node."""

import pytest

from scripts.localnet import Localnet
from tests.e2e.people import found_crew
from tests.e2e.scene import Scene
from tests.e2e.whole_task import assert_whole_task, play_whole_task

pytestmark = pytest.mark.e2e


def test_whole_task_on_the_embedded_node(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Localnet(tmp_path_factory.mktemp("net"), embedded=True) as net:
        net.mine_every(1)
        assert net.ipfs_kind == "embedded"
        crew = found_crew(net, "steady")
        crew.start(net)
        scene = Scene.prepare(net, crew, "whole", trainers=3)
        play_whole_task(scene, rounds=1)
        assert_whole_task(scene)
