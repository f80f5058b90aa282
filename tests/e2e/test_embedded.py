"""The whole task once more where there is no Kubo: on the embedded IPFS node."""

import pytest

from tests.e2e.people import at_work, running_net
from tests.e2e.scene import Scene
from tests.e2e.whole_task import assert_whole_task, play_whole_task

pytestmark = pytest.mark.e2e


def test_whole_task_on_the_embedded_node(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_net(tmp_path_factory.mktemp("net"), embedded=True) as net:
        assert net.ipfs_kind == "embedded"
        scene = Scene.prepare(net, at_work(net, "steady"), "whole", trainers=3)
        play_whole_task(scene, rounds=1)
        assert_whole_task(scene)
