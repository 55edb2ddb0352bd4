"""Whether policies allow all that another policy asks for."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import HOME, UNHURRIED, Json, allow, deny, document, root, user

from iampolicy import (
    Coverage,
    Policy,
    PolicyKind,
    PolicySet,
    Request,
    coverage,
    evaluate,
    parse,
)

ALLOWED, DENIED, UNSURE = Coverage.ALLOWED, Coverage.DENIED, Coverage.UNSURE
ASKED = allow("s3:GetObject", "arn:aws:s3:::bucket/data/*")
CONDITION = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}


def policy(*statements: Json, kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    return parse(document(*statements), kind)


def found(*identity: Json, asked: Json = ASKED, **layers: Any) -> Coverage:
    return coverage(policy(asked), PolicySet(identity=(policy(*identity),) if identity else (), **layers))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], DENIED),
        ([allow()], ALLOWED),
        ([allow("*:*")], ALLOWED),
        ([allow("S3:get*", "arn:aws:s3:::bucket/*")], ALLOWED),
        ([allow("s3:GetObject", "arn:aws:s3:::bucket/data/*")], ALLOWED),
        ([allow("s3:GetObject", "ARN:aws:s3:::bucket/data/*")], DENIED),
        ([allow("s3:GetObject", "arn:AWS:S3:::bucket/data/*")], ALLOWED),
        ([allow("s3:GetObject", "arn:aws:s3:::bucket/data/a*")], UNSURE),
        ([allow("s3:GetObject", "arn:aws:s3:::bucket/other/*")], DENIED),
        ([allow("s3:GetObject", "arn:aws:s3:::bucket/da?a/*")], UNSURE),
        ([allow("s3:GetObject", "arn:aws:s3:::buck*/data/*")], UNSURE),
        ([allow("s3:GetObject", "arn:aws:s3:*:*:bucket/data/*")], ALLOWED),
        ([allow("s3:GetObject", "arn:aws:s3:*")], UNSURE),
        ([allow("s3:GetObject", "arn:aws:s3:::${aws:username}/*")], UNSURE),
        ([allow("s3:GetObject", "arn:aws:s3:::other-${aws:username}/*")], DENIED),
        ([allow("s3:PutObject")], DENIED),
        ([allow("s*:GetObject")], DENIED),
        ([allow("*:GetObject")], DENIED),
        ([allow("ec2:*")], DENIED),
        ([allow(Condition=CONDITION)], UNSURE),
        ([allow("s3:PutObject", Condition=CONDITION)], DENIED),
        ([allow(), deny("s3:GetObject")], DENIED),
        ([allow(), deny("s3:GetObject", "arn:aws:s3:::bucket/data/secret")], UNSURE),
        ([allow(), deny("s3:GetObject", Condition=CONDITION)], UNSURE),
        ([allow(), deny("s3:GetObject", "arn:aws:s3:::bucket/other/*")], ALLOWED),
        ([allow(), deny("s3:DeleteObject")], ALLOWED),
        (
            [
                allow("s3:GetObject", "arn:aws:s3:::bucket/data/a*"),
                allow("s3:GetObject", "arn:aws:s3:::bucket/data/[!a]*"),
            ],
            UNSURE,
        ),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ALLOWED),
        ([{"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}], DENIED),
        # No service has a wildcard, so that the second entry cannot be read, and an Allow of all but that is none.
        ([{"Effect": "Allow", "NotAction": ["iam:*", "s?:PutObject"], "Resource": "*"}], DENIED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}], ALLOWED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/*"}], DENIED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/data/a"}], UNSURE),
        ([allow(), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}], ALLOWED),
        ([allow(), {"Effect": "Deny", "NotAction": "ec2:*", "Resource": "*"}], DENIED),
        ([allow(), {"Effect": "Deny", "NotAction": ["s3:*", "s?:PutObject"], "Resource": "*"}], ALLOWED),
        ([allow(), {"Effect": "Deny", "NotAction": "s?:GetObject", "Resource": "*"}], DENIED),
    ],
)
def test_what_identity_policies_cover(statements: Any, expected: Coverage) -> None:
    assert found(*statements) is expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (allow("s3:*", "arn:aws:s3:::bucket/*"), UNSURE),
        (allow("*", "arn:aws:s3:::bucket/*"), UNSURE),
        (allow("s3:GetObject"), UNSURE),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, UNSURE),
        (allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::bucket/a"), DENIED),
        (allow("s3:GetObject", "arn:aws:s3:::bucket/a", Condition=CONDITION), ALLOWED),
        (deny("s3:PutObject"), ALLOWED),
    ],
)
def test_what_is_asked_for_may_be_wide(asked: Json, expected: Coverage) -> None:
    assert found(allow("s3:GetObject", "arn:aws:s3:::bucket/*"), asked=asked) is expected


def test_every_layer_must_allow() -> None:
    narrow = policy(allow("s3:PutObject"))
    scp = policy(allow("s3:PutObject"), kind=PolicyKind.SCP)
    everything = policy(allow(), kind=PolicyKind.SCP)
    assert found(allow(), boundary=narrow) is DENIED
    assert found(allow(), session=(narrow,)) is DENIED
    assert found(allow(), session=()) is DENIED
    assert found(allow(), scps=((everything,), (scp,))) is DENIED
    assert found(allow(), scps=((everything, scp),), boundary=policy(allow())) is ALLOWED
    assert found(allow(), boundary=policy(allow(), deny("s3:GetObject"))) is DENIED


def test_a_root_user_needs_no_policy() -> None:
    asked = policy(ASKED)
    assert coverage(asked, PolicySet(), of_root=True) is ALLOWED
    assert coverage(asked, PolicySet(session=(policy(allow("ec2:*")),)), of_root=True) is DENIED
    scp = policy(allow(), deny("s3:*"), kind=PolicyKind.SCP)
    assert coverage(asked, PolicySet(scps=((scp,),)), of_root=True) is DENIED


ACTIONS = ["s3:GetObject", "s3:PutObject", "iam:GetUser"]
PATTERNS = ["*", "s3:*", "s3:Get*", "*:*", "s?:GetObject", "S3:GETOBJECT", "iam:*User", *ACTIONS]
RESOURCES = ["arn:aws:s3:::b/x", "arn:aws:s3:::b/y:z", "arn:aws:iam::111122223333:user/bob"]
RESOURCE_PATTERNS = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::*",
    "arn:aws:s3:*:*:b/x",
    "arn:aws:s3:*:z",
    "arn:aws:*",
    "arn:aws:iam::*:us*/bob",
    "arn:aws:iam::111122223333:user/${aws:username}",
    *RESOURCES,
]


def statements(effects: list[str]) -> st.SearchStrategy[Json]:
    return st.builds(
        lambda effect, action, resource, condition: {"Effect": effect, **action, **resource, **condition},
        st.sampled_from(effects),
        st.builds(
            lambda key, values: {key: values},
            st.sampled_from(["Action", "Action", "NotAction"]),
            st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2),
        ),
        st.builds(
            lambda key, values: {key: values},
            st.sampled_from(["Resource", "Resource", "NotResource"]),
            st.lists(st.sampled_from(RESOURCE_PATTERNS), min_size=1, max_size=2),
        ),
        st.sampled_from([{}, {}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}]),
    )


policies = st.lists(statements(["Allow", "Allow", "Deny"]), min_size=1, max_size=3)


def decided(policy_set: PolicySet, action: str, resource: str, *, of_root: bool, secure: str) -> bool:
    request = Request(
        principal=root() if of_root else user(),
        action=action,
        resource=resource,
        resource_account=HOME,
        context={"aws:SecureTransport": secure, "aws:username": "bob"},
    )
    return evaluate(request, policy_set).allowed


@UNHURRIED
@given(asked=policies, identity=policies, session=st.none() | policies, of_root=st.booleans())
def test_what_is_covered_is_allowed(asked: Any, identity: Any, session: Any, *, of_root: bool) -> None:
    """The law: where coverage says yes, no request that was asked for is denied."""
    wanted = policy(*asked)
    held = PolicySet(identity=(policy(*identity),), session=None if session is None else (policy(*session),))
    if coverage(wanted, held, of_root=of_root) is not ALLOWED:
        return
    for action, resource, secure in itertools.product(ACTIONS, RESOURCES, ("true", "false")):
        if decided(PolicySet(identity=(wanted,)), action, resource, of_root=False, secure=secure):
            assert decided(held, action, resource, of_root=of_root, secure=secure)
