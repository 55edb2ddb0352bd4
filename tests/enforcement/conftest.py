"""The gateway in front of a store, over real connections."""

from collections.abc import Iterator

import pytest
from tests.support.guarded import Guarded, guarded_world
from tests.support.upstream import Store, running_store


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with running_store() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(store: Store) -> Iterator[Guarded]:
    """Give a world with a gateway in front of the store."""
    with guarded_world(store) as world:
        yield world
