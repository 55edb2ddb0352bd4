"""The least change on the screens and pages where it is made: statements to lift, organizations, sessions, buckets, endpoints."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import NARROW, WIDE, Site, Window
from tests.browser.looks import scrolls_sideways, take, violations
from tests.browser.test_explained_denials import denied
from tests.browser.test_policy_editor import written
from tests.console.test_decision_editors import asked
from tests.enforcement.test_points_and_buckets import keep
from tests.support.loops import loop_thread
from tests.support.networked import Networked, networked
from tests.support.organization import Organized
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.auth.caller import long_term_caller
from iamd.cli.doors import door_of
from iamd.directory.load import Need
from iamd.directory.snapshots import PrincipalSnapshot
from iamd.server.run import ServerThread


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a VPC endpoint's route."""
    with loop_thread() as loop:
        world = networked(loop, tmp_path_factory.mktemp("routes"))
        with ServerThread(door_of(world.app)) as server:
            world.app.tools.public_url.listening_at(server.url)
            yield Site(world, server.url)
        world.close()


def opened(window: Window, decision: str, step: int = 1) -> None:
    window.open(f"#/decisions/{decision}")
    window.page.get_by_role("link", name=f"Open the editor on it (step {step})").click()


def test_a_statement_that_denies_is_taken_out(window: Window) -> None:
    world, page = window.site.world, window.page
    jack = world.user("jack", allow("iam:*"), deny("iam:List*"))
    decision = denied(world, jack.iam.list_users)
    jack.iam.get_user()
    window.link()
    opened(window, decision)
    dialog = page.get_by_role("dialog", name="Edit test")
    dialog.get_by_text("The statement that denies is taken out").wait_for()
    (statement,) = json.loads(written(window))["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "iam:*")
    take(page, "lifted")
    dialog.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog", name="Save test?")
    dialog.get_by_text("Newly allowed: 1, asked 1 time.").wait_for()
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The inline policy test is saved.").wait_for()
    assert jack.iam.list_users()["Users"]


def test_the_only_statement_is_left_to_be_narrowed(window: Window) -> None:
    world, page = window.site.world, window.page
    kate = world.user("kate", allow("*"))
    kate_denied = document(deny("iam:List*"))
    world.root.iam.put_user_policy(UserName="kate", PolicyName="no", PolicyDocument=kate_denied)
    decision = denied(world, kate.iam.list_users)
    window.link()
    opened(window, decision)
    dialog = page.get_by_role("dialog", name="Edit no")
    dialog.get_by_text("It is its only one, or has been changed since").wait_for()
    assert json.loads(written(window))["Statement"] == json.loads(kate_denied)["Statement"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_session_policy_is_taken_to_who_makes_the_session(window: Window, size: str, scheme: Any) -> None:
    world, page = window.site.world, window.page
    name = f"lent-{size}-{scheme}"
    role = world.role(name, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allow("iam:*"))
    lena = world.user(f"lena-{size}-{scheme}", allow("sts:*"))
    session = lena.assume(role, "nightly", Policy=document(allow("iam:GetUser")))
    decision = denied(world, session.iam.list_users)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(WIDE if size == "wide" else NARROW)
    window.link()
    opened(window, decision)
    page.get_by_role("heading", name="Session policy").wait_for()
    page.get_by_text("whoever has made the session must make it anew").wait_for()
    command = page.get_by_label("Command").inner_text()
    assert command == (
        f"aws sts assume-role --role-arn {role} --role-session-name nightly --policy file://policy.json"
    )
    statements = json.loads(written(window))["Statement"]
    with page.expect_download() as download:
        window.button("Save as policy.json").click()
    told = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert told["Statement"] == statements
    window.settle()
    take(page, f"change-session-{size}-{scheme}")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    again = lena.assume(role, "nightly", Policy=json.dumps(told))
    assert again.iam.list_users()["Users"]


def test_the_policy_of_a_bucket_is_taken_to_the_gateway(window: Window) -> None:
    world, page = window.site.world, window.page
    world.user("mona", allow("s3:GetObject"))
    everybody = {"Principal": "*", "Resource": "arn:aws:s3:::ledger/*"}
    keep(
        world,
        "ledger",
        ACCOUNT,
        {"Effect": "Deny", "Action": "s3:GetObject", **everybody},
        {"Effect": "Allow", "Action": "s3:PutObject", **everybody},
    )
    decision = asked(world, f"arn:aws:iam::{ACCOUNT}:user/mona", "s3:GetObject", "arn:aws:s3:::ledger/2026")
    window.link()
    opened(window, decision)
    page.get_by_role("heading", name="Policy of the bucket ledger").wait_for()
    page.get_by_text("The statement that denies is taken out").wait_for()
    (statement,) = json.loads(written(window))["Statement"]
    assert statement["Action"] == "s3:PutObject"
    assert page.get_by_label("Command").inner_text() == (
        "aws s3api put-bucket-policy --bucket ledger --policy file://policy.json"
    )
    assert "s3:GetObject" in page.locator(".iamd-removed").all_inner_texts()[1]


def test_the_operator_saves_the_policy_of_an_endpoint(window: Window) -> None:
    world, page = window.site.world, window.page
    assert isinstance(world, Networked)
    world.endpoint(document(allow("iam:GetUser", Principal="*")))
    nora = world.user("nora", allow("iam:*"))
    with world.through():
        decision = denied(world, nora.iam.list_users)
    window.link()
    opened(window, decision)
    page.get_by_role("heading", name="Policy of the VPC endpoint").wait_for()
    assert "iam:ListUsers" in written(window)
    take(page, "change-endpoint")
    assert violations(page) == []
    window.button("Save").click()
    dialog = page.get_by_role("dialog", name="Save?")
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The policy is saved. It bears on the next request.").wait_for()
    page.get_by_role("heading", name="Why it was denied").wait_for()
    with world.through():
        assert nora.iam.list_users()["Users"]


def root_link_of(world: World, account_id: str) -> str:
    root = world.app.directory.load(Need("root", account_id))
    assert isinstance(root, PrincipalSnapshot)
    links = world.app.console.links
    return links.location(links.token_of(long_term_caller(root, "", "us-east-1"))).decode()


def test_the_policy_of_an_organization_is_opened_for_whom_it_lets(window: Window) -> None:
    world, page = window.site.world, window.page
    town = Organized.found(world)
    member = town.account("member")
    guard = town.attach(member, "guard", deny("iam:ListUsers"), deny("iam:ListRoles"))
    root = town.root(member)
    decision = denied(world, root.iam.list_users)
    page.goto(window.site.url + root_link_of(world, member))
    page.get_by_role("heading", name="Dashboard").wait_for()
    window.open(f"#/decisions/{decision}")
    closed = window.button("Open the editor on it (step 1)")
    assert closed.get_attribute("aria-disabled") == "true"
    closed.focus()
    why = page.get_by_text("Policies of the organization are changed by its management account")
    why.first.wait_for(state="attached")
    take(page, "change-organization-closed")
    wide = [f"organizations:{each}*" for each in ("Describe", "List", "UpdatePolicy")]
    town.client.put_resource_policy(Content=document(allow(wide, Principal={"AWS": member})))
    page.reload()
    window.settle()
    page.get_by_role("link", name="Open the editor on it (step 1)").click()
    page.get_by_role("heading", name="guard").wait_for()
    page.get_by_text("The statement that denies is taken out").wait_for()
    (statement,) = json.loads(written(window))["Statement"]
    assert statement["Action"] == "iam:ListRoles"
    assert guard in page.evaluate("() => window.location.hash")
    take(page, "change-organization")
    assert violations(page) == []
    window.button("Save").click()
    dialog = page.get_by_role("dialog", name="Save guard?")
    dialog.get_by_text("Each account reads its own decisions.").wait_for()
    dialog.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The policy is saved. It bears on the next request.").wait_for()
    assert root.iam.list_users()["Users"] == []
    window.faults.clear()
