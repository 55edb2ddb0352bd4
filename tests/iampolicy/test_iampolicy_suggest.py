"""The least change that would allow a request: that it does, and that it is small."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.iampolicy.cases import (
    ANONYMOUS,
    AWAY,
    HOME,
    Json,
    allow,
    deny,
    federated_root,
    federated_user,
    policy,
    root,
    saml,
    service,
    session,
    trust,
    user,
    web_identity,
)
from tests.iampolicy.test_iampolicy_explain import BUCKET_ARN, asked, random_requests

from iampolicy import Layer, Outcome, Policy, PolicyKind, PolicySet, Principal, Request, evaluate, parse
from iampolicy.explain import Element, explain
from iampolicy.suggest import Change, Suggestion, suggest

EXACT: Json = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET_ARN}


def changed(policies: PolicySet, steps: tuple[Suggestion, ...]) -> PolicySet:
    """Do what *steps* say, in the documents, as a person would."""
    edits: dict[int, Mapping[str, Any] | None] = {
        id(step.statement): step.becomes for step in steps if step.statement is not None
    }

    def redone(said: Policy) -> Policy:
        kept = []
        for compiled in said.statements:
            if id(compiled) not in edits:
                kept.append(compiled)  # with what its principals were bound to when it was saved
            elif edits[id(compiled)] is not None:
                edited = {**json.loads(said.text), "Statement": edits[id(compiled)]}
                (statement,) = parse(json.dumps(edited), said.kind).statements
                statement.index = compiled.index
                kept.append(statement)
        return replace(said, statements=tuple(kept))

    def more(layer: Layer, level: int | None = None) -> tuple[Policy, ...]:
        return tuple(
            parse(json.dumps({"Version": "2012-10-17", "Statement": step.add}), PolicyKind(layer.value))
            for step in steps
            if (step.change, step.layer, step.level) == (Change.ADD, layer, level)
        )

    def one(said: Policy | None, layer: Layer) -> Policy | None:
        added = more(layer)
        if said is None:
            return added[0] if added else None
        said = redone(said)
        for number, each in enumerate(added):
            each.statements[0].index = 1000 + number
        return replace(said, statements=said.statements + tuple(each.statements[0] for each in added))

    resource_layer = (
        Layer.TRUST if policies.resource and policies.resource.kind == "trust" else Layer.RESOURCE
    )
    sessions = (*map(redone, policies.session or ()), *more(Layer.SESSION))
    return replace(
        policies,
        identity=(*map(redone, policies.identity), *more(Layer.IDENTITY)),
        boundary=one(policies.boundary, Layer.BOUNDARY),
        session=None if policies.session is None and not sessions else sessions,
        resource=one(policies.resource, resource_layer),
        endpoint=one(policies.endpoint, Layer.ENDPOINT),
        scps=tuple(
            (*map(redone, level), *more(Layer.SCP, number)) for number, level in enumerate(policies.scps)
        ),
        rcps=tuple(
            (*map(redone, level), *more(Layer.RCP, number)) for number, level in enumerate(policies.rcps)
        ),
    )


def test_doing_what_is_suggested_allows() -> None:
    """A law: over random worlds, whoever edits the documents as told is allowed, and not before the last step."""
    seen: set[tuple[Change, Element | None]] = set()
    for request, policies in random_requests(seed=11, count=150):
        steps = suggest(request, policies)
        decision = evaluate(request, policies)
        assert (steps == ()) == decision.allowed, request
        if steps:
            assert evaluate(request, changed(policies, steps)).allowed, (request, steps)
            seen.update((step.change, step.element) for step in steps)
    assert {change for change, _ in seen} == set(Change)
    assert {Element.CONDITION, Element.RESOURCE, Element.PRINCIPAL} <= {e for _, e in seen}


def test_a_deny_is_named_and_not_worked_around() -> None:
    """A law: without the steps that lift a Deny, the request stays denied explicitly."""
    lifted = 0
    for request, policies in random_requests(seed=12, count=60):
        steps = suggest(request, policies)
        if any(step.change is Change.LIFT for step in steps):
            lifted += 1
            others = tuple(step for step in steps if step.change is not Change.LIFT)
            assert evaluate(request, changed(policies, others)).outcome is Outcome.EXPLICIT_DENY
    assert lifted > 20


def test_what_is_allowed_needs_nothing() -> None:
    assert suggest(asked(), PolicySet(identity=(policy(allow()),))) == ()


def test_the_narrowest_statement_is_this_action_on_this_resource() -> None:
    assert suggest(asked(), PolicySet()) == (Suggestion(change=Change.ADD, layer=Layer.IDENTITY, add=EXACT),)


def test_wildcards_in_a_resource_are_written_so_that_they_are_none() -> None:
    (step,) = suggest(asked(resource="arn:aws:s3:::bucket/${x}*"), PolicySet())
    assert step.add == {**EXACT, "Resource": "arn:aws:s3:::bucket/${$}{x}${*}"}
    old = PolicySet(identity=(policy(allow("iam:*"), version="2008-10-17"),))
    (step,) = suggest(asked(resource="arn:aws:s3:::bucket/${x}"), old)
    assert step.add == {**EXACT, "Resource": "arn:aws:s3:::bucket/${x}"}


@pytest.mark.parametrize("resource", ["*", "nothing", f"arn:aws:iam::{HOME}:us*/x"])
def test_a_resource_that_cannot_be_named_is_all(resource: str) -> None:
    (step,) = suggest(asked(resource=resource), PolicySet())
    assert step.add == {**EXACT, "Resource": "*"}


def test_an_action_that_cannot_be_named_has_no_suggestion() -> None:
    assert suggest(asked(action="nothing"), PolicySet()) == ()
    assert not explain(asked(action="nothing"), PolicySet()).decision.allowed


def test_an_evaluation_that_went_wrong_has_no_suggestion() -> None:
    resource = "arn:aws:s3:::" + "${aws:UserAgent}" * 9
    request = asked(resource="arn:aws:s3:::" + "x" * 72000, aws__UserAgent="x" * 8000)
    assert suggest(request, PolicySet(identity=(policy(allow(resource=resource)),))) == ()


@pytest.mark.parametrize(
    ("statement", "element", "becomes"),
    [
        (
            allow("s3:GetObject", "arn:aws:s3:::other"),
            Element.RESOURCE,
            {"Resource": ["arn:aws:s3:::other", BUCKET_ARN]},
        ),
        (
            allow("s3:PutObject", "arn:aws:s3:::bucket/*"),
            Element.ACTION,
            {"Action": ["s3:PutObject", "s3:GetObject"]},
        ),
        (
            {"Effect": "Allow", "NotAction": ["s3:GetObject", "iam:*", "x y:z"], "Resource": "*"},
            Element.NOT_ACTION,
            {"NotAction": ["iam:*"]},
        ),
        (
            {
                "Effect": "Allow",
                "Action": "s3:*",
                "NotResource": [BUCKET_ARN, "arn:aws:sns:::t"],
            },
            Element.NOT_RESOURCE,
            {"NotResource": ["arn:aws:sns:::t"]},
        ),
    ],
)
def test_a_statement_that_fails_at_one_element_is_edited(
    statement: Json, element: Element, becomes: Json
) -> None:
    said = policy(statement)
    (step,) = suggest(asked(), PolicySet(identity=(said,)))
    assert step == Suggestion(
        change=Change.EDIT,
        layer=Layer.IDENTITY,
        policy=said,
        statement=said.statements[0],
        element=element,
        add=EXACT,
        becomes={**statement, **becomes},
    )


@pytest.mark.parametrize(
    "statement",
    [
        allow("iam:*"),
        allow("*", "arn:aws:s3:::other"),
        allow(["iam:*", "*"], "arn:aws:s3:::other"),
        allow("s3:PutObject"),
        {"Effect": "Allow", "Action": "s3:PutObject", "NotResource": "arn:aws:s3:::x"},
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "NotResource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::bucket/*", "arn:aws:sns:::t"]},
        deny("s3:GetObject", "arn:aws:s3:::other"),
        allow("s3:PutObject", "arn:aws:s3:::other"),
    ],
)
def test_a_statement_is_left_alone_that_an_edit_would_open_too_far(statement: Json) -> None:
    (step,) = suggest(asked(), PolicySet(identity=(policy(statement),)))
    assert step == Suggestion(change=Change.ADD, layer=Layer.IDENTITY, add=EXACT)


def test_the_old_version_keeps_a_resource_as_it_is() -> None:
    said = policy(allow("s3:GetObject", "arn:aws:s3:::other"), version="2008-10-17")
    (step,) = suggest(asked(), PolicySet(identity=(said,)))
    assert step.becomes == allow("s3:GetObject", ["arn:aws:s3:::other", BUCKET_ARN])
    said = policy(
        {"Effect": "Allow", "Action": "s3:*", "NotResource": [BUCKET_ARN, "arn:aws:sns:::t"]}, version=None
    )
    (step,) = suggest(asked(), PolicySet(identity=(said,)))
    assert step.element is Element.NOT_RESOURCE


@pytest.mark.parametrize(
    ("condition", "seen", "becomes"),
    [
        ({"StringEquals": {"k:a": "red"}}, "blue", {"StringEquals": {"k:a": ["red", "blue"]}}),
        ({"StringLike": {"k:a": ["r*"]}}, "b*", {"StringLike": {"k:a": ["r*", "b${*}"]}}),
        ({"IpAddress": {"k:a": "10.0.0.0/8"}}, "::1", {"IpAddress": {"k:a": ["10.0.0.0/8", "::1"]}}),
        ({"Bool": {"k:a": "true"}}, "false", None),
        ({"Surely": {"k:a": "true"}}, "false", None),
        ({"StringEquals": {"k:a": "red"}}, None, None),
        ({"StringEquals": {"k:a": "red"}}, ("red",), None),
        (
            {"StringEquals": {"k:a": "red", "K:A": "green", "k:b": "x"}},
            "blue",
            {"StringEquals": {"k:a": ["red", "green", "blue"], "k:b": "x"}},
        ),
        (
            {"Null": {"k:a": "true"}, "StringEquals": {"k:b": "x"}},
            "blue",
            {"StringEquals": {"k:b": "x"}},
        ),
    ],
)
def test_a_condition_is_widened_or_left_out(condition: Json, seen: Any, becomes: Json | None) -> None:
    said = policy(allow(Condition=condition))
    context = {"k__b": "x"} if seen is None else {"k__a": seen, "k__b": "x"}
    (step,) = suggest(asked(**context), PolicySet(identity=(said,)))
    assert (step.change, step.element) == (Change.EDIT, Element.CONDITION)
    assert [each.held for each in step.conditions] == [False]
    assert step.becomes == (allow() if becomes is None else allow(Condition=becomes))


def test_the_old_version_has_no_way_to_write_a_literal_star() -> None:
    said = policy(allow(Condition={"StringLike": {"k:a": "r*"}}), version=None)
    (step,) = suggest(asked(k__a="b*"), PolicySet(identity=(said,)))
    assert step.becomes == allow()
    (step,) = suggest(asked(k__a="b"), PolicySet(identity=(said,)))
    assert step.becomes == allow(Condition={"StringLike": {"k:a": ["r*", "b"]}})


def test_a_condition_comes_before_a_resource() -> None:
    said = policy(allow("s3:GetObject", "arn:aws:s3:::other"), allow(Condition={"Bool": {"k:a": "true"}}))
    (step,) = suggest(asked(), PolicySet(identity=(said,)))
    assert step.statement is said.statements[1]


@pytest.mark.parametrize(
    ("principal", "element"),
    [
        (user(), {"AWS": user().arn}),
        (session(), {"AWS": session().identity_arn}),
        (root(), {"AWS": f"arn:aws:iam::{HOME}:root"}),
        (federated_user(), {"AWS": federated_user().arn}),
        (federated_root(), {"AWS": federated_root().arn}),
        (web_identity(), {"Federated": "accounts.google.com"}),
        (saml(), {"Federated": f"arn:aws:iam::{HOME}:saml-provider/idp"}),
        (service(), {"Service": "ec2.amazonaws.com"}),
        (ANONYMOUS, "*"),
    ],
)
def test_a_trust_policy_is_to_name_the_caller(principal: Principal, element: Any) -> None:
    request = asked(principal, "sts:AssumeRole", f"arn:aws:iam::{HOME}:role/R")
    said = policy(trust({"AWS": AWAY}, action="sts:TagSession"), kind=PolicyKind.TRUST)
    step, *_ = suggest(request, PolicySet(resource=said, resource_must_allow=True))
    assert step == Suggestion(
        change=Change.ADD,
        layer=Layer.TRUST,
        policy=said,
        add={"Effect": "Allow", "Principal": element, "Action": "sts:AssumeRole"},
    )


@pytest.mark.parametrize(
    ("principal", "named", "becomes"),
    [
        (user(), {"AWS": AWAY}, {"AWS": [AWAY, user().arn]}),
        (service(), {"AWS": [AWAY]}, {"AWS": AWAY, "Service": "ec2.amazonaws.com"}),
        (ANONYMOUS, {"AWS": [AWAY, HOME]}, "*"),
    ],
)
def test_a_principal_is_added_to_a_statement_that_lacks_only_it(
    principal: Principal, named: Json, becomes: Any
) -> None:
    request = asked(principal, "sts:AssumeRole", f"arn:aws:iam::{HOME}:role/R")
    said = policy(trust(named, Sid="mine"), kind=PolicyKind.TRUST)
    step, *_ = suggest(request, PolicySet(resource=said, resource_must_allow=True))
    assert (step.change, step.element) == (Change.EDIT, Element.PRINCIPAL)
    assert step.becomes == trust(becomes, Sid="mine")


def test_layer_after_layer_until_it_is_allowed() -> None:
    full = policy({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, kind=PolicyKind.RCP)
    narrow = policy(allow("iam:*"), kind=PolicyKind.SCP)
    boundary = policy(allow("iam:*"), kind=PolicyKind.BOUNDARY)
    endpoint = policy(trust("*", action="iam:*", Resource="*"), kind=PolicyKind.ENDPOINT)
    policies = PolicySet(
        scps=((narrow,), (narrow, narrow)),
        rcps=((full,), ()),
        endpoint=endpoint,
        boundary=boundary,
        session=(),
    )
    named = {"Effect": "Allow", "Principal": {"AWS": session().identity_arn}, **EXACT}
    steps = suggest(asked(session()), policies)
    assert [(step.layer, step.level, step.policy, step.add) for step in steps] == [
        (Layer.SCP, 0, narrow, EXACT),
        (Layer.SCP, 1, None, EXACT),
        (Layer.RCP, 1, None, {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}),
        (Layer.ENDPOINT, None, endpoint, named),
        (Layer.IDENTITY, None, None, EXACT),
        (Layer.BOUNDARY, None, boundary, EXACT),
        (Layer.SESSION, None, None, EXACT),
    ]


def test_a_federated_user_needs_a_session_policy() -> None:
    """Semantics 52-61: without any it may do nothing."""
    steps = suggest(asked(federated_user()), PolicySet(identity=(policy(allow()),)))
    assert steps == (Suggestion(change=Change.ADD, layer=Layer.SESSION, add=EXACT),)


def test_across_accounts_the_resource_gets_a_policy_if_it_has_none() -> None:
    steps = suggest(asked(account=AWAY), PolicySet(identity=(policy(allow()),)))
    named = {"Effect": "Allow", "Principal": {"AWS": user().arn}, **EXACT}
    assert steps == (Suggestion(change=Change.ADD, layer=Layer.RESOURCE, add=named),)


def test_an_account_that_was_let_in_need_not_be_let_in_again() -> None:
    """The least change is one statement, on the caller's side."""
    said = policy(trust({"AWS": HOME}, action="*", Resource="*"), kind=PolicyKind.RESOURCE)
    steps = suggest(asked(account=AWAY), PolicySet(resource=said))
    assert steps == (Suggestion(change=Change.ADD, layer=Layer.IDENTITY, add=EXACT),)


def test_every_statement_that_denies_is_named_and_what_is_missing_besides() -> None:
    said = policy(deny(Sid="one"), allow("iam:*"), deny("s3:*", Sid="two"))
    other = policy(deny("s3:Get*"), kind=PolicyKind.BOUNDARY)
    steps = suggest(asked(), PolicySet(identity=(said,), boundary=other))
    assert [(step.change, step.layer, step.statement) for step in steps] == [
        (Change.LIFT, Layer.IDENTITY, said.statements[0]),
        (Change.LIFT, Layer.IDENTITY, said.statements[2]),
        (Change.LIFT, Layer.BOUNDARY, other.statements[0]),
        (Change.ADD, Layer.IDENTITY, None),
        (Change.ADD, Layer.BOUNDARY, None),
    ]


def test_of_a_closed_layer_only_the_addition_is_told() -> None:
    request = asked(action="sts:AssumeRole", resource=f"arn:aws:iam::{AWAY}:role/R", account=AWAY)
    closed = frozenset({Layer.TRUST, Layer.RCP})
    near = policy(trust({"AWS": "123456789012"}), kind=PolicyKind.TRUST)
    policies = PolicySet(identity=(policy(allow()),), resource=near, resource_must_allow=True)
    assert suggest(request, policies, closed=closed) == (
        Suggestion(change=Change.ADD, layer=Layer.TRUST, add=trust({"AWS": user().arn})),
    )
    denying = policy(trust({"AWS": HOME}, effect="Deny"), trust("*"), kind=PolicyKind.TRUST)
    assert suggest(request, replace(policies, resource=denying), closed=closed) == (
        Suggestion(change=Change.LIFT, layer=Layer.TRUST),
    )


def test_a_statement_without_a_principal_gets_one() -> None:
    """Semantics 4: such a statement means nobody."""
    request = Request(
        principal=user(), action="s3:GetObject", resource=BUCKET_ARN, resource_account=AWAY, context={}
    )
    said = parse('{"Version": "2012-10-17", "Statement": ' + json.dumps(EXACT) + "}", PolicyKind.RESOURCE)
    (step,) = suggest(request, PolicySet(identity=(policy(allow()),), resource=said))
    assert step.becomes == {**EXACT, "Principal": {"AWS": user().arn}}
