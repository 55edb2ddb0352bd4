"""
The pictures of the documentation: taken here, so that they are of what there is.

`make screenshots` writes them into `docs/images`; without it, what they are taken of is looked at all the same.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.browser.conftest import Site, Window
from tests.browser.screens import fill, server

FOLDER: Final = os.environ.get("IAMD_TEST_PICTURES")
PICTURES: Final = {
    # By the name of the file: the screen, and what is read on it.
    "console-dashboard": ("#/", "IAM resources"),
    "console-decision": ("#/decisions/{denied}", "The least change that would allow it"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with server() as site:
        yield site


@pytest.fixture(scope="module")
def places(site: Site) -> dict[str, str]:
    return fill(site)


@pytest.mark.parametrize("name", PICTURES)
def test_what_a_picture_is_of_is_there(window: Window, places: dict[str, str], name: str) -> None:
    page = window.page
    place, text = PICTURES[name]
    window.link()
    window.open(place.format(**places))
    page.get_by_text(text, exact=True).first.wait_for()
    if FOLDER:
        page.screenshot(path=str(Path(FOLDER) / f"{name}.png"))
