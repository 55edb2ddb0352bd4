"""What was allowed: which of it a draft would deny, what is not known of it, and how it is told."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.console.test_chronicle import all_pages
from tests.console.test_decision_diffs import changed, compared, document, statement
from tests.support.browser import Browser, signed_in
from tests.support.loops import LoopThread
from tests.support.organization import ROLE, Organized
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.cli.explanation import lines, plain
from iamd.cli.test import command
from iamd.secret import Secret
from iamd.settings import Settings

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
EXPLAIN = "iam:GetRequestAuthorizationDetails"


@pytest.fixture
def bob(world: World) -> Actor:
    """Who may list, and has listed users three times, and roles once."""
    bob = world.user("bob", allow("iam:List*"))
    for operation in ("list_users", "list_users", "list_users", "list_roles"):
        getattr(bob.iam, operation)()
    return bob


def test_what_a_draft_would_deny_is_told(admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    told = compared(admin, before=document(statement("iam:List*")), after=document(statement("iam:GetUser")))
    assert changed(told) == [
        ("iam:ListRoles", "Allow", "ImplicitDeny"),
        ("iam:ListUsers", "Allow", "ImplicitDeny"),
    ]
    assert [each["times"] for each in told["changed"]] == [1, 3]
    assert told["changes"] == {"denied": {"different": 2, "times": 4}}
    assert {**told["allowed"], "since": None} == {
        "looked": 2,
        "times": 4,
        "unsure": 0,
        "complete": True,
        "since": None,
        "leftOut": 0,
    }
    page = json.loads(admin.own("GetDecision", {"decisionId": told["changed"][1]["decisionId"]}).body)
    assert (page["request"]["action"], page["decision"]["outcome"]) == ("iam:ListUsers", "Allow")
    assert (page["caller"]["arn"], page["suggestions"], page["encoded_message"]) == (BOB, [], None)
    said = plain(lines(page)).splitlines()
    assert said[0] == f"Allowed: {BOB}"
    assert "=> allows identity-based policies: allows" in said


def test_what_would_be_denied_comes_before_what_would_be_allowed(admin: Browser, bob: Actor) -> None:
    with pytest.raises(bob.iam.exceptions.ClientError, match="AccessDenied"):
        bob.iam.get_account_summary()
    narrow = document(statement("iam:ListUsers"), statement("iam:GetAccountSummary"))
    told = compared(admin, before=document(statement("iam:List*")), after=narrow)
    assert changed(told) == [
        ("iam:ListRoles", "Allow", "ImplicitDeny"),
        ("iam:GetAccountSummary", "ImplicitDeny", "Allow"),
    ]
    assert told["changes"] == {
        "allowed": {"different": 1, "times": 1},
        "denied": {"different": 1, "times": 1},
    }


def test_a_new_policy_may_deny_what_was_allowed(admin: Browser, bob: Actor) -> None:
    assert bob.credentials is not None
    told = compared(admin, name="no", after=document(statement("iam:ListUsers", "Deny")))
    assert changed(told) == [("iam:ListUsers", "Allow", "ExplicitDeny")]


def test_sessions_of_a_role_count_as_the_role(world: World, admin: Browser) -> None:
    role = world.role("deploy", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allow("iam:ListUsers"))
    carl = world.user("carl", allow("sts:AssumeRole"))
    for name in ("one", "two", "three"):
        carl.assume(role, name).iam.list_users()
    told = compared(admin, arn=role, name="test", after=document(statement("iam:GetUser")))
    assert changed(told) == [("iam:ListUsers", "Allow", "ImplicitDeny")]
    assert told["changed"][0]["times"] == 3
    # And the trust policy has let three sessions begin.
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    told = compared(admin, kind="trust", arn=role, name=None, after=trust)
    assert changed(told) == [("sts:AssumeRole", "Allow", "ImplicitDeny")]
    assert told["changed"][0]["times"] == 3


def test_contexts_that_a_policy_asks_for_are_kept_apart(world: World, admin: Browser) -> None:
    """One user who reads two paths under a condition on the tag of what they read."""
    tagged = {"StringEquals": {"aws:ResourceTag/team": ["red", "blue"]}}
    eve = world.user("eve", statement("iam:GetUser", Condition=tagged))
    for team in ("red", "blue"):
        world.root.iam.tag_user(UserName="eve", Tags=[{"Key": "team", "Value": team}])
        for _ in range(3):
            eve.iam.get_user(UserName="eve")
    only_red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    owner = {"arn": f"arn:aws:iam::{ACCOUNT}:user/eve"}
    told = compared(admin, **owner, after=document(statement("iam:GetUser", Condition=only_red)))
    assert changed(told) == [("iam:GetUser", "Allow", "ImplicitDeny")]
    (row,) = told["changed"]
    assert (row["times"], row["contexts"]) == (6, {"changed": 1, "known": 2, "complete": True})
    assert told["allowed"]["unsure"] == 0


def test_what_cannot_be_known_is_said(admin: Browser, bob: Actor) -> None:
    """Where no policy asks for a context, few are kept; a draft that asks for it may deny the others."""
    assert bob.credentials is not None
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}
    told = compared(admin, after=document(statement("iam:List*", Condition=here)))
    # ListRoles was asked once, so that all there is to know of it is known.
    assert (told["changed"], told["allowed"]["unsure"]) == ([], 1)
    away = {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}
    told = compared(admin, after=document(statement("iam:List*", Condition=away)))
    assert [(each["action"], each["contexts"]) for each in told["changed"]] == [
        ("iam:ListRoles", {"changed": 1, "known": 1, "complete": True}),
        ("iam:ListUsers", {"changed": 1, "known": 1, "complete": False}),
    ]


def test_a_draft_is_held_against_the_last_day(world: World, admin: Browser, bob: Actor) -> None:
    world.clock.advance(timedelta(hours=23))
    bob.iam.list_users()
    world.clock.advance(timedelta(hours=2))
    admin.sign_in("admin")
    told = compared(admin, after=document(statement("iam:GetUser")))
    (row,) = told["changed"]
    assert (row["action"], row["times"]) == ("iam:ListUsers", 4)
    assert row["at"] - row["first"] == pytest.approx(timedelta(hours=23).total_seconds(), abs=60)
    assert told["allowed"]["since"] == pytest.approx(
        (world.clock.now() - timedelta(days=1)).timestamp(), abs=60
    )


def test_what_was_allowed_can_be_saved_as_a_test(admin: Browser, bob: Actor, tmp_path: Path) -> None:
    assert bob.credentials is not None
    (row, *_) = admin.told("ListDecisions", outcome="Allow", principal="user/bob")["decisions"]
    told = json.loads(admin.own("GetDecisionTest", {"decisionId": row["decisionId"]}).body)
    assert told["file"]["cases"][0]["expect"] == "allow"
    (tmp_path / "allowed.test.json").write_text(json.dumps(told["file"]), encoding="utf-8")
    assert CliRunner().invoke(command, [str(tmp_path)]).exit_code == 0


def test_decisions_are_listed_page_by_page(admin: Browser, bob: Actor) -> None:
    for operation in ("get_account_summary", "list_groups"):
        try:
            getattr(bob.iam, operation)()
        except bob.iam.exceptions.ClientError:
            continue
    pages = all_pages(admin, "ListDecisions", "decisions", principal="user/bob", limit=1)
    found = [(each["action"], each["outcome"], each["times"]) for each in pages]
    assert found == [
        ("iam:ListGroups", "Allow", 1),
        ("iam:GetAccountSummary", "ImplicitDeny", 1),
        ("iam:ListRoles", "Allow", 1),
        ("iam:ListUsers", "Allow", 3),
    ]
    denied = admin.told("ListDecisions", principal="user/bob", outcome="Deny")
    assert [each["action"] for each in denied["decisions"]] == ["iam:GetAccountSummary"]
    assert set(denied["since"]) == {"denied", "allowed"}


def test_each_account_has_its_own(world: World, admin: Browser) -> None:
    town = Organized.found(world)
    member = town.steward.assume(f"arn:aws:iam::{town.account('other')}:role/{ROLE}")
    member.iam.list_users()
    (seen,) = admin.told("ListDecisions", outcome="Allow", action="sts:AssumeRole")["decisions"]
    assert seen["principal"].endswith("user/steward")
    page = json.loads(admin.own("GetDecision", {"decisionId": seen["decisionId"]}).body)
    assert page["partial"]
    assert [lane["closed"] for lane in page["lanes"] if lane["layer"] == "trust"] == [True]
    assert [
        each["action"]
        for each in admin.told("ListDecisions", outcome="Allow")["decisions"]
        if "assumed-role" in each["principal"]
    ] == []


def test_nothing_is_kept_where_nobody_wants_it(loop: LoopThread) -> None:
    world = World(
        loop,
        Settings(
            account_id=ACCOUNT,
            root_access_key_id="AKIAROOTEXAMPLE00000",
            root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
            allowed_decisions=0,
        ),
    )
    try:
        browser = signed_in(world, "ann", allow([EXPLAIN, "iam:ListUsers"]))
        assert browser.call("iam", "ListUsers").status == 200
        page = browser.told("ListDecisions")
        assert (page["decisions"], page["since"]["allowed"]) == ([], None)
        told = compared(browser, arn=f"arn:aws:iam::{ACCOUNT}:user/ann", after=document(statement("s3:*")))
        assert (told["allowed"], told["changed"]) == (None, [])
    finally:
        world.close()


def test_a_batch_of_questions_is_kept_each_by_itself(world: World, admin: Browser, bob: Actor) -> None:
    """Of one action on many resources only so many are kept, and the rest is counted."""
    assert bob.credentials is not None
    fay = world.user("fay", allow("iam:GetUser"))
    for number in range(70):
        with pytest.raises(fay.iam.exceptions.NoSuchEntityException):
            fay.iam.get_user(UserName=f"nobody-{number}")
    told: Any = compared(
        admin, arn=f"arn:aws:iam::{ACCOUNT}:user/fay", after=document(statement("iam:ListUsers"))
    )
    assert told["changes"] == {"denied": {"different": 64, "times": 64}}
    assert told["allowed"]["leftOut"] == 6
