"""Fixtures of the house: one town for each module, since what is asked of it here changes little or nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.town import Town
from tests.house.town import town as founded
from tests.support.loops import LoopThread
from tests.support.world import World


@pytest.fixture(scope="module")
def town(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with founded(loop, tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture
def own_town(loop: LoopThread, tmp_path: Path) -> Iterator[Town]:
    """Give a town to a test that changes things."""
    with founded(loop, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def world(town: Town) -> World:
    return town.world
