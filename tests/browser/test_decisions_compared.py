"""What a draft would deny and allow of what was decided, before it is saved; and the log of it."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from tests.browser.conftest import NARROW, WIDE, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.browser.test_policy_editor import write
from tests.support.world import ACCOUNT, World, allow


def document(*actions: str, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": allow(list(actions), **more)}, indent=2)


def reader(world: World, name: str) -> tuple[str, Any]:
    """Return the ARN of a policy, and somebody who has used it: users twice, roles once, groups in vain."""
    iam = world.root.iam
    policy = iam.create_policy(PolicyName=name, PolicyDocument=document("iam:ListUsers", "iam:ListRoles"))
    somebody = world.user(name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy["Policy"]["Arn"])
    for operation in ("list_users", "list_users", "list_roles"):
        getattr(somebody.iam, operation)()
    with pytest.raises(ClientError, match="AccessDenied"):
        somebody.iam.list_groups()
    return policy["Policy"]["Arn"], somebody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_what_is_taken_away_is_shown_before_it_is(window: Window, size: str, scheme: Any) -> None:
    page = window.page
    arn, somebody = reader(window.site.world, f"anna-{size}-{scheme}")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open(f"#/policies/{quote(arn, safe='')}/document")
    window.button("Edit").click()
    write(window, document("iam:ListRoles", "iam:ListGroups"))
    window.button("Save as new version").click()
    dialog = page.get_by_role("dialog", name="Save as new version?")
    dialog.get_by_text("Newly denied: 1, asked 2 times. Newly allowed: 1, asked 1 time.").wait_for()
    rows = dialog.get_by_role("row").filter(has_text=f"user/anna-{size}-{scheme}")
    lost = rows.filter(has_text="iam:ListUsers")
    assert lost.inner_text().split()[-3:] == ["Allowed", "→", "Denied"]
    assert ", 2 times since 2" in lost.inner_text()
    if size == "wide":
        dialog.get_by_role("button", name="Newly allowed (1)").click()
        lost.wait_for(state="detached")
        assert rows.filter(has_text="iam:ListGroups").count() == 1
        dialog.get_by_role("button", name="All", exact=True).click()
    dialog.get_by_role("button", name="What this looks at, and what it cannot know").click()
    dialog.get_by_text("Nothing that was allowed was left out.").wait_for()
    take(page, f"compared-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    with page.expect_popup() as opened:
        lost.get_by_role("link").click()
    opened.value.get_by_role("heading", name="Why it was allowed").wait_for()
    dialog.get_by_role("button", name="Save as new version", exact=True).click()
    page.get_by_text("A new version is in force, from the next request on.").wait_for()
    assert "Groups" in somebody.iam.list_groups()
    with pytest.raises(ClientError, match="AccessDenied"):
        somebody.iam.list_users()


def test_what_cannot_be_known_is_said(window: Window) -> None:
    page = window.page
    arn, _ = reader(window.site.world, "bert")
    window.link()
    window.open(f"#/policies/{quote(arn, safe='')}/document")
    window.button("Edit").click()
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    write(window, document("iam:ListUsers", "iam:ListRoles", Condition=here))
    window.button("Save as new version").click()
    dialog = page.get_by_role("dialog", name="Save as new version?")
    dialog.get_by_text("Decisions that would change (0)").wait_for()
    dialog.get_by_text("not every context was recorded").wait_for()
    take(page, "compared-unsure")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_log_shows_what_was_allowed_too(window: Window, size: str, scheme: Any) -> None:
    page = window.page
    name = f"cora-{size}-{scheme}"
    reader(window.site.world, name)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    window.open(f"#/decisions?principal={name}")
    page.get_by_role("row").filter(has_text="iam:ListGroups").wait_for()
    row = page.get_by_role("row").filter(has_text="iam:ListUsers")
    assert "2 times" in row.inner_text()
    take(page, f"decision-log-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    window.open(f"#/decisions?principal={name}&outcome=Deny")
    page.get_by_role("row").filter(has_text="iam:ListGroups").wait_for()
    assert page.get_by_role("row").filter(has_text="iam:ListUsers").count() == 0
    if size == "wide":
        page.get_by_role("button", name="Allowed", exact=True).click()
        page.get_by_role("row").filter(has_text="iam:ListUsers").wait_for()
        assert page.get_by_role("row").filter(has_text="iam:ListGroups").count() == 0
        assert "outcome=Allow" in page.evaluate("() => window.location.hash")
        row.get_by_role("link", name="Explain").click()
        page.get_by_role("heading", name="Why it was allowed").wait_for()
        page.get_by_text(f"arn:aws:iam::{ACCOUNT}:user/{name}").first.wait_for()
        take(page, f"allowed-explained-{scheme}")
        assert violations(page) == []
