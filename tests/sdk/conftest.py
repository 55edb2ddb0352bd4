"""Fixtures for what boto3 makes of IAM's answers: one crowded world for all tests that only read."""

from collections.abc import Iterator

import pytest
from tests.sdk.crowd import Crowd
from tests.support.world import LoopThread, World, loop_thread


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    with loop_thread() as thread:
        yield thread


@pytest.fixture
def world(loop: LoopThread) -> Iterator[World]:
    world = World(loop)
    yield world
    world.close()


@pytest.fixture(scope="module")
def crowd(loop: LoopThread) -> Iterator[Crowd]:
    world = World(loop)
    yield Crowd(world)
    world.close()
