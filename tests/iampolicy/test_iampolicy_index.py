"""An index leaves out only what does not match, and what is left does not grow with the document."""

import json

from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import HOME, UNHURRIED, Json, allow, deny, policy, user
from tests.iampolicy.test_iampolicy_laws import actions, conditions, resources

from iampolicy import Policy, PolicyKind, PolicySet, Request, evaluate, parse
from iampolicy.arn import Target, resource_start

ASKED = ("s3:GetObject", "S3:getobject", "iam:GetUser", "ec2:RunInstances", "s3:")
TARGETS = (
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/bob",
    "arn:aws:s3:::b/x/y",
    f"arn:aws:iam::{HOME}:user/x",
    "b",
)

statements = st.builds(
    lambda effect, action, resource, condition, negated: {
        "Effect": effect,
        ("NotAction" if "a" in negated else "Action"): action,
        ("NotResource" if "r" in negated else "Resource"): resource,
        "Condition": condition,
    },
    st.sampled_from(("Allow", "Deny")),
    st.one_of(actions, st.lists(actions, min_size=1, max_size=3)),
    st.one_of(resources, st.lists(resources, min_size=1, max_size=3)),
    conditions,
    st.sampled_from(("", "", "", "a", "r", "ar")),
)


@UNHURRIED
@given(st.lists(statements, min_size=1, max_size=14), st.sampled_from(ASKED), st.sampled_from(TARGETS))
def test_nothing_that_matches_is_left_out(given: list[Json], action: str, resource: str) -> None:
    compiled = policy(*given)
    target, values = Target(resource), {"aws:username": "bob", "k": "a"}
    covering = [statement for statement in compiled.statements if statement.covers(action.lower())]
    spoken = [each for each in covering if each.resource is None or each.resource(target, values)]
    for _ in range(2):  # the second time through an index
        bearing = compiled.bearing(action, target)
        assert [statement.index for statement in bearing] == sorted(
            {statement.index for statement in bearing}
        )
        assert [each for each in bearing if each.resource is None or each.resource(target, values)] == spoken
        assert list(compiled.about(action)) == covering


def asked(compiled: Policy, action: str, resource: str) -> int:
    """Return how many statements are asked when the action is not asked for the first time."""
    compiled.bearing(action, Target(resource))
    return len(compiled.bearing(action, Target(resource)))


def test_statements_about_other_actions_and_resources_are_not_asked() -> None:
    many = policy(
        *(allow(f"s{n}:Get{n}*", f"arn:aws:s{n}:::b/*") for n in range(300)),
        *(allow("s3:GetObject", f"arn:aws:s3:::bucket-{n}/*") for n in range(300)),
        deny("s3:GetObject", ["arn:aws:s3:::bucket-7/secret", "arn:aws:s3:::bucket-8/secret"]),
        deny("s3:GetObject", "arn:aws:s3:::bucket-7/${aws:username}"),
        allow("s3:GetObject", "*"),
    )
    assert asked(many, "s3:GetObject", "arn:aws:s3:::bucket-7/secret") == 4
    assert asked(many, "s3:GetObject", "arn:aws:s3:::other/x") == 1
    assert asked(many, "s7:Get7", "arn:aws:s7:::b/x") == 1
    assert asked(many, "ec2:RunInstances", "*") == 0


def test_many_lengths_of_arns_are_looked_up_by_few() -> None:
    many = policy(*(allow("s3:GetObject", f"arn:aws:s3:::{n:03}{'x' * n}/*") for n in range(1, 200)))
    many.bearing("s3:GetObject", Target("*"))
    for n in (1, 2, 17, 199):
        target = Target(f"arn:aws:s3:::{n:03}{'x' * n}/key")
        spoken = [
            each
            for each in many.bearing("s3:GetObject", target)
            if each.resource and each.resource(target, {})
        ]
        assert [each.index for each in spoken] == [n - 1]
        assert len(many.bearing("s3:GetObject", target)) == 1


def test_what_is_remembered_of_actions_is_bounded() -> None:
    compiled = policy(allow("s3:*"))
    assert [len(compiled.about(f"s3:Get{n}")) for n in range(600)] == [1] * 600
    assert len(compiled._remembered) <= 512


def test_where_arns_begin() -> None:
    assert [
        resource_start(pattern)
        for pattern in (
            "*",
            "arn:aws:s3",
            "arn:aws:s3:*::b",
            "ARN:AWS:S3:::B/a*",
            "arn:aws:s3:::${x}?",
            "arn:aws:s3:::b",
        )
    ] == ["", "", "", "arn:aws:s3:::B/a", "arn:aws:s3:::", "arn:aws:s3:::b"]


def test_decisions_are_the_same_with_ten_thousand_statements_around() -> None:
    few = [allow("s3:GetObject", "arn:aws:s3:::a/*"), deny("s3:GetObject", "arn:aws:s3:::a/secret")]
    rest = [allow(f"sqs:Send{n}", f"arn:aws:sqs:eu-west-1:{HOME}:{n}") for n in range(2_000)]
    text = json.dumps({"Version": "2012-10-17", "Statement": [*rest, *few]})
    policies = PolicySet(identity=(parse(text, PolicyKind.IDENTITY),))
    for key, index in (("a/x", [2_000]), ("a/secret", [2_001, 2_000]), ("b/x", [])):
        request = Request(
            principal=user(), action="s3:GetObject", resource=f"arn:aws:s3:::{key}", resource_account=HOME
        )
        assert [matched.index for matched in evaluate(request, policies).matched] == index
