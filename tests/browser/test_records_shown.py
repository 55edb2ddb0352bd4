"""The decision log and the audit events: filtered by the server, page by page, and each denial leads to why."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import Site, Window, served
from tests.support.world import ACCOUNT, World, allow

from iamd.secret import Secret
from iamd.settings import Settings

MANY = 60


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_database=True,
    )
    with served(settings) as site:
        fill(site.world)
        yield site


def fill(world: World) -> None:
    ann = world.user("ann", allow(["iam:GetUser", "iam:ListUsers"]))
    for _ in range(MANY):
        ann.iam.get_user()
    with pytest.raises(ClientError):
        ann.iam.create_user(UserName="eve")
    world.app.trail.flush()


def test_a_denial_is_found_among_decisions_and_explained(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/decisions")
    page.get_by_text("from the audit trail in the database").wait_for()
    page.get_by_role("button", name="Next page").click()
    page.get_by_role("button", name="Page 2").wait_for()
    assert page.evaluate("() => window.location.hash") == "#/decisions?page=2"
    page.go_back()
    page.wait_for_function("() => window.location.hash === '#/decisions'")
    page.go_forward()
    page.locator("[aria-current=true]").get_by_text("2", exact=True).wait_for()
    window.open("#/decisions?outcome=Deny&principal=ann")
    row = page.get_by_role("row", name="iam:CreateUser")
    assert "ImplicitDeny" in row.inner_text()
    assert page.get_by_role("row", name="iam:GetUser").count() == 0
    row.get_by_role("link", name="Explain").click()
    page.get_by_role("heading", name="The least change that would allow it").wait_for()


def test_filters_stand_in_the_address(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/events")
    field = page.get_by_placeholder("Find events")
    field.fill("root")
    field.press("Enter")
    page.get_by_text("Who : root").or_(page.get_by_text("Who: root")).first.wait_for()
    window.settle()
    assert page.evaluate("() => window.location.hash") == "#/events?user=root"
    page.get_by_role("row", name="CreateUser").wait_for()
    assert page.get_by_role("row", name="iam:GetUser").count() == 0


def test_an_event_is_opened_and_its_denial_explained(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/events?error=AccessDenied")
    page.get_by_role("button", name="iam:CreateUser").click()
    dialog = page.get_by_role("dialog", name="iam:CreateUser")
    assert '"userName": "eve"' in dialog.get_by_label("Record", exact=True).inner_text()
    dialog.get_by_role("link", name="Explain the denial").click()
    page.get_by_role("heading", name="Why it was denied").wait_for()


def test_what_is_not_there_is_said(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/events?user=nobody")
    page.get_by_text("No event matches.").wait_for()
    window.button("Show all that is kept").click()
    page.get_by_role("row", name="iam:GetUser").first.wait_for()
