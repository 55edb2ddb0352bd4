"""Fixtures for what boto3 makes of IAM's answers: one crowded world for all tests that only read."""

from collections.abc import Iterator

import pytest
from tests.sdk.crowd import Crowd
from tests.support.loops import LoopThread
from tests.support.world import World


@pytest.fixture(scope="module")
def crowd(loop: LoopThread) -> Iterator[Crowd]:
    world = World(loop)
    yield Crowd(world)
    world.close()
