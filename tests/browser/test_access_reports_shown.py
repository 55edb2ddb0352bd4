"""Reports on access: when services were used last, and the credential report."""

import csv
import io

from tests.browser.conftest import Window
from tests.support.world import allow


def test_what_was_used_is_told_apart_from_what_was_not(window: Window) -> None:
    world, page = window.site.world, window.page
    ann = world.user("ann", allow(["iam:GetUser", "sqs:SendMessage"]))
    ann.iam.get_user()
    window.link()
    window.open("#/users/ann/accessed")
    used = page.get_by_role("row", name="(iam)")
    assert "Not accessed" not in used.inner_text()
    assert "Not accessed in the tracking period" in page.get_by_role("row", name="(sqs)").inner_text()
    used.get_by_role("button", name="(iam)").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="test").wait_for()
    dialog.get_by_role("row", name="GetUser").first.wait_for()


def test_the_members_of_a_group_are_told(window: Window) -> None:
    world, page = window.site.world, window.page
    bob = world.user("bob")
    iam = world.root.iam
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(GroupName="readers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.add_user_to_group(GroupName="readers", UserName="bob")
    bob.iam.list_users()
    window.link()
    window.open("#/groups/readers/accessed")
    assert "bob" in page.get_by_role("row", name="(iam)").inner_text()
    page.get_by_role("row", name="(iam)").get_by_role("button", name="(iam)").click()
    page.get_by_role("dialog").get_by_role("link", name="bob").wait_for()


def test_a_credential_report_is_made_shown_and_saved(window: Window) -> None:
    page = window.page
    window.link()
    window.open("#/credentials")
    page.get_by_text("No report", exact=True).wait_for()
    window.button("Generate report").first.click()
    page.get_by_role("row", name="Root user").wait_for()
    page.get_by_role("link", name="ann").wait_for()
    with page.expect_download() as download:
        window.button("Download .csv file").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert [row["user"] for row in rows] == ["<root_account>", "ann", "bob"]
