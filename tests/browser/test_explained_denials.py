"""From a denial to the change that would allow it, and to a test of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from tests.browser.conftest import NARROW, WIDE, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.browser.test_policy_editor import written
from tests.support.decisions import last_decision
from tests.support.world import World, allow, deny

from iamd.cli.test import command


def denied(world: World, call: Any) -> str:
    with pytest.raises(ClientError, match="AccessDenied"):
        call()
    return last_decision(world)


def test_the_least_change_is_applied_in_the_editor(window: Window) -> None:
    world, page = window.site.world, window.page
    finn = world.user(
        "finn", allow("iam:GetUser"), allow("iam:ListUsers", "arn:aws:iam::123456789012:user/x/*")
    )
    decision = denied(world, finn.iam.list_users)
    window.link()
    window.open(f"#/decisions/{decision}")
    page.get_by_role("link", name="Open the editor on it (step 1)").click()
    dialog = page.get_by_role("dialog", name="Edit test")
    dialog.get_by_text("The change that would allow it is put in").wait_for()
    statements = json.loads(written(window))["Statement"]
    assert [each["Action"] for each in statements] == ["iam:GetUser", "iam:ListUsers"]
    assert statements[1]["Resource"] == [
        "arn:aws:iam::123456789012:user/x/*",
        "arn:aws:iam::123456789012:user/",
    ]
    dialog.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog", name="Save test?")
    dialog.get_by_role("row").filter(has_text="iam:ListUsers").get_by_text("Allowed").wait_for()
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The inline policy test is saved.").wait_for()
    assert finn.iam.list_users()["Users"]


def test_a_statement_is_added_beside_the_one_that_comes_nearest(window: Window) -> None:
    world, page = window.site.world, window.page
    away = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    paul = world.user("paul", allow("iam:List*", Condition=away))
    decision = denied(world, paul.iam.list_users)
    window.link()
    window.open(f"#/decisions/{decision}")
    window.button("Or leave it as it is, and add no more than").click()
    assert '"iam:ListUsers"' in page.get_by_label("Step 1, to add", exact=True).inner_text()
    take(page, "decision-add-instead")
    assert violations(page) == []
    page.get_by_role("link", name="Add a statement instead (step 1)").click()
    dialog = page.get_by_role("dialog", name="Edit test")
    dialog.get_by_text("The change that would allow it is put in").wait_for()
    first, second = json.loads(written(window))["Statement"]
    assert (first["Action"], first["Condition"]) == ("iam:List*", away)
    assert (second["Action"], "Condition" in second) == ("iam:ListUsers", False)


def test_what_is_missing_is_a_new_policy(window: Window) -> None:
    world, page = window.site.world, window.page
    gwen = world.user("gwen")
    decision = denied(world, gwen.iam.list_roles)
    window.link()
    window.open(f"#/decisions/{decision}")
    page.get_by_role("link", name="Open the editor on it (step 1)").click()
    dialog = page.get_by_role("dialog", name="Create inline policy")
    dialog.get_by_label("Policy name").fill("roles")
    (statement,) = json.loads(written(window))["Statement"]
    assert statement["Action"] == "iam:ListRoles"
    dialog.get_by_role("button", name="Review and save").click()
    page.get_by_role("dialog", name="Save roles?").get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The inline policy roles is saved.").wait_for()
    assert "Roles" in gwen.iam.list_roles()


def test_a_trust_policy_and_a_boundary_are_opened_too(window: Window) -> None:
    world, page = window.site.world, window.page
    edge = json.dumps({"Version": "2012-10-17", "Statement": allow("sts:*")})
    boundary = world.root.iam.create_policy(PolicyName="edge", PolicyDocument=edge)["Policy"]["Arn"]
    hank = world.user("hank", allow("*"), PermissionsBoundary=boundary)
    role = world.role("safe", {"Service": "ec2.amazonaws.com"})
    first = denied(world, lambda: hank.sts.assume_role(RoleArn=role, RoleSessionName="session"))
    second = denied(world, hank.iam.list_users)
    window.link()
    window.open(f"#/decisions/{first}")
    page.get_by_role("link", name="Open the editor on it (step 1)").click()
    page.get_by_text("The change that would allow it is put in").wait_for()
    assert "user/hank" in written(window)
    window.open(f"#/decisions/{second}")
    page.get_by_role("link", name="Open the editor on it (step 1)").click()
    page.get_by_text("The change that would allow it is put in").wait_for()
    assert "iam:ListUsers" in written(window)
    assert "policy%2Fedge/document" in page.evaluate("() => window.location.hash")


def test_a_denial_is_saved_as_a_test_file(window: Window, tmp_path: Path) -> None:
    world, page = window.site.world, window.page
    iris = world.user("iris", allow("iam:*"), deny("iam:ListUsers"))
    decision = denied(world, iris.iam.list_users)
    window.link()
    window.open(f"#/decisions/{decision}")
    with page.expect_download() as download:
        window.button("Save as test file").click()
    assert download.value.suggested_filename == f"{decision}.test.json"
    download.value.save_as(tmp_path / "denial.test.json")
    done = CliRunner().invoke(command, [str(tmp_path)])
    assert (done.exit_code, "1 passed" in done.output) == (0, True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_statement_that_decided_is_pointed_out(window: Window, size: str, scheme: Any) -> None:
    world, page = window.site.world, window.page
    user = world.user(f"june-{size}-{scheme}", allow("iam:*"), deny("iam:List*"), allow("s3:*"))
    decision = denied(world, user.iam.list_users)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open(f"#/decisions/{decision}")
    text = page.get_by_label("test", exact=True)
    assert '"iam:List*"' in text.locator("mark.iamd-denies").all_inner_texts()[2]
    assert '"iam:*"' in "".join(text.locator("mark.iamd-allows").all_inner_texts())
    assert "s3" not in "".join(text.locator("mark").all_inner_texts())
    text.scroll_into_view_if_needed()
    take(page, f"decision-marked-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
