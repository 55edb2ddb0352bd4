"""An organization for each test."""

import pytest
from tests.support.organization import Organized
from tests.support.world import World


@pytest.fixture
def org(world: World) -> Organized:
    return Organized.found(world)
