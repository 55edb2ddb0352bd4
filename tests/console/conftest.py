"""Who visits the console in many of its tests."""

import pytest
from tests.support.browser import Browser, signed_in
from tests.support.world import World, allow


@pytest.fixture
def admin(world: World) -> Browser:
    """Give the browser of somebody who has signed in, and may do everything in IAM."""
    return signed_in(world, "admin", allow("iam:*"))
