"""Laws that hold for every policy and every request."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import (
    ANONYMOUS,
    AWAY,
    HOME,
    UNHURRIED,
    Json,
    allow,
    deny,
    document,
    federated_root,
    federated_user,
    root,
    saml,
    service,
    session,
    user,
    web_identity,
)

from iampolicy import (
    Decision,
    Outcome,
    Policy,
    PolicyError,
    PolicyKind,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    evaluate,
    parse,
    validate,
)

BASES = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
    "Nonsense",
]
KEYS = ("aws:username", "aws:PrincipalTag/a", "AWS:principaltag/A", "aws:SourceIp", "aws:TagKeys", "k")

operators = st.builds(
    lambda quantifier, base, suffix: quantifier + base + suffix,
    st.sampled_from(("", "", "ForAllValues:", "ForAnyValue:")),
    st.sampled_from(BASES),
    st.sampled_from(("", "", "IfExists")),
)
values = st.one_of(
    st.sampled_from(
        (
            "a",
            "A*",
            "",
            "true",
            "1",
            "2020-01-01",
            "10.0.0.0/8",
            "10.0.0.1",
            "arn:aws:s3:::b",
            "arn:*:s3:::*",
            "*",
            "${aws:username}",
            "${k, 'a'}*",
            "${aws:TagKeys}",
            "${",
            "YQ==",
        )
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    st.booleans(),
    st.integers(),
)
conditions = st.dictionaries(
    operators,
    st.dictionaries(st.sampled_from(KEYS), st.one_of(values, st.lists(values, max_size=3)), max_size=2),
    max_size=2,
)
actions = st.sampled_from(
    ("*", "*:*", "s3:*", "s3:Get*", "S3:getobject", "iam:*", "s3:", "bad", "s*:x", "s3:?etObject")
)
resources = st.sampled_from(
    (
        "*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/${aws:username}",
        "arn:aws:s3:*",
        "arn:aws:*:*:*:*",
        "arn:*:s3:::b/?",
        f"arn:aws:iam::{HOME}:us*/x",
        "arn:aws:s3:${aws:username}::b",
        "nonsense",
    )
)
principals = st.sampled_from(
    (
        "*",
        {"AWS": "*"},
        {"AWS": HOME},
        {"AWS": [AWAY, f"arn:aws:iam::{HOME}:user/bob"]},
        {"AWS": f"arn:aws:iam::{HOME}:role/R"},
        {"AWS": f"arn:aws:sts::{HOME}:assumed-role/R/sess"},
        {"AWS": f"arn:aws:sts::{HOME}:federated-user/fed"},
        {"Service": "ec2.amazonaws.com"},
        {"Federated": "accounts.google.com"},
        {"CanonicalUser": "a"},
        {"AWS": []},
    )
)


@st.composite
def statements(draw: st.DrawFn, *, named: bool = False, effects: tuple[str, ...] = ("Allow", "Deny")) -> Json:
    statement: Json = {"Effect": draw(st.sampled_from(effects))}
    listed = st.lists
    statement[draw(st.sampled_from(("Action", "Action", "NotAction")))] = draw(
        listed(actions, min_size=1, max_size=2)
    )
    statement[draw(st.sampled_from(("Resource", "Resource", "NotResource")))] = draw(
        listed(resources, min_size=1, max_size=2)
    )
    if draw(st.booleans()):
        statement["Condition"] = draw(conditions)
    if named and draw(st.booleans()):
        statement[draw(st.sampled_from(("Principal", "Principal", "NotPrincipal")))] = draw(principals)
    return statement


def policies_of(kind: PolicyKind, effects: tuple[str, ...] = ("Allow", "Deny")) -> st.SearchStrategy[Policy]:
    named = kind in {PolicyKind.RESOURCE, PolicyKind.RCP, PolicyKind.ENDPOINT}
    return st.builds(
        lambda body, version: parse(document(*body, version=version), kind),
        st.lists(statements(named=named, effects=effects), min_size=1, max_size=3),
        st.sampled_from(("2012-10-17", "2012-10-17", None)),
    )


def few(kind: PolicyKind) -> st.SearchStrategy[tuple[Policy, ...]]:
    return st.lists(policies_of(kind), max_size=2).map(tuple)


sets = st.builds(
    PolicySet,
    identity=few(PolicyKind.IDENTITY),
    boundary=st.none() | policies_of(PolicyKind.BOUNDARY),
    session=st.none() | few(PolicyKind.SESSION),
    resource=st.none() | policies_of(PolicyKind.RESOURCE),
    resource_must_allow=st.booleans(),
    scps=st.lists(few(PolicyKind.SCP), max_size=2).map(tuple),
    rcps=st.lists(few(PolicyKind.RCP), max_size=1).map(tuple),
    endpoint=st.none() | policies_of(PolicyKind.ENDPOINT),
)
callers = st.sampled_from(
    (
        user(),
        session(),
        federated_user(),
        federated_root(),
        root(),
        service(),
        web_identity(),
        saml(),
        ANONYMOUS,
        user(account=AWAY),
    )
)
context_values = st.sampled_from(
    ("a", "b", "", "true", "1", "10.0.0.1", "arn:aws:s3:::b", "2020-01-01")
) | st.text(max_size=5)
requests = st.builds(
    Request,
    principal=callers,
    action=st.sampled_from(("s3:GetObject", "s3:PutObject", "iam:GetUser", "nonsense")) | st.text(max_size=5),
    resource=st.sampled_from(("*", "arn:aws:s3:::b", "arn:aws:s3:::b/a", f"arn:aws:iam::{HOME}:user/x"))
    | st.text(max_size=5),
    resource_account=st.sampled_from((HOME, AWAY)),
    context=st.dictionaries(
        st.sampled_from(KEYS),
        context_values | st.lists(context_values, max_size=2).map(tuple),
        max_size=4,
    ),
)


def with_statement(policy: Policy, extra: Policy) -> Policy:
    return Policy(policy.kind, policy.name, policy.arn, (*policy.statements, *extra.statements))


@UNHURRIED
@given(requests, sets)
def test_a_decision_is_always_taken(request: Request, policies: PolicySet) -> None:
    """Semantics 61: whatever `parse` takes, `evaluate` answers, and can give its reasons."""
    decision = evaluate(request, policies)
    assert isinstance(decision, Decision)
    assert decision.allowed is (decision.outcome is Outcome.ALLOW)
    assert bool(decision.reason) is not decision.allowed
    assert len(decision.matched) == len(decision.hits)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | resources
    | actions,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3) | operators, inner, max_size=2)
    ),
    max_leaves=4,
)
entries = actions | resources | st.lists(actions | resources | st.text(max_size=6), max_size=2)
wild_documents = st.fixed_dictionaries(
    {
        "Statement": st.lists(
            st.fixed_dictionaries(
                {"Effect": st.sampled_from(("Allow", "Deny"))},
                optional={
                    "Action": entries | entries | json_values,
                    "NotAction": entries | entries | json_values,
                    "Resource": entries | entries | json_values,
                    "NotResource": entries | entries | json_values,
                    "Principal": principals | json_values,
                    "NotPrincipal": json_values,
                    "Condition": conditions | json_values,
                    "Sid": json_values,
                },
            ),
            min_size=1,
            max_size=2,
        )
    },
    optional={"Version": st.sampled_from(("2012-10-17", "2008-10-17")), "Id": json_values},
)


def refused(check: Callable[[str, PolicyKind], object], text: str, kind: PolicyKind) -> bool:
    try:
        check(text, kind)
    except PolicyError as error:
        return bool(error.message)
    return False


@UNHURRIED
@given(wild_documents, st.sampled_from(PolicyKind), requests)
def test_documents_are_refused_or_evaluated(written: Json, kind: PolicyKind, request: Request) -> None:
    """Semantics 61: nothing but PolicyError comes out of `validate` and `parse`, and nothing out of `evaluate`."""
    text = json.dumps(written)
    if refused(parse, text, kind):
        assert refused(validate, text, kind)
        return
    refused(validate, text, kind)
    policy = parse(text, kind)
    slots: dict[PolicyKind, dict[str, Any]] = {
        PolicyKind.IDENTITY: {"identity": (policy,)},
        PolicyKind.BOUNDARY: {"boundary": policy},
        PolicyKind.SESSION: {"session": (policy,)},
        PolicyKind.TRUST: {"resource": policy},
        PolicyKind.RESOURCE: {"resource": policy},
        PolicyKind.SCP: {"scps": ((policy,),)},
        PolicyKind.RCP: {"rcps": ((policy,),)},
        PolicyKind.ENDPOINT: {"endpoint": policy},
    }
    evaluate(request, PolicySet(**slots[kind]))


@UNHURRIED
@given(st.text() | st.binary().map(lambda b: b.decode("latin-1")), st.sampled_from(PolicyKind))
def test_any_text_is_refused_or_read(text: str, kind: PolicyKind) -> None:
    """R-67 to R-69."""
    assert refused(validate, text, kind)
    assert refused(parse, text, kind)


def shuffled(policy: Policy, data: st.DataObject) -> Policy:
    return Policy(policy.kind, policy.name, policy.arn, tuple(data.draw(st.permutations(policy.statements))))


@UNHURRIED
@given(requests, sets, st.data())
def test_order_is_irrelevant(request: Request, policies: PolicySet, data: st.DataObject) -> None:
    """Of statements in a policy, and of policies in a layer."""
    other = replace(
        policies,
        identity=tuple(shuffled(p, data) for p in reversed(policies.identity)),
        boundary=policies.boundary and shuffled(policies.boundary, data),
        session=policies.session and tuple(shuffled(p, data) for p in reversed(policies.session)),
        resource=policies.resource and shuffled(policies.resource, data),
    )
    before, after = evaluate(request, policies), evaluate(request, other)
    assert (before.outcome, before.layer, before.reason) == (after.outcome, after.layer, after.reason)


@UNHURRIED
@given(
    requests, sets, policies_of(PolicyKind.IDENTITY, ("Deny",)), policies_of(PolicyKind.RESOURCE, ("Deny",))
)
def test_a_deny_never_allows(
    request: Request, policies: PolicySet, extra: Policy, of_resource: Policy
) -> None:
    """R-27: added anywhere, a Deny takes away or changes nothing."""
    before = evaluate(request, policies).allowed
    changes: list[dict[str, Any]] = [{"identity": (*policies.identity, extra)}]
    if policies.boundary is not None:
        changes.append({"boundary": with_statement(policies.boundary, extra)})
    if policies.session is not None:
        changes.append({"session": (*policies.session, extra)})
    if policies.resource is not None:
        changes.append({"resource": with_statement(policies.resource, of_resource)})
    for change in changes:
        after = evaluate(request, replace(policies, **change)).allowed
        assert before or not after


@UNHURRIED
@given(
    requests,
    sets,
    policies_of(PolicyKind.BOUNDARY),
    few(PolicyKind.SESSION),
    few(PolicyKind.SCP),
    few(PolicyKind.RCP),
    policies_of(PolicyKind.ENDPOINT),
)
def test_what_can_only_withhold_never_adds(
    request: Request,
    policies: PolicySet,
    boundary: Policy,
    session_policies: tuple[Policy, ...],
    level: tuple[Policy, ...],
    rcp_level: tuple[Policy, ...],
    endpoint: Policy,
) -> None:
    """A boundary, a session policy, an SCP, an RCP or an endpoint policy never adds a permission."""
    federated = request.principal.kind in {PrincipalKind.FEDERATED_USER, PrincipalKind.FEDERATED_ROOT}
    bare = replace(policies, boundary=None, scps=(), rcps=(), endpoint=None)
    if not federated:  # without a session policy these can do nothing at all
        bare = replace(bare, session=None)
    before = evaluate(request, bare).allowed
    changes: list[dict[str, Any]] = [
        {"boundary": boundary},
        {"scps": (level,)},
        {"rcps": (rcp_level,)},
        {"endpoint": endpoint},
    ]
    if not federated:
        changes.append({"session": session_policies})
    for change in changes:
        assert before or not evaluate(request, replace(bare, **change)).allowed


@UNHURRIED
@given(requests, sets)
def test_the_same_question_has_the_same_answer(request: Request, policies: PolicySet) -> None:
    """What the engine remembers changes nothing."""
    first = evaluate(request, policies)
    fresh = Request(
        principal=request.principal,
        action=request.action,
        resource=request.resource,
        resource_account=request.resource_account,
        context=dict(request.context),
    )
    assert evaluate(fresh, policies) == first


@UNHURRIED
@given(requests)
def test_everything_allowed_and_everything_denied(request: Request) -> None:
    everything = parse(document(allow()), PolicyKind.IDENTITY)
    nothing = parse(document(allow(), deny()), PolicyKind.IDENTITY)
    caller: Principal = request.principal
    at_home = caller.has_identity and caller.account == request.resource_account
    permitted = PolicySet(identity=(everything,), session=(everything,))
    assert evaluate(request, permitted).allowed is at_home
    assert evaluate(request, PolicySet(identity=(everything, nothing))).outcome is Outcome.EXPLICIT_DENY
