"""What a decision says of itself: its reason, its layer and its statements; semantics 75 and 76."""

from typing import Any

import pytest
from tests.iampolicy.cases import AWAY, HOME, allow, ask, deny, policy, trust, user
from tests.iampolicy.test_iampolicy_evaluate import (
    NAMES_USER,
    NO,
    SILENT,
    USER,
    YES,
    assume,
    of_resource,
    rcp,
    scp,
)

from iampolicy import Effect, Layer, MatchedStatement, PolicyKind, PolicySet


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        (PolicySet(), "because no identity-based policy allows the s3:GetObject action"),
        (
            PolicySet(identity=(YES,), boundary=SILENT),
            "because no permissions boundary allows the s3:GetObject action",
        ),
        (
            PolicySet(identity=(YES,), session=(SILENT,)),
            "because no session policy allows the s3:GetObject action",
        ),
        (
            PolicySet(identity=(YES,), scps=((scp(allow("iam:*")),),)),
            "because no service control policy allows the s3:GetObject action",
        ),
        (
            PolicySet(identity=(YES,), endpoint=of_resource({"AWS": AWAY}, kind=PolicyKind.ENDPOINT)),
            "because no VPC endpoint policy allows the s3:GetObject action",
        ),
        (
            PolicySet(identity=(YES,), resource=of_resource({"AWS": AWAY}), resource_must_allow=True),
            "because no resource-based policy allows the s3:GetObject action",
        ),
        (
            PolicySet(
                identity=(YES,),
                resource=policy(trust({"AWS": AWAY}), kind=PolicyKind.TRUST),
                resource_must_allow=True,
            ),
            "because no role trust policy allows the s3:GetObject action",
        ),
        (
            PolicySet(identity=(YES,), rcps=((),)),
            "because no resource control policy allows the s3:GetObject action",
        ),
        (PolicySet(identity=(NO,)), "with an explicit deny in an identity-based policy"),
        (PolicySet(boundary=NO), "with an explicit deny in a permissions boundary"),
        (PolicySet(session=(NO,)), "with an explicit deny in a sessions policy"),
        (PolicySet(scps=((scp(deny()),),)), "with an explicit deny in a service control policy"),
        (PolicySet(rcps=((rcp(deny()),),)), "with an explicit deny in a resource control policy"),
        (PolicySet(resource=of_resource("*", "Deny")), "with an explicit deny in a resource-based policy"),
        (
            PolicySet(endpoint=of_resource("*", "Deny", PolicyKind.ENDPOINT)),
            "with an explicit deny in a VPC endpoint policy",
        ),
        (
            PolicySet(resource=policy(trust("*", "Deny", "*"), kind=PolicyKind.TRUST)),
            "with an explicit deny in the role trust policy",
        ),
        (PolicySet(identity=(YES,)), ""),
    ],
)
def test_reasons(policies: PolicySet, reason: str) -> None:
    """Semantics 75."""
    assert ask(policies).reason == reason


def test_one_layer_is_named() -> None:
    """Semantics 76."""
    account_level, entity_level = of_resource({"AWS": HOME}), of_resource({"AWS": USER})
    assert ask(PolicySet(resource=account_level), account=AWAY).layer is Layer.RESOURCE
    assert ask(PolicySet(resource=entity_level), account=AWAY).layer is Layer.IDENTITY
    assert (
        ask(PolicySet(resource=of_resource("*", "Deny"), identity=(NO,)), account=AWAY).layer
        is Layer.IDENTITY
    )
    assert ask(PolicySet(resource=of_resource("*", "Deny"), identity=(NO,))).layer is Layer.IDENTITY
    assert ask(PolicySet(identity=(YES,)), account=AWAY).layer is Layer.RESOURCE


def test_a_decision_carries_the_statements_that_made_it() -> None:
    first = policy(allow("s3:*", Sid="Reads"), allow("iam:*"), name="one", arn="arn:aws:iam::aws:policy/one")
    second = policy(deny("iam:*"), deny("s3:Get*"), name="two")
    decision = ask(PolicySet(identity=(first, second), boundary=YES))
    assert decision.matched == (
        MatchedStatement(Layer.IDENTITY, Effect.DENY, "two", None, 1, None),
        MatchedStatement(Layer.IDENTITY, Effect.ALLOW, "one", "arn:aws:iam::aws:policy/one", 0, "Reads"),
        MatchedStatement(Layer.BOUNDARY, Effect.ALLOW, "", None, 0, None),
    )


def test_a_decision_is_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(ask(PolicySet()))


def test_the_layer_that_allows_is_told() -> None:
    assert ask(PolicySet(identity=(YES,))).layer is Layer.IDENTITY
    assert ask(PolicySet(resource=of_resource("*"))).layer is Layer.RESOURCE
    assert assume(user(), NAMES_USER).layer is Layer.TRUST


@pytest.mark.parametrize(
    "misplaced",
    [
        {"identity": (scp(allow()),)},
        {"boundary": of_resource("*")},
        {"session": (of_resource("*"),)},
        {"resource": YES},
        {"scps": ((YES,),)},
        {"rcps": ((YES,),)},
        {"endpoint": of_resource("*")},
    ],
)
def test_a_policy_stands_only_where_it_belongs(misplaced: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        PolicySet(**misplaced)
