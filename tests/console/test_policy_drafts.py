"""What the editor of policies is told: findings in a draft, and names that begin with what is typed."""

import json
from typing import Any

import pytest
from tests.support.browser import Browser, said, signed_in
from tests.support.world import World

DRAFT = """{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Action": ["s3:GetObjects", "iam:PassRole"],
    "Resource": "*"
  }
}"""


@pytest.fixture
def bob(world: World) -> Browser:
    """Who has signed in, and may do nothing at all."""
    return signed_in(world, "bob")


def checked(browser: Browser, document: str, **more: str) -> Any:
    answer = browser.own("CheckPolicy", {"document": document} | more)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def completed(browser: Browser, wanted: str, typed: str) -> Any:
    answer = browser.own("CompleteName", {"wanted": wanted, "typed": typed})
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def test_a_draft_has_the_findings_of_the_linter(bob: Browser) -> None:
    told = checked(bob, DRAFT)
    assert (told["kind"], told["found"]) == ("identity", 2)
    assert told["findings"][0] == {
        "rule": "invalid-action",
        "severity": "error",
        "message": "`s3` has no action `GetObjects`. Did you mean `s3:GetObject`?",
        "line": 5,
        "column": 16,
        "link": "https://github.com/iamd/iamd/blob/main/docs/reference/lint-rules.md#invalid-action",
    }
    assert [each["rule"] for each in told["findings"]] == ["invalid-action", "pass-role-with-wildcard"]


def test_what_is_no_policy_at_all_is_told_where(bob: Browser) -> None:
    (finding,) = checked(bob, '{"Version": "2012-10-17",\n "Statement": [}')["findings"]
    assert (finding["rule"], finding["severity"], finding["line"]) == ("json-syntax-error", "error", 2)
    assert checked(bob, "")["found"] == 1
    assert checked(bob, "[" * 100_000)["found"] == 1
    assert checked(bob, " " * 131_073)["findings"][0]["message"].startswith("the document has more than")


def test_the_kind_is_told_or_guessed(bob: Browser) -> None:
    trust = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}})
    assert checked(bob, trust)["kind"] == "trust"
    assert "error" in {each["severity"] for each in checked(bob, trust, kind="identity")["findings"]}
    assert said(bob.own("CheckPolicy", {"document": trust, "kind": "poem"}))[:2] == (400, "InvalidInput")
    assert said(bob.own("CheckPolicy", {"document": 7}))[1] == "InvalidInput"
    assert said(bob.own("CheckPolicy", {"document": trust, "more": 1}))[1] == "InvalidInput"


def test_an_answer_is_bounded(bob: Browser) -> None:
    actions = ", ".join(f'"s3:No{number}"' for number in range(900))
    told = checked(bob, DRAFT.replace('"s3:GetObjects"', actions))
    assert told["found"] >= 900
    assert len(told["findings"]) == 200
    names = completed(bob, "action", "ec2:")
    assert (len(names["names"]), names["more"]) == (50, True)


@pytest.mark.parametrize(
    ("wanted", "typed", "names"),
    [
        ("action", "S3:getobjectV", ["s3:GetObjectVersion", "s3:GetObjectVersionAcl"]),
        ("action", "access-a", ["access-analyzer:"]),
        ("action", "s33:Get", []),
        ("action", "../iam:", []),
        ("conditionKey", "aws:multi", ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"]),
        ("conditionKey", "s3:pre", ["s3:prefix"]),
        (
            "conditionKey",
            "token.actions.githubusercontent.com:s",
            ["token.actions.githubusercontent.com:sub"],
        ),
        ("operator", "arnl", ["ArnLike", "ArnLikeIfExists"]),
        ("operator", "ForAnyValue:Bo", ["ForAnyValue:Bool"]),
        ("operator", "null", ["Null"]),
    ],
)
def test_names_begin_with_what_is_typed(bob: Browser, wanted: str, typed: str, names: list[str]) -> None:
    found = [each["name"] for each in completed(bob, wanted, typed)["names"]]
    assert found[: len(names)] == names
    assert all(each.lower().startswith(typed.lower()) for each in found)
    assert bool(found) == bool(names)


def test_an_action_says_what_it_is(bob: Browser) -> None:
    (told,) = completed(bob, "action", "s3:PutObjectTagging")["names"]
    assert told["about"] == "Tagging"
    assert told["description"].startswith("Grants permission to")


def summary(browser: Browser, *statements: Any) -> Any:
    document = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
    answer = browser.own("CheckPolicy", {"document": document, "findings": False})
    return json.loads(answer.body)["summary"]


def test_what_it_grants_is_told_by_service(bob: Browser) -> None:
    allow = {
        "Sid": "Own",
        "Effect": "Allow",
        "Action": ["s3:List*", "S3:GetObject", "iam:*", "nowhere:Go"],
        "Resource": ["arn:aws:s3:::own", "arn:aws:s3:::own/*"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]}},
    }
    deny = {"Effect": "Deny", "NotAction": ["sts:*"], "Resource": "*"}
    rows = summary(bob, allow, deny, {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::x"})
    assert [(row["statement"], row["effect"], row["service"], row["level"]) for row in rows] == [
        (1, "Allow", "AWS Identity and Access Management (IAM) (iam)", "Full access"),
        (1, "Allow", "nowhere", "No such service"),
        (1, "Allow", "Amazon S3 (s3)", "Full: List; Limited: Read"),
        (2, "Deny", "All services", "All but sts:*"),
        (3, "Allow", "All services", "Full access"),
    ]
    assert rows[0]["sid"] == "Own"
    assert rows[0]["resources"] == {"texts": ["arn:aws:s3:::own", "arn:aws:s3:::own/*"], "more": 0}
    assert rows[0]["conditions"]["texts"] == ["StringEquals aws:PrincipalTag/team: red, blue"]
    assert rows[3]["resources"]["texts"] == ["All resources"]
    assert rows[4]["resources"]["texts"] == ["All but arn:aws:s3:::x"]
    assert rows[3]["line"] > rows[0]["line"] > 1


@pytest.mark.parametrize(
    ("actions", "level"),
    [
        (["sts:GetCallerIdentity"], "Limited: Read"),
        (["s3:List*", "s3:PutObject*"], "Full: List; Limited: Write, Permissions management, Tagging"),
        (["sqs:nothing"], "No known action"),
        (["sqs:*"], "Full access"),
        (["SQS:?*"], "Full access"),
    ],
)
def test_levels_are_full_or_limited(bob: Browser, actions: list[str], level: str) -> None:
    (row,) = summary(bob, {"Effect": "Allow", "Action": actions, "Resource": "*"})
    assert row["level"] == level


def test_a_trust_policy_tells_whom_it_trusts(bob: Browser) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["123456789012", "arn:aws:iam::1:root"], "Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    (row,) = summary(bob, statement)
    assert row["principals"]["texts"] == [
        "AWS: 123456789012",
        "AWS: arn:aws:iam::1:root",
        "Service: ec2.amazonaws.com",
    ]


@pytest.mark.parametrize(
    "document",
    ["", "7", "[]", '{"Statement": 7}', '{"Statement": [7, {}, {"Action": 7, "Condition": 7}]}', "[" * 5000],
)
def test_what_cannot_be_understood_is_not_in_the_summary(bob: Browser, document: str) -> None:
    told = checked(bob, document)
    assert told["found"] > 0
    assert not told["summary"]


def test_a_summary_is_bounded(bob: Browser) -> None:
    many = [{"Effect": "Allow", "Action": "s3:*", "Resource": ["x" * 400] * 9}] * 250
    told = json.loads(
        bob.own("CheckPolicy", {"document": json.dumps({"Statement": many}), "findings": False}).body
    )
    assert (told["found"], len(told["summary"])) == (0, 200)
    row = told["summary"][0]
    assert (len(row["resources"]["texts"]), row["resources"]["more"]) == (5, 4)
    assert len(row["resources"]["texts"][0]) == 301
    wild = [f"ec2:*{number}*" for number in range(4_000)]
    (row,) = summary(bob, {"Effect": "Allow", "Action": wild, "Resource": "*"})
    assert row["level"] == "Too many actions to say"


@pytest.mark.parametrize("page", ["CheckPolicy", "CompleteName"])
def test_only_the_pages_of_whoever_has_signed_in_are_answered(world: World, bob: Browser, page: str) -> None:
    """R-82: as everywhere in the console, and before anything is read."""
    assert said(Browser(world).own(page, "nonsense"))[:2] == (403, "MissingAuthenticationToken")
    assert said(bob.own(page, "nonsense"))[:2] == (400, "InvalidInput")
    bob.headers = {"x-iamd-csrf": None}
    assert said(bob.own(page))[1] == "AccessDenied"
    bob.headers = {"origin": "https://evil.example"}
    assert said(bob.own(page))[1] == "AccessDenied"
