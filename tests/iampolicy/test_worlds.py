"""Worlds: what is read from plain data, what follows from it, and what is refused."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.iampolicy.cases import AWAY, HOME, Json, allow, deny, trust

from iampolicy import Layer, Outcome, PrincipalKind
from iampolicy.world_principals import read_principal
from iampolicy.worlds import Case, Result, WorldError, WorldFile, read_worlds, run

BOB = f"arn:aws:iam::{HOME}:user/dev/bob"
ROLE = f"arn:aws:iam::{HOME}:role/ci/deploy"
KEY = "arn:aws:s3:::bucket/key"


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Shelf:
    """A library of two documents."""

    def read(self, file: str) -> tuple[str, str]:
        if file == "gone.json":
            raise FileNotFoundError(file)
        return f"shelf/{file}", json.dumps(document(allow("s3:GetObject"), deny("s3:PutObject")))

    def managed(self, arn: str) -> str:
        if arn.endswith("/ReadOnly"):
            return json.dumps(document(allow("s3:Get*")))
        raise ValueError(f"there is no {arn}")


def read(data: Any, **more: Any) -> WorldFile:
    return read_worlds(data, Shelf(), **more)


def world(**more: Any) -> dict[str, Any]:
    return {
        "principal": BOB,
        "action": "s3:GetObject",
        "resource": KEY,
        "identity_policies": [document(allow())],
        "expect": "allow",
        **more,
    }


def case(**more: Any) -> Case:
    (only,) = read(world(**more)).cases
    return only


def results(**more: Any) -> list[Result]:
    return list(run([case(**more)]))


def outcome(**more: Any) -> tuple[Outcome, Layer]:
    (result,) = results(**more)
    return result.decision.outcome, result.decision.layer


def context(**more: Any) -> Mapping[str, str | tuple[str, ...]]:
    (question,) = case(**more).questions
    return question[0].context


# --- files and cases


def test_a_file_may_be_one_world() -> None:
    (only,) = read(world(name="mine", because="identity")).cases
    assert (only.name, only.where, only.expected, only.because) == ("mine", "", Outcome.ALLOW, Layer.IDENTITY)
    assert [result.passed for result in run([only])] == [True]


def test_cases_replace_members_and_add_to_context_and_tags() -> None:
    shared = world(context={"a:a": "1", "a:b": "1"}, resource_tags={"x": "1"}, request_tags={"t": "1"})
    file = read(
        shared
        | {
            "cases": [
                {},
                {
                    "context": {"a:b": ["2", "3"]},
                    "resource_tags": {"y": "2"},
                    "request_tags": {"u": "2"},
                    "action": "s3:PutObject",
                },
            ]
        }
    )
    first, second = (case.questions[0][0] for case in file.cases)
    assert [case.where for case in file.cases] == ["cases[0]", "cases[1]"]
    assert [case.name for case in file.cases] == [f"s3:GetObject {KEY}", f"s3:PutObject {KEY}"]
    assert (first.action, second.action) == ("s3:GetObject", "s3:PutObject")
    assert (first.context["a:b"], second.context["a:a"], second.context["a:b"]) == ("1", "1", ("2", "3"))
    assert (second.context["aws:ResourceTag/x"], second.context["aws:ResourceTag/y"]) == ("1", "2")
    assert second.context["aws:TagKeys"] == ("t", "u")
    assert second.context["aws:RequestTag/u"] == "2"


def test_several_actions_and_resources_are_asked_each() -> None:
    found = results(action=["s3:GetObject", "s3:PutObject"], resource=[KEY, "*"])
    assert [(result.request.action, result.request.resource) for result in found] == [
        ("s3:GetObject", KEY),
        ("s3:GetObject", "*"),
        ("s3:PutObject", KEY),
        ("s3:PutObject", "*"),
    ]


@pytest.mark.parametrize(
    ("expect", "because", "passed"),
    [
        ("allow", "identity", True),
        ("allow", None, True),
        ("allow", "resource", False),
        ("explicit_deny", None, False),
    ],
)
def test_what_passes(expect: str, because: str | None, passed: bool) -> None:
    more = {} if because is None else {"because": because}
    assert [result.passed for result in results(expect=expect, **more)] == [passed]


# --- documents and layers


def test_documents_come_from_names_files_and_aws() -> None:
    file = read(
        world(
            policies={
                "named": document(allow("s3:List*")),
                "filed": {"file": "a.json"},
                "unused": document(deny()),
            },
            identity_policies=["named", "filed", "arn:aws:iam::aws:policy/ReadOnly", {"file": "a.json"}],
            permissions_boundary=document(allow()),
        ),
        source="w.yaml",
    )
    identity = file.cases[0].questions[0][1].identity
    assert [policy.name for policy in identity] == [
        "w.yaml#named",
        "shelf/a.json",
        "arn:aws:iam::aws:policy/ReadOnly",
        "shelf/a.json",
    ]
    assert identity[1] is identity[3]
    assert {label: len(policy.statements) for label, policy in file.documents.items()} == {
        "w.yaml#named": 1,
        "shelf/a.json": 2,
        "w.yaml#permissions_boundary": 1,
        "w.yaml#unused": 1,
    }


def test_what_cases_share_is_one_document() -> None:
    file = read(
        world(cases=[{}, {"identity_policies": [document(allow())]}, {"context": {"x": "y"}}]), source="w"
    )
    assert list(file.documents) == ["w#identity_policies[0]", "w#cases[1].identity_policies[0]"]


@pytest.mark.parametrize(
    "statement",
    [
        trust({"AWS": HOME}),
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"},
        allow(),
    ],
)
def test_documents_that_no_case_uses_are_of_any_kind(statement: Json) -> None:
    assert set(read(world(policies={"other": document(statement)})).documents) >= {"#other"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (Outcome.ALLOW, Layer.IDENTITY)),
        ({"identity_policies": []}, (Outcome.IMPLICIT_DENY, Layer.IDENTITY)),
        ({"permissions_boundary": document(allow("ec2:*"))}, (Outcome.IMPLICIT_DENY, Layer.BOUNDARY)),
        ({"principal": ROLE, "session_policies": []}, (Outcome.IMPLICIT_DENY, Layer.SESSION)),
        ({"principal": ROLE, "session_policies": document(allow())}, (Outcome.ALLOW, Layer.IDENTITY)),
        (
            {"resource_policy": document(deny(Principal="*", Resource=KEY))},
            (Outcome.EXPLICIT_DENY, Layer.RESOURCE),
        ),
        ({"service_control_policies": [["FullAWSAccess"], []]}, (Outcome.IMPLICIT_DENY, Layer.SCP)),
        ({"service_control_policies": ["FullAWSAccess", ["FullAWSAccess"]]}, (Outcome.ALLOW, Layer.IDENTITY)),
        ({"resource_control_policies": [[], ["RCPFullAWSAccess"]]}, (Outcome.ALLOW, Layer.IDENTITY)),
        (
            {"resource_control_policies": [document(deny("s3:*", Principal="*"))]},
            (Outcome.EXPLICIT_DENY, Layer.RCP),
        ),
        (
            {"endpoint_policies": [document(allow("s3:Put*", Principal="*"))]},
            (Outcome.IMPLICIT_DENY, Layer.ENDPOINT),
        ),
        ({"resource_account": AWAY}, (Outcome.IMPLICIT_DENY, Layer.RESOURCE)),
        (
            {"action": "kms:Decrypt", "resource": f"arn:aws:kms:eu-west-1:{HOME}:key/1"},
            (Outcome.IMPLICIT_DENY, Layer.RESOURCE),
        ),
    ],
)
def test_every_layer_is_asked(more: Json, expected: tuple[Outcome, Layer]) -> None:
    assert outcome(**more) == expected


def test_a_trust_policy_is_read_as_one() -> None:
    asked = {"action": "sts:AssumeRole", "resource": ROLE, "identity_policies": []}
    trusting = document(trust({"AWS": BOB}, Condition={"StringEquals": {"sts:ExternalId": "x"}}))
    assert outcome(**asked, resource_policy=trusting) == (Outcome.IMPLICIT_DENY, Layer.TRUST)
    assert outcome(**asked, resource_policy=trusting, context={"sts:ExternalId": "x"}) == (
        Outcome.ALLOW,
        Layer.TRUST,
    )


def test_resource_control_policies_bear_on_some_services_only() -> None:
    """Semantics 53."""
    data = world(resource_control_policies=[[document(deny(Principal="*"))]])
    for supports, resource, expected in (
        (True, KEY, Outcome.EXPLICIT_DENY),
        (False, KEY, Outcome.ALLOW),
        (True, "*", Outcome.ALLOW),
    ):
        file = read(data | {"resource": resource}, supports_rcps=lambda _action, answer=supports: answer)
        assert [result.decision.outcome for result in run(file.cases)] == [expected]


# --- principals and context


@pytest.mark.parametrize(
    ("principal", "kind", "arn", "expected"),
    [
        (
            BOB,
            PrincipalKind.USER,
            BOB,
            {"aws:username": "bob", "aws:userid": "AIDAEXAMPLE0000000000", "aws:PrincipalType": "User"},
        ),
        (
            {"arn": BOB, "unique_id": "AIDAX", "tags": {"t": 1}, "session": {"mfa_age": 60}},
            PrincipalKind.USER,
            BOB,
            {
                "aws:userid": "AIDAX",
                "aws:PrincipalTag/t": "1",
                "aws:MultiFactorAuthPresent": "true",
                "aws:MultiFactorAuthAge": "60",
            },
        ),
        (
            {"arn": BOB, "session": {"mfa": "true"}},
            PrincipalKind.USER,
            BOB,
            {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"},
        ),
        (
            ROLE,
            PrincipalKind.ASSUMED_ROLE,
            f"arn:aws:sts::{HOME}:assumed-role/deploy/test-session",
            {
                "aws:PrincipalArn": ROLE,
                "aws:userid": "AROAEXAMPLE0000000000:test-session",
                "aws:MultiFactorAuthPresent": "false",
            },
        ),
        (
            {
                "arn": ROLE,
                "tags": {"a": "1", "b": "1"},
                "session": {"name": "s", "tags": {"b": "2"}, "source_identity": "eve"},
            },
            PrincipalKind.ASSUMED_ROLE,
            f"arn:aws:sts::{HOME}:assumed-role/deploy/s",
            {"aws:PrincipalTag/a": "1", "aws:PrincipalTag/b": "2", "aws:SourceIdentity": "eve"},
        ),
        (
            {"arn": f"arn:aws:sts::{HOME}:assumed-role/deploy/s", "role": ROLE, "unique_id": "AROAX"},
            PrincipalKind.ASSUMED_ROLE,
            f"arn:aws:sts::{HOME}:assumed-role/deploy/s",
            {"aws:PrincipalArn": ROLE, "aws:userid": "AROAX:s"},
        ),
        (
            f"arn:aws:sts::{HOME}:assumed-role/deploy/s",
            PrincipalKind.ASSUMED_ROLE,
            f"arn:aws:sts::{HOME}:assumed-role/deploy/s",
            {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/deploy"},
        ),
        (
            {"arn": f"arn:aws:sts::{HOME}:federated-user/f", "user": BOB},
            PrincipalKind.FEDERATED_USER,
            f"arn:aws:sts::{HOME}:federated-user/f",
            {"aws:userid": f"{HOME}:f", "aws:PrincipalArn": f"arn:aws:sts::{HOME}:federated-user/f"},
        ),
        (
            {"arn": f"arn:aws:sts::{HOME}:federated-user/f", "user": f"arn:aws:iam::{HOME}:root"},
            PrincipalKind.FEDERATED_ROOT,
            f"arn:aws:sts::{HOME}:federated-user/f",
            {"aws:userid": f"{HOME}:f"},
        ),
        (
            f"arn:aws:iam::{HOME}:root",
            PrincipalKind.ROOT,
            f"arn:aws:iam::{HOME}:root",
            {"aws:userid": HOME, "aws:PrincipalType": "Account"},
        ),
        ("ec2.amazonaws.com", PrincipalKind.SERVICE, "", {"aws:PrincipalServiceName": "ec2.amazonaws.com"}),
        ("anonymous", PrincipalKind.ANONYMOUS, "", {"aws:PrincipalType": "Anonymous"}),
        ("*", PrincipalKind.ANONYMOUS, "", {"aws:userid": "Anonymous"}),
        (
            {"provider": "accounts.google.com"},
            PrincipalKind.WEB_IDENTITY,
            "",
            {"aws:FederatedProvider": "accounts.google.com"},
        ),
        ({"provider": f"arn:aws:iam::{HOME}:saml-provider/x"}, PrincipalKind.SAML, "", {}),
    ],
)
def test_principals(principal: Any, kind: PrincipalKind, arn: str, expected: Json) -> None:
    """Semantics 43, 68."""
    who = read_principal(principal, "principal")
    assert (who.principal.kind, who.principal.arn) == (kind, arn)
    assert {key: who.context.get(key) for key in expected} == expected


def test_long_term_keys_know_nothing_of_mfa() -> None:
    """Semantics 68."""
    assert not any("MultiFactor" in key for key in read_principal(BOB, "").context)


def test_what_follows_can_be_replaced_and_left_out() -> None:
    found = context(
        resource=f"arn:aws:sqs:eu-west-1:{AWAY}:jobs",
        context={"AWS:SecureTransport": False, "aws:n": 1},
        absent=["aws:ViaAWSService", "AWS:UserName"],
        time="2026-01-31T12:00:00Z",
    )
    assert found["AWS:SecureTransport"] == "false"
    assert found["aws:n"] == "1"
    assert found["aws:RequestedRegion"] == "eu-west-1"
    assert found["aws:ResourceAccount"] == AWAY
    assert (found["aws:CurrentTime"], found["aws:EpochTime"]) == ("2026-01-31T12:00:00Z", "1769860800")
    assert not {"aws:SecureTransport", "aws:ViaAWSService", "aws:username"} & set(found)


@pytest.mark.parametrize(
    ("principal", "key", "needed"),
    [
        (BOB, "aws:SourceIp", True),
        (BOB, "aws:CurrentTime", True),
        (BOB, "aws:TokenIssueTime", False),
        (ROLE, "aws:TokenIssueTime", True),
        (BOB, "aws:PrincipalTag/x", False),
    ],
)
def test_what_requests_have_must_be_said(principal: str, key: str, needed: bool) -> None:
    policies = [document(deny(Condition={"StringLike": {key.lower(): "*"}}))]
    asked = {"principal": principal, "identity_policies": policies}
    if needed:
        with pytest.raises(WorldError, match=f"the policies ask for `{key}`"):
            case(**asked)
    else:
        assert case(**asked)
    assert case(**asked, absent=[key])
    assert case(**asked, context={key: "x"})


# --- what is refused


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ([], "this must be a mapping"),
        ({1: 2}, "this must be a mapping"),
        ({"acton": "x"}, "acton: there is no such member; there are name, principal, action"),
        (world(cases=[]), "cases: this must be a list of cases"),
        (world(cases={"a": 1}), "cases: this must be a list of cases"),
        (world(cases=[{"x": 1}]), "cases[0].x: there is no such member"),
        ({"principal": BOB, "action": "s3:GetObject"}, "a case needs `expect`"),
        (world(action="GetObject"), "action: `GetObject` is not of the form `service:Name`"),
        (world(action=[]), "a case has at least one action and one resource"),
        (world(action={}), "action: this must be a text"),
        (world(expect="deny"), "expect: this must be one of allow, implicit_deny, explicit_deny"),
        (world(because="policy"), "because: this must be one of identity, resource"),
        (world(resource_account="12"), "resource_account: `12` is no account id of twelve digits"),
        (world(principal="anonymous"), "whose is the resource? give `resource_account`"),
        (world(time="noon"), "time: `noon` is no date"),
        (world(context={"a": {}}), "context.a: this must be a text"),
        (
            world(identity_policies=["none"]),
            "identity_policies[0]: there is no policy called `none` under `policies`",
        ),
        (world(identity_policies="arn:x"), "identity_policies: there is no arn:x"),
        (world(identity_policies={"file": "gone.json"}), "identity_policies: gone.json"),
        (world(identity_policies={"file": "a", "x": 1}), "identity_policies.x: there is no such member"),
        (world(identity_policies=[1]), "identity_policies[0]: this must be a mapping"),
        (world(policies={"a": "b"}), "policies.a: there is no policy called `b` under `policies`"),
        (
            world(identity_policies=document({"Effect": "Allow", "Action": "x", "Resource": "*"})),
            "identity_policies: IAM refuses the document: Actions/Conditions must be prefaced by a vendor",
        ),
        (world(policies={"a": {"x": 1}}), "policies.a: IAM refuses the document: Syntax errors in policy."),
        (
            world(permissions_boundary=[document(allow()), document(deny())]),
            "permissions_boundary: there is at most one",
        ),
        (world(principal={}), "principal: a principal has one of `arn`, `service` and `provider`"),
        (world(principal={"arn": BOB, "service": "x"}), "principal: a principal has one of"),
        (
            world(principal={"service": "x.y", "tags": {}}),
            "principal.tags: this does not go with such a `service`",
        ),
        (
            world(principal={"provider": "x.y", "tags": {}}),
            "principal.tags: this does not go with such a `provider`",
        ),
        (
            world(principal={"arn": "anonymous", "tags": {}}),
            "principal.tags: this does not go with such a `arn`",
        ),
        (
            world(principal=f"arn:aws:iam::{HOME}:group/x"),
            "principal.arn: `arn:aws:iam::111122223333:group/x` is no",
        ),
        (
            world(principal="arn:aws:iam::12:user/x"),
            "principal.arn: a principal of kind User needs an account id",
        ),
        (
            world(principal=f"arn:aws:sts::{HOME}:federated-user/f"),
            "principal: a federated user needs `user`",
        ),
        (
            world(principal={"arn": BOB, "session": {"mfa": "yes"}}),
            "principal.session.mfa: this must be true or false",
        ),
        (world(principal={"arn": BOB, "tags": []}), "principal.tags: this must be a mapping"),
    ],
)
def test_what_is_refused_says_where(data: Any, error: str) -> None:
    with pytest.raises(WorldError) as raised:
        read(data)
    assert str(raised.value).startswith(error)
