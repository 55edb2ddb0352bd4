"""One account, in which every screen has something to show, for the tests of a module."""

from collections.abc import Iterator

import pytest
from tests.browser.conftest import Site
from tests.browser.every_screen.screens import fill, server


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with server() as site:
        yield site


@pytest.fixture(scope="module")
def places(site: Site) -> dict[str, str]:
    """Return what the places of screens are filled in with."""
    return fill(site)
