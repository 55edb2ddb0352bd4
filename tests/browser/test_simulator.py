"""The policy simulator: whole questions in the address, what decides, and the change that would allow it."""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, quote

import pytest
from click.testing import CliRunner
from tests.browser.conftest import NARROW, WIDE, Site, Window, cells
from tests.browser.looks import scrolls_sideways, take, violations
from tests.browser.test_explained_denials import denied
from tests.browser.test_policy_editor import written
from tests.support.world import ACCOUNT, allow, deny, document

from iamd.cli.test import command

KIM: Final = f"arn:aws:iam::{ACCOUNT}:user/kim"
USERS: Final = f"arn:aws:iam::{ACCOUNT}:user/"
MFA: Final = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.fixture(scope="module", autouse=True)
def town(site: Site) -> Site:
    world = site.world
    edge = document(allow("iam:*"), allow("s3:*"))
    boundary = world.root.iam.create_policy(PolicyName="edge", PolicyDocument=edge)["Policy"]["Arn"]
    statements = (
        allow("iam:ListUsers", Condition=MFA),
        allow("s3:Get*"),
        deny("s3:GetObject", "arn:aws:s3:::secret/*"),
    )
    world.user("kim", *statements, PermissionsBoundary=boundary)
    world.user("lou", allow("iam:ListUsers", f"{USERS}x/*"))
    world.root.iam.create_group(GroupName="crew")
    world.role("lent", {"AWS": ACCOUNT}, allow("iam:ListUsers", Condition=MFA))
    return site


def opened(window: Window, **query: Any) -> None:
    text = "&".join(
        f"{name}={quote(value if isinstance(value, str) else json.dumps(value), safe='')}"
        for name, value in query.items()
    )
    window.open(f"#/simulator?{text}" if text else "#/simulator")


def results(window: Window) -> list[list[str]]:
    """Return action, resource and decision of each row."""
    window.page.get_by_role("heading", name="Results").wait_for()
    window.settle()
    found = cells(window.page.locator("table").filter(has_text="Decided by").locator("tbody tr"))
    return [row[:3] for row in found]


def query(window: Window) -> dict[str, str]:
    address: str = window.page.evaluate("() => location.hash")
    return {name: value[0] for name, value in parse_qs(address.partition("?")[2]).items()}


def test_several_actions_on_several_resources(window: Window) -> None:
    page = window.page
    window.link()
    opened(window)
    page.get_by_label("Principal", exact=True).fill("kim")
    page.get_by_role("option", name=f"kim {KIM}").click()
    window.button("Remove the action iam:GetUser").click()
    page.get_by_label("Actions", exact=True).fill("s3:getobjecta")
    page.get_by_role("option", name="s3:GetObjectAcl").click()
    page.get_by_label("Actions", exact=True).fill("s3:GetObject s3:PutObject")
    page.keyboard.press("Enter")
    window.button("Remove the resource *").click()
    page.get_by_label("Resources", exact=True).fill("arn:aws:s3:::open/1 arn:aws:s3:::secret/1")
    window.button("Simulate").click()
    expected = [
        ["s3:GetObjectAcl", "arn:aws:s3:::open/1", "allowed"],
        ["s3:GetObjectAcl", "arn:aws:s3:::secret/1", "allowed"],
        ["s3:GetObject", "arn:aws:s3:::open/1", "allowed"],
        ["s3:GetObject", "arn:aws:s3:::secret/1", "explicitDeny"],
        ["s3:PutObject", "arn:aws:s3:::open/1", "implicitDeny"],
        ["s3:PutObject", "arn:aws:s3:::secret/1", "implicitDeny"],
    ]
    assert results(window) == expected
    page.get_by_role("link", name="Explain s3:GetObject on arn:aws:s3:::secret/1").click()
    page.get_by_role("heading", name="Layers").wait_for()
    marked = page.get_by_label("test", exact=True).locator("mark.iamd-denies")
    assert "arn:aws:s3:::secret/*" in "".join(marked.all_inner_texts())
    assert query(window)["resource"] == "arn:aws:s3:::secret/1"
    # All of it is in the address.
    page.reload()
    window.settle()
    assert results(window) == expected
    page.get_by_role("heading", name="Layers").wait_for()
    copied = window.copied("Copy as aws command")
    assert copied.startswith(f"aws iam simulate-principal-policy --policy-source-arn {KIM}")


def test_conditions_say_what_they_want_and_what_they_see(window: Window) -> None:
    page = window.page
    window.link()
    opened(
        window,
        principal=KIM,
        actions="iam:ListUsers",
        resources=USERS,
        action="iam:ListUsers",
        resource=USERS,
    )
    assert results(window) == [["iam:ListUsers", USERS, "implicitDeny"]]
    seen = 'Bool aws:MultiFactorAuthPresent: wanted ["true"], seen none, since the request has no such key, did not hold'
    page.get_by_text(seen).wait_for()
    page.get_by_role("button", name="session policies none").wait_for()
    window.button("Add missing context keys").click()
    key = page.get_by_label("Context key 1", exact=True)
    assert key.input_value() == "aws:MultiFactorAuthPresent"
    page.get_by_label("Value of context key 1").fill("true")
    page.get_by_text("The question was changed").wait_for()
    window.button("Simulate again").click()
    assert results(window) == [["iam:ListUsers", USERS, "allowed"]]
    page.get_by_text('seen "true", held').first.wait_for()
    # Keys are completed, those first that the policies ask for.
    window.button("Add context key").click()
    page.get_by_label("Context key 2", exact=True).fill("aws:multi")
    page.get_by_text("Asked for by its policies").wait_for()
    page.get_by_role("option", name="aws:MultiFactorAuthAge").first.wait_for()


def test_the_least_change_opens_the_editor(window: Window) -> None:
    page, lou = window.page, f"arn:aws:iam::{ACCOUNT}:user/lou"
    window.link()
    opened(
        window,
        principal=lou,
        actions="iam:ListUsers",
        resources=USERS,
        action="iam:ListUsers",
        resource=USERS,
    )
    page.get_by_role("link", name="Open the editor on it (step 1)").click()
    dialog = page.get_by_role("dialog", name="Edit test")
    dialog.get_by_text("The change that would allow it is put in").wait_for()
    (statement,) = json.loads(written(window))["Statement"]
    assert statement["Resource"] == [f"{USERS}x/*", USERS]
    dialog.get_by_role("button", name="Review and save").click()
    page.get_by_role("dialog", name="Save test?").get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The inline policy test is saved.").wait_for()
    opened(window, principal=lou, actions="iam:ListUsers", resources=USERS)
    assert results(window) == [["iam:ListUsers", USERS, "allowed"]]


def test_policies_that_nobody_has(window: Window, tmp_path: Path) -> None:
    page = window.page
    window.link()
    documents = [
        {"part": "identity", "text": document(allow("s3:GetObject", "arn:aws:s3:::reports/*"))},
        {"part": "scp", "text": document(allow("*"))},
    ]
    asked = {"as": "custom", "documents": documents, "actions": "s3:GetObject"}
    opened(window, **asked, resources="arn:aws:s3:::reports/1 arn:aws:s3:::other/1")
    assert [row[2] for row in results(window)] == ["allowed", "implicitDeny"]
    with page.expect_download() as download:
        window.button("Save as test file").click()
    download.value.save_as(tmp_path / "simulation.test.json")
    done = CliRunner().invoke(command, [str(tmp_path)])
    assert (done.exit_code, "2 passed" in done.output) == (0, True)
    page.get_by_role("link", name="Explain s3:GetObject on arn:aws:s3:::other/1").click()
    window.button("Put it into the policy (step 1)").click()
    assert [row[2] for row in results(window)] == ["allowed", "allowed"]
    assert "arn:aws:s3:::other/1" in json.loads(query(window)["documents"])[0]["text"]
    # What the public operations do not know decides as well.
    page.get_by_role("button", name="Add policy").click()
    page.get_by_role("menuitem", name="Session policy").click()
    window.button("Simulate").click()
    assert [row[2] for row in results(window)] == ["allowed", "allowed"]
    page.get_by_role("button", name="session policies allows").wait_for()
    assert page.get_by_role("button", name="Copy as aws command").get_attribute("aria-disabled") == "true"


def test_many_results_come_by_pages(window: Window) -> None:
    page = window.page
    window.link()
    on = " ".join(f"arn:aws:s3:::open/{number}" for number in range(40))
    opened(window, principal=KIM, actions="s3:GetObject s3:GetObjectAcl s3:PutObject", resources=on)
    assert len(results(window)) == 50
    page.get_by_role("button", name="Next page").click()
    assert results(window)[0][:2] == ["s3:GetObjectAcl", "arn:aws:s3:::open/10"]
    assert query(window)["page"] == "2"


@pytest.mark.parametrize("place", ["users/kim", "groups/crew", "roles/lent"])
def test_users_groups_and_roles_lead_to_it(window: Window, place: str) -> None:
    window.link()
    window.open(f"#/{place}")
    window.page.get_by_role("link", name="Open in the simulator").click()
    window.page.get_by_role("heading", name="Policy simulator").wait_for()
    arn = f"arn:aws:iam::{ACCOUNT}:{place.replace('s/', '/')}"
    assert window.page.get_by_label("Principal", exact=True).input_value() == arn
    assert window.page.get_by_role("heading", name="Results").count() == 0


def test_a_denial_is_simulated_as_it_was_asked(window: Window, town: Site) -> None:
    """Without MFA: it is the condition that the request did not meet, and then does."""
    world, page = town.world, window.page
    session = world.user("max", allow("sts:AssumeRole")).assume(f"arn:aws:iam::{ACCOUNT}:role/lent")
    decision = denied(world, session.iam.list_users)
    window.link()
    window.open(f"#/decisions/{decision}")
    page.get_by_role("link", name="Open in the simulator").click()
    assert results(window) == [["iam:ListUsers", USERS, "implicitDeny"]]
    page.get_by_role("heading", name="Layers").wait_for()
    assert query(window)["principal"] == f"arn:aws:iam::{ACCOUNT}:role/lent"
    names = [page.get_by_label(f"Context key {number}", exact=True).input_value() for number in (1, 2, 3)]
    assert set(names) <= {each["key"] for each in json.loads(query(window)["context"])}
    at = 1 + [each["key"] for each in json.loads(query(window)["context"])].index(
        "aws:MultiFactorAuthPresent"
    )
    page.get_by_label(f"Value of context key {at}", exact=True).fill("true")
    window.button("Simulate").click()
    assert results(window) == [["iam:ListUsers", USERS, "allowed"]]


def test_what_is_wrong_is_said(window: Window) -> None:
    page = window.page
    window.link()
    opened(
        window,
        **{"as": "custom", "documents": [{"part": "identity", "text": "{"}], "actions": "iam:ListUsers"},
    )
    page.get_by_text("PolicyInputList.1").first.wait_for()
    opened(window, principal=f"{USERS}nobody", actions="iam:ListUsers", documents="}", context='[{"key": 1}]')
    page.get_by_text("NoSuchEntity").wait_for()
    window.faults.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_it_is_sound(window: Window, size: str, scheme: Any) -> None:
    page = window.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    opened(
        window,
        principal=KIM,
        actions="iam:ListUsers s3:GetObject",
        resources=f"{USERS} arn:aws:s3:::secret/1",
        action="iam:ListUsers",
        resource=USERS,
        documents=[{"part": "session", "text": document(allow("iam:*"))}],
        context=[{"key": "aws:RequestTag/team", "type": "string", "value": "<b>red</b>"}],
    )
    results(window)
    page.get_by_role("heading", name="Layers").wait_for()
    take(page, f"simulation-{size}-{scheme}")
    page.get_by_role("heading", name="Results").scroll_into_view_if_needed()
    take(page, f"simulation-results-{size}-{scheme}")
    page.get_by_role("heading", name="Layers").scroll_into_view_if_needed()
    take(page, f"simulation-layers-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
