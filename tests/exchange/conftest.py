"""Fixtures for imports and exports."""

from collections.abc import Iterator

import pytest
from tests.support.loops import LoopThread, loop_thread
from tests.support.world import World


@pytest.fixture(scope="session")
def one_loop() -> Iterator[LoopThread]:
    with loop_thread() as thread:
        yield thread


@pytest.fixture
def empty(one_loop: LoopThread) -> Iterator[World]:
    """Give a world in which nothing has been made yet."""
    world = World(one_loop)
    yield world
    world.close()
