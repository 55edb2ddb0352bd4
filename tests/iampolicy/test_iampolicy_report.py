"""Explanations as data and as sentences."""

import json
from typing import Any

import pytest
from tests.iampolicy.cases import (
    ANONYMOUS,
    AWAY,
    HOME,
    Json,
    allow,
    deny,
    document,
    policy,
    root,
    session,
    trust,
    user,
)
from tests.iampolicy.test_iampolicy_explain import BUCKET_ARN, asked, random_requests

from iampolicy import Layer, PolicyKind, PolicySet, Principal, Request
from iampolicy.explain import explain
from iampolicy.report import report
from iampolicy.suggest import suggest

BOB = user().arn
ARN = f"arn:aws:iam::{HOME}:policy/reading"


def told(request: Request, policies: PolicySet, closed: frozenset[Layer] = frozenset()) -> Json:
    return report(explain(request, policies), suggest(request, policies, closed=closed), closed=closed)


def sentences(request: Request, policies: PolicySet, closed: frozenset[Layer] = frozenset()) -> list[str]:
    return [step["sentence"] for step in told(request, policies, closed)["suggestions"]]


def says(request: Request, policies: PolicySet, closed: frozenset[Layer] = frozenset()) -> dict[str, str]:
    return {lane["title"]: lane["says"] for lane in told(request, policies, closed)["lanes"]}


def test_a_whole_report() -> None:
    statement = allow("s3:GetObject", BUCKET_ARN, Sid="Own", Condition={"Bool": {"k:mfa": "true"}})
    said = policy(statement, allow("s3:Put*"), name="reading", arn=ARN)
    request = asked(k__mfa="false", k__list=("a", "b"))
    condition = {
        "operator": "Bool",
        "key": "k:mfa",
        "wanted": ["true"],
        "meant": None,
        "seen": "false",
        "held": False,
    }
    reason = "because no identity-based policy allows the s3:GetObject action"
    assert told(request, PolicySet(identity=(said,))) == {
        "request": {
            "principal": {"kind": "User", "arn": BOB, "account": HOME},
            "action": "s3:GetObject",
            "resource": BUCKET_ARN,
            "resource_account": HOME,
            "context": {"k:list": ["a", "b"], "k:mfa": "false"},
        },
        "decision": {"outcome": "ImplicitDeny", "layer": "identity", "reason": reason, "fault": ""},
        "lanes": [
            {
                "layer": "identity",
                "title": "identity-based policies",
                "level": None,
                "standing": "silent",
                "says": "no statement allows it, and one must",
                "needed": True,
                "decided": True,
                "closed": False,
                "policies": [
                    {
                        "name": "reading",
                        "arn": ARN,
                        "document": document(statement, allow("s3:Put*")),
                        "statements": [
                            {
                                "index": 0,
                                "sid": "Own",
                                "effect": "Allow",
                                "matched": False,
                                "failed": {"element": "Condition"},
                                "conditions": [condition],
                                "fault": "",
                            },
                            {
                                "index": 1,
                                "sid": None,
                                "effect": "Allow",
                                "matched": False,
                                "failed": {
                                    "element": "Action",
                                    "wanted": ["s3:Put*"],
                                    "seen": "s3:GetObject",
                                },
                                "conditions": [],
                                "fault": "",
                            },
                        ],
                    }
                ],
            }
        ],
        "suggestions": [
            {
                "change": "edit",
                "layer": "identity",
                "level": None,
                "policy": {"name": "reading", "arn": ARN},
                "statement": 0,
                "element": "Condition",
                "conditions": [condition],
                "sentence": (
                    f"Statement 1 (Own) of reading ({ARN}) allows all of this but for its Condition: Bool wants "
                    "k:mfa to be true, and the request has false. Make the request so that it holds. Or change "
                    "the condition."
                ),
                "becomes": {"Sid": "Own", **allow("s3:GetObject", BUCKET_ARN)},
                "add": allow("s3:GetObject", BUCKET_ARN),
            }
        ],
    }


def test_every_report_is_json() -> None:
    for request, policies in random_requests(seed=5, count=40):
        made = told(request, policies)
        assert json.loads(json.dumps(made)) == made
        assert (made["suggestions"] == []) == (made["decision"]["outcome"] == "Allow")


def test_lanes_say_whether_their_silence_matters() -> None:
    silent = policy(allow("iam:*"), kind=PolicyKind.BOUNDARY)
    named = policy(trust({"AWS": BOB}, action="*", Resource="*"), kind=PolicyKind.RESOURCE)
    assert says(asked(), PolicySet(resource=named, boundary=silent)) == {
        "policy of the resource": "allows, by naming the caller itself or everyone",
        "identity-based policies": "there is no policy, and none need",
        "permissions boundary": "no statement allows it, and none need",
    }
    assert says(asked(root()), PolicySet()) == {
        "identity-based policies": "allows: the root user needs no policy"
    }
    assert says(asked(), PolicySet(identity=(policy(deny()),))) == {
        "identity-based policies": "explicit deny"
    }
    assert says(asked(), PolicySet(identity=(policy(allow()),))) == {"identity-based policies": "allows"}


@pytest.mark.parametrize(
    ("principal", "how"),
    [
        ({"AWS": HOME}, ", by naming the account"),
        ({"AWS": session().identity_arn}, ", by naming the role or user behind the session"),
    ],
)
def test_lanes_say_how_directly_a_resource_grants(principal: Any, how: str) -> None:
    named = policy(trust(principal, action="*", Resource="*"), kind=PolicyKind.RESOURCE)
    assert says(asked(session()), PolicySet(resource=named))["policy of the resource"] == f"allows{how}"


def test_levels_are_named() -> None:
    full = policy(allow(), kind=PolicyKind.SCP)
    principal = session(path="/aws-service-role/x.amazonaws.com/")
    assert says(asked(), PolicySet(scps=((full,), (full,), (full,)))) == {
        "service control policies, level 1 of 3 (the root)": "allows",
        "service control policies, level 2 of 3 (a unit)": "allows",
        "service control policies, level 3 of 3 (the account)": "allows",
        "identity-based policies": "there is no policy, and one must",
    }
    exempt = says(asked(principal), PolicySet(scps=((full,),)))
    assert exempt["service control policies, level 1 of 1 (the root)"] == (
        "not asked: service-linked roles are exempt"
    )


@pytest.mark.parametrize(
    ("statement", "failed"),
    [
        (
            {"Effect": "Allow", "Principal": {"AWS": [AWAY], "Service": "x"}, "Action": "*", "Resource": "*"},
            {"element": "Principal", "wanted": [f"AWS: {AWAY}", "Service: x"], "seen": BOB},
        ),
        (
            {"Effect": "Deny", "NotPrincipal": {"AWS": [HOME, BOB]}, "Action": "*", "Resource": "*"},
            {"element": "NotPrincipal", "wanted": [f"AWS: {HOME}", f"AWS: {BOB}"], "seen": BOB},
        ),
        (
            {"Effect": "Allow", "Principal": "*", "NotAction": "s3:*", "Resource": "*"},
            {"element": "NotAction", "wanted": ["s3:*"], "seen": "s3:GetObject"},
        ),
        (
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::x"},
            {"element": "Resource", "wanted": ["arn:aws:s3:::x"], "seen": BUCKET_ARN},
        ),
        (
            {"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": BUCKET_ARN},
            {"element": "NotResource", "wanted": [BUCKET_ARN], "seen": BUCKET_ARN},
        ),
    ],
)
def test_the_element_that_failed_says_what_it_wanted_and_saw(statement: Json, failed: Json) -> None:
    lanes = told(asked(), PolicySet(resource=policy(statement, kind=PolicyKind.RESOURCE)))["lanes"]
    assert lanes[0]["policies"][0]["statements"][0]["failed"] == failed


def test_a_statement_without_principals_wanted_nobody() -> None:
    said = policy(allow(), kind=PolicyKind.RESOURCE)
    lanes = told(asked(), PolicySet(resource=said))["lanes"]
    failed = {"element": "Principal", "wanted": [], "seen": BOB}
    assert lanes[0]["policies"][0]["statements"][0]["failed"] == failed


def test_variables_show_what_they_meant() -> None:
    condition = {"StringEquals": {"k:a": ["${aws:username}", "${k:none}"]}}
    said = policy(allow(Condition=condition))
    lanes = told(asked(aws__username="bob"), PolicySet(identity=(said,)))["lanes"]
    (told_condition,) = lanes[0]["policies"][0]["statements"][0]["conditions"]
    assert told_condition["meant"] == ["bob", None]


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (
            PolicySet(scps=((policy(allow("iam:*"), kind=PolicyKind.SCP, name="guard"),),)),
            "Add this statement to the service control policies, level 1 of 1 (the root): the guard.",
        ),
        (
            PolicySet(rcps=((),)),
            (
                "Add this statement to the resource control policies, level 1 of 1 (the root), by attaching "
                "RCPFullAWSAccess again."
            ),
        ),
        (
            PolicySet(
                endpoint=policy(
                    trust("*", action="iam:*", Resource="*"), kind=PolicyKind.ENDPOINT, arn="arn:aws:ec2:::e"
                )
            ),
            "Add this statement to the policy of the VPC endpoint: arn:aws:ec2:::e.",
        ),
        (PolicySet(), f"Add this statement to an identity-based policy of {BOB}."),
        (
            PolicySet(identity=(policy(allow()),), boundary=policy(allow("iam:*"), name="edge", arn=ARN)),
            f"Add this statement to the permissions boundary of {BOB}: edge ({ARN}).",
        ),
        (
            PolicySet(identity=(policy(allow()),), session=()),
            "Add this statement to a session policy, and make the session anew with it.",
        ),
        (
            PolicySet(identity=(policy(deny(Sid="Never"), allow(), name="hard"),)),
            (
                "Statement 1 (Never) of the hard denies this explicitly. No Allow outweighs that: whoever keeps it must "
                "lift or narrow it."
            ),
        ),
        (
            PolicySet(identity=(policy(allow("s3:GetObject", "arn:aws:s3:::x")),)),
            f"Statement 1 of the policy allows all of this but for its Resource: add {BUCKET_ARN} to it.",
        ),
        (
            PolicySet(identity=(policy(allow("s3:PutObject", BUCKET_ARN)),)),
            "Statement 1 of the policy allows all of this but for its Action: add s3:GetObject to it.",
        ),
        (
            PolicySet(
                identity=(
                    policy({"Effect": "Allow", "NotAction": ["s3:GetObject", "iam:*"], "Resource": "*"}),
                )
            ),
            (
                "Statement 1 of the policy allows all of this but for its NotAction: take out the entries that speak of "
                "this request."
            ),
        ),
    ],
)
def test_suggestions_are_sentences(policies: PolicySet, expected: str) -> None:
    assert sentences(asked(), policies)[0] == expected


def test_resources_are_told_where_to_add() -> None:
    mine = PolicySet(identity=(policy(allow()),))
    assert sentences(asked(account=AWAY), mine) == [
        f"Add this statement to the policy of {BUCKET_ARN}, in account {AWAY}."
    ]
    role = f"arn:aws:iam::{HOME}:role/R"
    said = policy(trust({"AWS": AWAY}, action="sts:TagSession"), kind=PolicyKind.TRUST)
    policies = PolicySet(identity=(policy(allow()),), resource=said, resource_must_allow=True)
    assert sentences(asked(action="sts:AssumeRole", resource=role), policies) == [
        f"Add this statement to the trust policy of {role}."
    ]


@pytest.mark.parametrize(
    ("principal", "added"), [(user(), BOB), (session(), session().identity_arn), (ANONYMOUS, "the caller")]
)
def test_principals_are_told_whom_to_add(principal: Principal, added: str) -> None:
    said = policy(trust({"AWS": AWAY}, action="*", Resource="*"), kind=PolicyKind.RESOURCE)
    policies = PolicySet(identity=(policy(allow()),), resource=said)
    account = "123456789012"
    assert sentences(asked(principal, account=account), policies) == [
        f"Statement 1 of the policy allows all of this but for its Principal: add {added} to it."
    ]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (None, "the request has no such key"),
        ("blue", "the request has blue"),
        (("a", "b"), "the request has the list a, b"),
        ((), "the request has the list of nothing"),
    ],
)
def test_conditions_are_told_as_wishes(seen: Any, expected: str) -> None:
    said = policy(allow(Condition={"StringEquals": {"k:a": ["red", "green"]}}))
    context = {} if seen is None else {"k__a": seen}
    (sentence,) = sentences(asked(**context), PolicySet(identity=(said,)))
    assert f"StringEquals wants k:a to be red or green, and {expected}. " in sentence


def test_of_known_keys_it_is_told_what_to_do_about_them() -> None:
    condition = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "300"},
        "StringEquals": {"aws:RequestTag/team": "red"},
    }
    (sentence,) = sentences(asked(), PolicySet(identity=(policy(allow(Condition=condition)),)))
    assert sentence.endswith(
        ". Call GetSessionToken with SerialNumber and TokenCode, and use its credentials. "
        "Pass such a tag with the request. Or change the condition."
    )


def test_of_a_closed_layer_nothing_is_told_but_where_it_stands() -> None:
    secret = "arn:aws:iam::999988887777:user/secret"
    denying = policy(
        trust({"AWS": HOME}, effect="Deny", Sid="hidden"), trust({"AWS": secret}), kind=PolicyKind.TRUST
    )
    request = asked(action="sts:AssumeRole", resource=f"arn:aws:iam::{AWAY}:role/R", account=AWAY)
    policies = PolicySet(identity=(policy(allow()),), resource=denying, resource_must_allow=True)
    closed = frozenset({Layer.TRUST})
    made = told(request, policies, closed)
    assert secret not in json.dumps(made)
    assert "hidden" not in json.dumps(made)
    assert says(request, policies, closed)["trust policy of the role"] == "explicit deny"
    assert sentences(request, policies, closed)[0] == (
        "The trust policy of the role holds an explicit deny. No Allow outweighs that: whoever keeps it must lift or "
        "narrow it."
    )
    allowing = policy(trust({"AWS": HOME}), kind=PolicyKind.TRUST)
    there = PolicySet(resource=allowing, resource_must_allow=True)
    assert says(request, there, closed)["trust policy of the role"] == "allows"


def test_what_needs_no_permission_has_no_deciding_layer() -> None:
    made = told(asked(action="sts:GetCallerIdentity", resource="*"), PolicySet())
    assert made["decision"] == {"outcome": "Allow", "layer": None, "reason": "", "fault": ""}
