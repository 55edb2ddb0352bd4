"""A context on top of one that stands says what one made of both would say, at once or when somebody asks."""

from collections.abc import Mapping
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iampolicy import (
    Context,
    Decision,
    PolicyKind,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    evaluate,
    parse,
)

KEYS = st.sampled_from(
    ["aws:SourceIp", "AWS:sourceip", "aws:userid", "aws:PrincipalTag/A", "aws:PrincipalTag/a"]
)
VALUES = st.sampled_from(["x", "y", ("x",), ("x", "y"), ""])
GIVEN = st.dictionaries(KEYS, VALUES)


class Kind(StrEnum):
    USER = "User"


Given = Mapping[str, str | tuple[str, ...]]


@given(GIVEN, GIVEN)
def test_what_stands_is_as_if_it_were_given(standing: Given, added: Given) -> None:
    """Spellings that disagree included, and values that are replaced (semantics 35)."""
    on_top, whole = Context(added, Context(standing)), Context({**standing, **added})
    assert (dict(on_top), on_top.folded) == (dict(whole), whole.folded)


@given(GIVEN, GIVEN)
def test_what_stands_is_left_as_it_was(standing: Given, added: Given) -> None:
    """It serves other requests."""
    stood = Context(standing)
    before = dict(stood.folded)
    Context(added, stood)
    assert (stood.folded, dict(stood)) == (before, dict(standing))


@pytest.mark.parametrize("value", [Kind.USER, (Kind.USER, "x")])
def test_members_of_enumerations_become_plain_text(value: str | tuple[str, ...]) -> None:
    """So that nothing of theirs, such as how they print, gets into a comparison."""
    found = Context({"aws:PrincipalType": value}).folded["aws:principaltype"]
    texts = [found] if isinstance(found, str) else found
    assert isinstance(texts, list | tuple)
    assert [type(text) for text in texts] == [str] * len(texts)
    assert texts[0] == "User"


@pytest.mark.parametrize("value", [1, None, ["x"], ("x", 1), b"x"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="the context key aws:userid needs a text or a tuple of texts"):
        Context({"aws:userid": value})  # type: ignore[dict-item]


@given(GIVEN, GIVEN)
def test_what_is_made_later_is_as_if_it_were_given(standing: Given, added: Given) -> None:
    made = []
    later = Context.later(lambda: made.append(1) or added, Context(standing))  # type: ignore[func-returns-value]
    assert not made
    now = Context(added, Context(standing))
    assert (later.folded, dict(later), dict(later.items())) == (now.folded, dict(now), dict(now.items()))
    assert made == [1]


USER = Principal(
    kind=PrincipalKind.USER,
    account="123456789012",
    arn="arn:aws:iam::123456789012:user/bob",
    identity_arn="arn:aws:iam::123456789012:user/bob",
    unique_id="AIDABOB",
)


def decide(statement: str, kind: PolicyKind, context: Context) -> Decision:
    """Decide under one statement, as a policy of *kind*."""
    request = Request(
        principal=USER,
        action="s3:GetObject",
        resource="arn:aws:s3:::bucket/bob",
        resource_account="123456789012",
        context=context,
    )
    policy = parse(f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{statement}}}]}}', kind)
    resource = kind is PolicyKind.RESOURCE
    return evaluate(request, PolicySet(resource=policy) if resource else PolicySet(identity=(policy,)))


KINDS = [
    (PolicyKind.IDENTITY, ""),
    (PolicyKind.RESOURCE, '"Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},'),
]


def never() -> Given:
    raise AssertionError("nobody has asked")


@pytest.mark.parametrize(("kind", "who"), KINDS, ids=["identity", "resource"])
def test_a_context_that_no_statement_asks_for_is_not_made(kind: PolicyKind, who: str) -> None:
    statement = f'{who}"Action":"s3:Get*","Resource":"arn:aws:s3:::bucket/*"'
    assert decide(statement, kind, Context.later(never)).allowed


@pytest.mark.parametrize(("kind", "who"), KINDS, ids=["identity", "resource"])
@pytest.mark.parametrize(
    "asking",
    [
        '"Resource":"arn:aws:s3:::bucket/${aws:username}"',
        '"NotResource":"arn:aws:s3:::bucket/${aws:userid}"',
        '"Resource":"*","Condition":{"StringEquals":{"aws:username":"bob"}}',
        '"Resource":"*","Condition":{"Null":{"aws:username":"false"}}',
    ],
)
def test_one_that_a_statement_asks_for_is_heard(kind: PolicyKind, who: str, asking: str) -> None:
    """In a variable or in a condition."""
    statement = f'{who}"Action":"s3:GetObject",{asking}'
    assert decide(statement, kind, Context.later(lambda: {"aws:username": "bob", "aws:userid": "x"})).allowed
    assert not decide(statement, kind, Context.later(dict)).allowed
