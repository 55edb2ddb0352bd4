"""What an explanation says, and that it adds up to the decision."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.iampolicy.cases import (
    ANONYMOUS,
    AWAY,
    HOME,
    Json,
    allow,
    deny,
    federated_user,
    policy,
    root,
    service,
    session,
    trust,
    user,
)
from tests.iampolicy.differential import compile_world, worlds

from iampolicy import Grant, Layer, Outcome, PolicyKind, PolicySet, Principal, Request, evaluate
from iampolicy.explain import ConditionTrace, Element, Explanation, Lane, Standing, explain

BUCKET_ARN = "arn:aws:s3:::bucket/key"


def asked(
    principal: Principal | None = None,
    action: str = "s3:GetObject",
    resource: str = BUCKET_ARN,
    account: str = HOME,
    **context: str | tuple[str, ...],
) -> Request:
    return Request(
        principal=principal or user(),
        action=action,
        resource=resource,
        resource_account=account,
        context={key.replace("__", ":"): value for key, value in context.items()},
    )


def lanes(explanation: Explanation) -> dict[Layer, tuple[Standing, bool]]:
    return {lane.layer: (lane.standing, lane.needed) for lane in explanation.lanes}


def identity(*statements: Json, **asking: Any) -> Lane:
    """Return the identity lane of a user with one policy of these statements."""
    explanation = explain(asked(**asking), PolicySet(identity=(policy(*statements),)))
    (lane,) = explanation.lanes
    return lane


def random_requests(seed: int, count: int) -> Iterator[tuple[Request, PolicySet]]:
    for world in worlds(seed, 0, count):
        principal, policies = compile_world(world)
        for request in world["requests"]:
            context = {k: v if isinstance(v, str) else tuple(v) for k, v in request["context"].items()}
            yield (
                Request(
                    principal=principal,
                    action=request["action"],
                    resource=request["resource"],
                    resource_account=request["resource_account"],
                    context=context,
                ),
                policies,
            )


def test_the_lanes_alone_add_up_to_the_decision() -> None:
    """A law: over random worlds, what the lanes say gives the decision of `evaluate`, and the same statements match."""
    outcomes = set()
    for request, policies in random_requests(seed=3, count=120):
        decision = evaluate(request, policies)
        explanation = explain(request, policies)
        assert explanation.decision == decision
        if explanation.decided is None:
            assert request.action.lower().startswith("sts:get")
            continue
        outcomes.add(decision.outcome)
        if any(lane.standing is Standing.DENIES for lane in explanation.lanes):
            assert decision.outcome is Outcome.EXPLICIT_DENY
        elif any(lane.withholds for lane in explanation.lanes):
            assert decision.outcome is Outcome.IMPLICIT_DENY
        else:
            assert decision.outcome is Outcome.ALLOW
        matched = {
            (lane.layer, id(trace.policy), id(trace.statement))
            for lane in explanation.lanes
            for trace in lane.statements
            if trace.matched
        }
        assert matched == {(layer, id(said), id(statement)) for layer, said, statement in decision.hits}
    assert outcomes == set(Outcome)


@pytest.mark.parametrize(
    ("statement", "element"),
    [
        (allow("s3:PutObject"), Element.ACTION),
        ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, Element.NOT_ACTION),
        (allow(resource="arn:aws:s3:::other/*"), Element.RESOURCE),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/*"}, Element.NOT_RESOURCE),
        (allow(Condition={"Bool": {"aws:SecureTransport": "true"}}), Element.CONDITION),
        (allow(), None),
    ],
)
def test_the_first_element_that_failed_is_named(statement: Json, element: Element | None) -> None:
    (trace,) = identity(statement).statements
    assert (trace.first_failed, trace.matched) == (element, element is None)
    assert trace.grant is None
    assert trace.about_request is (element in {None, Element.CONDITION})


@pytest.mark.parametrize(
    ("statement", "element", "grant"),
    [
        (trust({"AWS": AWAY}, action="s3:*", Resource="*"), Element.PRINCIPAL, Grant.NONE),
        (trust({"AWS": HOME}, action="s3:*", Resource="*"), None, Grant.ACCOUNT),
        (trust("*", action="s3:*", Resource="*"), None, Grant.DIRECT),
        (
            {"Effect": "Deny", "NotPrincipal": {"AWS": [HOME, user().arn]}, "Action": "*", "Resource": "*"},
            Element.NOT_PRINCIPAL,
            Grant.NONE,
        ),
    ],
)
def test_principals_are_asked_first_where_there_are_any(
    statement: Json, element: Element | None, grant: Grant
) -> None:
    said = policy(statement, kind=PolicyKind.RESOURCE)
    explanation = explain(asked(), PolicySet(resource=said))
    (trace,) = next(lane for lane in explanation.lanes if lane.layer is Layer.RESOURCE).statements
    assert (trace.first_failed, trace.grant) == (element, grant)


def test_all_elements_that_fail_are_kept_in_their_order() -> None:
    (trace,) = identity(
        allow("s3:PutObject", "arn:aws:s3:::other", Condition={"Null": {"aws:username": "false"}})
    ).statements
    assert trace.failed == (Element.ACTION, Element.RESOURCE, Element.CONDITION)


def test_every_condition_tells_what_it_wanted_and_what_it_saw() -> None:
    condition = {
        "StringEquals": {
            "aws:PrincipalTag/Team": ["${aws:RequestTag/team}", "${nothing}", "red"],
            "AWS:x": "1",
        },
        "ForAnyValue:StringLike": {"aws:TagKeys": ["t*"]},
        "Bool": {"aws:MultiFactorAuthPresent": True},
    }
    (trace,) = identity(
        allow(Condition=condition),
        **{"aws__principaltag/team": "blue", "aws__RequestTag/team": "blue", "aws__TagKeys": ("team",)},
    ).statements
    assert trace.conditions == (
        ConditionTrace(
            "StringEquals",
            "aws:PrincipalTag/Team",
            ("${aws:RequestTag/team}", "${nothing}", "red"),
            ("blue", None, "red"),
            "blue",
            held=True,
        ),
        ConditionTrace("StringEquals", "AWS:x", ("1",), (), None, held=False),
        ConditionTrace("ForAnyValue:StringLike", "aws:TagKeys", ("t*",), (), ("team",), held=True),
        ConditionTrace("Bool", "aws:MultiFactorAuthPresent", ("true",), (), None, held=False),
    )


def test_two_spellings_of_a_key_that_disagree_are_both_shown() -> None:
    """Semantics 35."""
    condition = {"StringEquals": {"aws:RequestTag/a": "1"}}
    (trace,) = identity(
        allow(Condition=condition),
        **{"aws__RequestTag/a": "1", "aws__RequestTag/A": ("2", "3"), "aws__RequestTag/b": "4"},
    ).statements
    assert trace.conditions[0].seen == ("1", "2", "3")


def test_spellings_in_one_operator_are_one_condition() -> None:
    """Semantics 7."""
    condition = {"StringEquals": {"aws:UserAgent": "a", "AWS:useragent": "b"}}
    (trace,) = identity(allow(Condition=condition), aws__UserAgent="b").statements
    assert trace.conditions == (
        ConditionTrace("StringEquals", "aws:UserAgent", ("a", "b"), (), "b", held=True),
    )


def test_levels_have_a_lane_each_and_the_first_silent_one_decides() -> None:
    full, none = policy(allow(), kind=PolicyKind.SCP), policy(allow("iam:*"), kind=PolicyKind.SCP)
    rcp = policy({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, kind=PolicyKind.RCP)
    policies = PolicySet(identity=(policy(allow()),), scps=((full,), (none,), (full, none)), rcps=((rcp,),))
    explanation = explain(asked(), policies)
    assert [(lane.layer, lane.level, lane.standing) for lane in explanation.lanes] == [
        (Layer.SCP, 0, Standing.ALLOWS),
        (Layer.SCP, 1, Standing.SILENT),
        (Layer.SCP, 2, Standing.ALLOWS),
        (Layer.RCP, 0, Standing.ALLOWS),
        (Layer.IDENTITY, None, Standing.ALLOWS),
    ]
    assert explanation.decided is explanation.lanes[1]


def test_service_linked_roles_are_exempt() -> None:
    """Semantics 53, 54."""
    principal = session(path="/aws-service-role/x.amazonaws.com/")
    nothing = policy(deny(), kind=PolicyKind.SCP)
    explanation = explain(asked(principal), PolicySet(identity=(policy(allow()),), scps=((nothing,),)))
    assert lanes(explanation) == {
        Layer.SCP: (Standing.EXEMPT, False),
        Layer.IDENTITY: (Standing.ALLOWS, True),
    }
    assert explanation.decision.allowed


@pytest.mark.parametrize(
    ("principal", "named", "needed"),
    [
        (user(), None, {Layer.IDENTITY, Layer.BOUNDARY}),
        (user(), {"AWS": HOME}, {Layer.IDENTITY, Layer.BOUNDARY}),
        (user(), {"AWS": user().arn}, set()),
        (session(), {"AWS": session().identity_arn}, {Layer.BOUNDARY, Layer.SESSION}),
        (session(), {"AWS": session().arn}, set()),
        (federated_user(), None, {Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION}),
    ],
)
def test_what_is_needed_follows_the_table_of_one_account(
    principal: Principal, named: Any, needed: set[Layer]
) -> None:
    """Semantics 52-61."""
    statement = trust(named or {"AWS": AWAY}, action="*", Resource="*")
    silent = policy(allow("iam:*"), kind=PolicyKind.BOUNDARY)
    policies = PolicySet(
        resource=policy(statement, kind=PolicyKind.RESOURCE),
        boundary=silent,
        session=(policy(allow("iam:*"), kind=PolicyKind.SESSION),) if principal == session() else None,
    )
    explanation = explain(asked(principal), policies)
    assert {lane.layer for lane in explanation.lanes if lane.needed} == needed
    assert explanation.decision.allowed is (not needed)


def test_across_accounts_everything_is_needed_and_an_absent_policy_is_a_silent_lane() -> None:
    """Semantics 62."""
    explanation = explain(asked(account=AWAY), PolicySet(identity=(policy(allow()),)))
    assert lanes(explanation) == {
        Layer.RESOURCE: (Standing.SILENT, True),
        Layer.IDENTITY: (Standing.ALLOWS, True),
    }
    assert explanation.decided is explanation.lanes[0]


def test_an_account_that_is_let_in_but_does_not_let_is_what_withholds() -> None:
    """Semantics 76: AWS's sentence blames the resource's policy; the lane that is silent is the caller's own."""
    said = policy(trust({"AWS": HOME}, action="*", Resource="*"), kind=PolicyKind.RESOURCE)
    explanation = explain(asked(account=AWAY), PolicySet(resource=said))
    assert explanation.decision.layer is Layer.RESOURCE
    assert explanation.decided is not None
    assert explanation.decided.layer is Layer.IDENTITY


def test_a_trust_policy_must_allow_itself() -> None:
    """Semantics 63, 65."""
    role = f"arn:aws:iam::{HOME}:role/R"
    said = policy(trust({"AWS": AWAY}), kind=PolicyKind.TRUST)
    policies = PolicySet(identity=(policy(allow()),), resource=said, resource_must_allow=True)
    explanation = explain(asked(action="sts:AssumeRole", resource=role), policies)
    assert lanes(explanation)[Layer.TRUST] == (Standing.SILENT, True)


def test_the_root_needs_no_policy() -> None:
    explanation = explain(asked(root()), PolicySet())
    assert lanes(explanation) == {Layer.IDENTITY: (Standing.ALLOWS, True)}
    assert explanation.decided is explanation.lanes[0]


@pytest.mark.parametrize("principal", [ANONYMOUS, service()])
def test_who_has_no_identity_has_no_lane_of_it(principal: Principal) -> None:
    explanation = explain(asked(principal), PolicySet())
    assert lanes(explanation) == {Layer.RESOURCE: (Standing.SILENT, True)}
    with_policies = explain(asked(principal), PolicySet(identity=(policy(deny()),)))
    assert lanes(with_policies)[Layer.IDENTITY] == (Standing.DENIES, False)
    assert with_policies.decision.outcome is Outcome.EXPLICIT_DENY


def test_an_endpoint_policy_is_a_lane() -> None:
    said = policy(trust("*", action="s3:*", Resource="*"), kind=PolicyKind.ENDPOINT)
    explanation = explain(asked(), PolicySet(identity=(policy(allow()),), endpoint=said))
    assert lanes(explanation)[Layer.ENDPOINT] == (Standing.ALLOWS, True)


def test_what_needs_no_permission_was_decided_by_no_lane() -> None:
    """Semantics 63."""
    explanation = explain(
        asked(action="sts:GetCallerIdentity", resource="*"), PolicySet(identity=(policy(deny()),))
    )
    assert (explanation.decision.allowed, explanation.decided) == (True, None)


def test_what_cannot_be_evaluated_says_so() -> None:
    """Semantics 61."""
    resource = "arn:aws:s3:::" + "${aws:UserAgent}" * 9
    policies = PolicySet(identity=(policy(allow(resource=resource)),))
    explanation = explain(asked(resource="arn:aws:s3:::" + "x" * 72000, aws__UserAgent="x" * 8000), policies)
    assert explanation.decision.fault
    (trace,) = explanation.lanes[0].statements
    assert (trace.matched, trace.fault) == (False, explanation.decision.fault)
    assert explanation.decided is explanation.lanes[0]
