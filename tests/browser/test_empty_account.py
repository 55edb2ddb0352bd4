"""An account with nothing in it: every list says so, and what the next step is."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.browser.conftest import Site, Window, served
from tests.support.world import ACCOUNT

from iamd.secret import Secret
from iamd.settings import Settings

LISTS: Final = {
    "#/users": ("No users", "Create user"),
    "#/groups": ("No groups", "Create group"),
    "#/roles": ("No roles", "Create role"),
    "#/policies": ("No policies", "Create policy"),
    "#/providers": ("No identity providers", "Add OpenID Connect provider"),
    "#/server-certificates": ("No server certificates", "Upload"),
    "#/trust-graph": ("No roles", "Create a role"),
    "#/decisions?time=all": ("No decisions", "Open the simulator"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        allowed_decisions=0,
    )
    with served(settings) as site:
        yield site


def test_every_list_has_a_next_step(window: Window) -> None:
    page = window.page
    window.link()
    wrong: dict[str, Any] = {}
    for place, (title, step) in LISTS.items():
        window.open(place)
        said = page.locator("main").get_by_text(title, exact=True)
        # Beside the title itself: what is above the list is offered whether it is empty or not.
        around = said.locator("xpath=ancestor::*[descendant::a or descendant::button][1]")
        ways = around.locator("a, button").all_inner_texts() if said.count() == 1 else []
        if not any(way.startswith(step) for way in ways):
            wrong[place] = (said.count(), ways, page.locator("main").inner_text()[-300:])
    assert wrong == {}
