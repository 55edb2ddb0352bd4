"""What policies may allow at all."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import HOME, UNHURRIED, Json, allow, deny, policy, user
from tests.iampolicy.test_iampolicy_index import ASKED, TARGETS, statements

from iampolicy import Policy, PolicySet, Reach, Request, evaluate

ACTIONS = ("s3:getobject", "s3:putobject", "iam:getuser", "iam:createuser")
CONDITION = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


def within(*policies: Policy, denying: Sequence[Policy] | None = None) -> list[str]:
    reach = Reach(policies, denying)
    return [action for action in ACTIONS if reach.allows(action)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([allow("*")], list(ACTIONS)),
        ([allow("*:*")], list(ACTIONS)),
        ([allow(["S3:Get*", "iam:?reateUser"])], ["s3:getobject", "iam:createuser"]),
        ([allow("s3:*", "arn:aws:s3:::b/x", **CONDITION)], ["s3:getobject", "s3:putobject"]),
        ([{"Effect": "Allow", "NotAction": ["iam:*", "s3:Get*"], "Resource": "*"}], ["s3:putobject"]),
        ([allow("*"), deny(["iam:*", "s3:PutObject"])], ["s3:getobject"]),
        ([allow("*"), {"Effect": "Deny", "NotAction": "iam:Get*", "Resource": "*"}], ["iam:getuser"]),
        ([allow("*"), deny("*", "*", **CONDITION)], list(ACTIONS)),
        ([allow("*"), deny("*", ["arn:aws:s3:::b", "arn:aws:iam::*:user/x"])], list(ACTIONS)),
        ([allow("*"), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b"}], list(ACTIONS)),
        ([allow("*"), deny("*", ["arn:aws:s3:::b", "*"])], []),
        ([allow(["s3", "*3:GetObject", "iam:Get User", "s3:"])], []),
        ([{"Effect": "Allow", "NotAction": ["iam:*", "*:Put*"], "Resource": "*"}], []),
    ],
    ids=[
        "star",
        "two stars",
        "patterns",
        "resources and conditions do not matter",
        "NotAction",
        "a Deny",
        "a Deny of the rest",
        "a Deny under a condition",
        "a Deny of some resources",
        "a Deny of all but some resources",
        "a Deny of all resources",
        "patterns that match nothing",
        "all but what cannot be read",
    ],
)
def test_what_is_within_reach(written: list[Json], expected: list[str]) -> None:
    assert within(policy(*written)) == expected
    # In policies of their own, statements mean the same.
    assert within(*map(policy, written)) == expected


def test_without_policies_nothing_is_within_reach() -> None:
    assert within() == []


def test_other_policies_may_deny() -> None:
    first, second = policy(allow("s3:*")), policy(deny("s3:Get*"), allow("iam:*"))
    assert within(first, second) == ["s3:putobject", "iam:getuser", "iam:createuser"]
    assert within(first, denying=[first, second]) == ["s3:putobject"]
    assert within(second, denying=[]) == ["iam:getuser", "iam:createuser"]


@UNHURRIED
@given(st.lists(statements, min_size=1, max_size=6), st.sampled_from(ASKED), st.sampled_from(TARGETS))
def test_what_is_allowed_is_within_reach(written: list[Json], action: str, resource: str) -> None:
    compiled = policy(*written)
    request = Request(
        principal=user(),
        action=action,
        resource=resource,
        resource_account=HOME,
        context={"aws:username": "bob", "k": "a"},
    )
    decision = evaluate(request, PolicySet(identity=(compiled,)))
    assert not decision.allowed or Reach([compiled]).allows(action.lower())
