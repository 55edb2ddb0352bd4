"""A loop for the module's worlds."""

from collections.abc import Iterator

import pytest
from tests.support.world import LoopThread, loop_thread


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    with loop_thread() as made:
        yield made
