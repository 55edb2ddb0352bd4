"""What saving a policy changes is shown before it is saved."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import NARROW, WIDE, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.browser.test_policy_editor import write
from tests.support.world import allow


def document(*actions: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": allow(list(actions))}, indent=2)


def test_a_version_is_reviewed_and_saved(window: Window) -> None:
    world, page = window.site.world, window.page
    carl = world.user("carl")
    policy = world.root.iam.create_policy(PolicyName="carls", PolicyDocument=document("iam:GetUser"))[
        "Policy"
    ]["Arn"]
    world.root.iam.attach_user_policy(UserName="carl", PolicyArn=policy)
    for _ in range(2):
        with pytest.raises(ClientError, match="AccessDenied"):
            carl.iam.list_users()
    window.link()
    window.open(f"#/policies/{quote(policy, safe='')}/document")
    window.button("Edit").click()
    write(window, document("iam:GetUser", "iam:ListUsers"))
    window.button("Save as new version").click()
    dialog = page.get_by_role("dialog", name="Save as new version?")
    row = dialog.get_by_role("row").filter(has_text="iam:ListUsers").filter(has_text="user/carl")
    assert ", 2 times" in row.inner_text()
    assert row.inner_text().split()[-3:] == ["Denied", "→", "Allowed"]
    assert "iam:ListUsers" in dialog.locator(".iamd-added").last.inner_text()
    take(page, "review")
    assert violations(page) == []
    dialog.get_by_role("button", name="Save as new version", exact=True).click()
    page.get_by_text("A new version is in force, from the next request on.").wait_for()
    assert carl.iam.list_users()["Users"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_an_inline_policy_is_reviewed_and_saved(window: Window, size: str, scheme: Any) -> None:
    world, page = window.site.world, window.page
    name = f"dora-{size}-{scheme}"
    dora = world.user(name)
    with pytest.raises(ClientError, match="AccessDenied"):
        dora.iam.list_roles()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open(f"#/users/{name}/permissions")
    window.button("Create inline policy").click()
    dialog = page.get_by_role("dialog", name="Create inline policy")
    dialog.get_by_label("Policy name").fill("roles")
    write(window, document("iam:ListRoles"))
    dialog.get_by_text("No findings").wait_for()
    take(page, f"inline-{size}-{scheme}")
    assert violations(page) == []
    dialog.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog", name="Save roles?")
    dialog.get_by_text("Decisions that would change (1)").wait_for()
    take(page, f"inline-review-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The inline policy roles is saved.").wait_for()
    assert "Roles" in dora.iam.list_roles()


def test_a_trust_policy_is_reviewed_and_saved(window: Window) -> None:
    world, page = window.site.world, window.page
    role = world.role("lent", {"AWS": "arn:aws:iam::123456789012:root"})
    elsa = world.user("elsa", allow("iam:GetUser"))
    with pytest.raises(ClientError, match="AccessDenied"):
        elsa.sts.assume_role(RoleArn=role, RoleSessionName="session")
    window.link()
    window.open("#/roles/lent/trust")
    window.button("Edit trust policy").click()
    trusted = {"AWS": "arn:aws:iam::123456789012:user/elsa"}
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    write(window, json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2))
    window.button("Save").click()
    dialog = page.get_by_role("dialog", name="Save?")
    dialog.get_by_role("row").filter(has_text="user/elsa").get_by_text("Allowed").wait_for()
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The trust policy is saved.").wait_for()
    assert elsa.sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
