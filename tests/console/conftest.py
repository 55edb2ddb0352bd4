"""Fixtures for tests of operations: one fresh world for each test."""

from collections.abc import Iterator

import pytest
from tests.support.world import Actor, LoopThread, World, loop_thread


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    with loop_thread() as thread:
        yield thread


@pytest.fixture
def world(loop: LoopThread) -> Iterator[World]:
    world = World(loop)
    yield world
    world.close()


@pytest.fixture
def root(world: World) -> Actor:
    """The root user of the account: everything of its own account is allowed to it."""
    return world.root
