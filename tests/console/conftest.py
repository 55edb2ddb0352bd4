"""Who visits the console in many of its tests."""

import pytest
from tests.support.browser import Browser, with_password
from tests.support.world import World, allow


@pytest.fixture
def admin(world: World) -> Browser:
    """Give the browser of somebody who has signed in, and may do everything in IAM."""
    with_password(world, "admin", allow("iam:*"))
    browser = Browser(world)
    browser.sign_in("admin")
    return browser
