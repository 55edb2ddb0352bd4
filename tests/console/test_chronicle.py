"""Pages that tell of what has happened: whose it is, who may see it, and page by page."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.browser import Browser, root_in, said, signed_in
from tests.support.loops import LoopThread
from tests.support.organization import ROLE, Organized
from tests.support.world import ACCOUNT, World, allow

from iamd.secret import Secret
from iamd.settings import Settings

LOOK_UP = "cloudtrail:LookupEvents"
EXPLAIN = "iam:GetRequestAuthorizationDetails"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


@pytest.fixture(params=["database", "file"])
def kept(request: pytest.FixtureRequest, loop: LoopThread, tmp_path: Path) -> Iterator[World]:
    where: dict[str, Any] = (
        {"audit_database": True} if request.param == "database" else {"audit_file": tmp_path / "audit.jsonl"}
    )
    world = World(
        loop,
        Settings(
            account_id=ACCOUNT,
            root_access_key_id="AKIAROOTEXAMPLE00000",
            root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
            **where,
        ),
    )
    yield world
    world.close()


def all_pages(browser: Browser, page: str, member: str, **content: Any) -> list[Any]:
    found: list[Any] = []
    after: dict[str, str] = {}
    while True:
        answer = browser.told(page, **content, **after)
        found += answer[member]
        if answer["next"] is None:
            return found
        after = {"after": answer["next"]}


def test_events_come_the_newest_first_and_page_by_page(kept: World) -> None:
    browser = signed_in(kept, "bob", allow(LOOK_UP))
    for number in range(5):
        kept.root.iam.create_group(GroupName=f"g{number}")
    first = browser.told("ListAuditEvents", action="iam:CreateGroup", limit=2)
    assert [each["requestParameters"]["groupName"] for each in first["events"]] == ["g4", "g3"]
    found = all_pages(browser, "ListAuditEvents", "events", action="CreateGr*", limit=2)
    assert [each["requestParameters"]["groupName"] for each in found] == ["g4", "g3", "g2", "g1", "g0"]
    assert browser.told("ListAuditEvents", user="BOB", action="ListAuditEvents")["events"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"error": "*"}, ["DeleteUser"]),
        ({"error": "nosuch"}, ["DeleteUser"]),
        ({"resource": "nobody"}, ["DeleteUser"]),
        ({"since": "2100-01-01T00:00:00Z"}, []),
        ({"until": "2000-01-01T00:00:00Z"}, []),
    ],
)
def test_events_are_filtered(kept: World, filters: dict[str, str], found: list[str]) -> None:
    browser = signed_in(kept, "bob", allow(LOOK_UP))
    with pytest.raises(ClientError):
        kept.root.iam.delete_user(UserName="nobody")
    assert [each["eventName"] for each in browser.told("ListAuditEvents", **filters)["events"]] == found


def test_events_and_decisions_need_their_permissions(kept: World) -> None:
    """R-30: no page of the console has a power that policies do not give."""
    browser = signed_in(kept, "bob", allow("iam:List*"))
    for page, action in (("ListAuditEvents", LOOK_UP), ("ListDecisions", EXPLAIN)):
        status, code, message = said(browser.own(page, {}))
        assert (status, code) == (403, "AccessDenied")
        assert action in message
        assert said(Browser(kept).own(page, {}))[:2] == (403, "MissingAuthenticationToken")


def test_nobody_sees_another_account_or_what_is_for_the_operator(kept: World) -> None:
    town = Organized.found(kept)
    other = town.account("other")
    member = town.steward.assume(f"arn:aws:iam::{other}:role/{ROLE}")
    member.iam.create_user(UserName="theirs")
    browser = signed_in(kept, "bob", allow([LOOK_UP, EXPLAIN]))
    for events in (
        all_pages(browser, "ListAuditEvents", "events"),
        all_pages(root_in(kept), "ListAuditEvents", "events"),
    ):
        assert {each["recipientAccountId"] for each in events} == {ACCOUNT}
        assert "theirs" not in json.dumps([each["requestParameters"] for each in events])
    mine = browser.told("ListAuditEvents", action="CreateLoginProfile")["events"]
    listed = browser.told("ListAuditEvents", user="bob", action="ListAuditEvents")["events"]
    assert mine
    assert all(
        set(each) <= {"action", "resource", "outcome", "reason"}
        for event in listed
        for each in event["additionalEventData"]["decisions"]
    )
    seen = root_in(kept).told("ListAuditEvents", user="bob", action="ListAuditEvents")["events"]
    assert seen[0]["additionalEventData"]["decisions"][0]["statements"]


def test_decisions_are_those_of_all_requests(kept: World) -> None:
    browser = signed_in(kept, "bob", allow([EXPLAIN, "iam:ListUsers"]))
    assert browser.call("iam", "ListUsers").status == 200
    assert browser.call("iam", "CreateUser", UserName="eve").status == 403
    (denied,) = browser.told("ListDecisions", outcome="Deny", principal="user/bob")["decisions"]
    assert (denied.pop("sourceIp"), denied.pop("times")) == ("127.0.0.1", 1)
    decision_id = denied.pop("decisionId")
    assert (
        json.loads(browser.own("GetDecision", {"decisionId": decision_id}).body)["decision_id"] == decision_id
    )
    assert {**denied, "at": None} == {
        "at": None,
        "principal": BOB,
        "action": "iam:CreateUser",
        "resource": f"arn:aws:iam::{ACCOUNT}:user/eve",
        "outcome": "ImplicitDeny",
        "reason": "because no identity-based policy allows the iam:CreateUser action",
        "operation": "iam:CreateUser",
        "explained": True,
    }
    allowed = browser.told("ListDecisions", outcome="Allow", action="iam:List*")["decisions"]
    assert [(each["action"], each["outcome"]) for each in allowed] == [("iam:ListUsers", "Allow")]
    page = json.loads(browser.own("GetDecision", {"decisionId": allowed[0]["decisionId"]}).body)
    assert (page["request"]["action"], page["decision"]["outcome"]) == ("iam:ListUsers", "Allow")
    every = all_pages(browser, "ListDecisions", "decisions", limit=1)
    assert [each["action"] for each in every if each["principal"] == BOB][-2:] == [
        "iam:CreateUser",
        "iam:ListUsers",
    ]


def test_without_a_trail_there_is_what_is_remembered(world: World) -> None:
    browser = signed_in(world, "bob", allow([EXPLAIN, LOOK_UP]))
    for name in ("eve", "dan", "zoe"):
        assert browser.call("iam", "CreateUser", UserName=name).status == 403
    assert browser.call("iam", "ListUsers").status == 403
    wanted = {"limit": 2, "action": "iam:create*", "outcome": "Deny"}
    answer = browser.told("ListDecisions", **wanted)
    assert [each["resource"].rpartition("/")[2] for each in answer["decisions"]] == ["zoe", "dan"]
    rest = browser.told("ListDecisions", **wanted, after=answer["next"])
    assert [each["resource"].rpartition("/")[2] for each in rest["decisions"]] == ["eve"]
    assert (rest["next"], rest["source"]) == (None, "memory")
    (allowed,) = browser.told("ListDecisions", outcome="Allow", principal="user/bob")["decisions"]
    assert (allowed["action"], allowed["times"]) == (EXPLAIN, 3)
    assert browser.told("ListAuditEvents") == {"events": [], "next": None, "source": None}
    for elsewhere in ("elsewhere", "2026-01-02~x", "2026-01-02T03:04:05+00:00"):
        assert said(browser.own("ListDecisions", {"after": elsewhere}))[1] == "InvalidInput"


@pytest.mark.parametrize(
    "content",
    [
        {"after": "elsewhere"},
        {"after": "2026-01-31T12:00:00~chain~1"},
        {"after": "2026-01-31T12:00:00+00:00~chain~99999999999999999999"},
        {"after": "x" * 201},
        {"limit": 0},
        {"limit": 101},
        {"since": "2026-01-31T12:00:00"},
        {"since": "yesterday"},
        {"user": ""},
        {"denied": True},
    ],
)
def test_what_cannot_be_asked_is_refused(kept: World, content: dict[str, Any]) -> None:
    browser = signed_in(kept, "bob", allow(LOOK_UP))
    assert said(browser.own("ListAuditEvents", content))[:2] == (400, "InvalidInput")


def test_times_at_the_ends_are_times(kept: World) -> None:
    browser = signed_in(kept, "bob", allow(LOOK_UP))
    span = {"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-12:00"}
    assert browser.told("ListAuditEvents", **span)["events"]
