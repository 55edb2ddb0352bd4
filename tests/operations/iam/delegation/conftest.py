"""A customer who is asked to delegate, for the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.delegation import DelegationWorld, delegation_world
from tests.support.loops import LoopThread
from tests.support.world import Actor, allow


@pytest.fixture(scope="module")
def world(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DelegationWorld]:
    with delegation_world(loop, tmp_path_factory.mktemp("delegation")) as made:
        yield made


@pytest.fixture
def fresh(loop: LoopThread, tmp_path: Path) -> Iterator[DelegationWorld]:
    """Give a world of one test, whose clock may be moved."""
    with delegation_world(loop, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def admin(world: DelegationWorld) -> Actor:
    return world.user("admin", allow("*"))


@pytest.fixture(scope="module")
def nobody(world: DelegationWorld) -> Actor:
    """A user without a policy."""
    return world.user("nobody")
