"""Nobody gets by a Deny that names what their request leaves out."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.loops import loop_thread
from tests.support.points import points_settings, through_envoy
from tests.support.world import ACCOUNT, Actor, World, allow, deny

from iamd.enforcement.points import EnforcementPoint
from iamd.enforcement.unknown_parts import possible
from iamd.secret import Secret
from iampolicy import PolicyKind, parse

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:"
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/"
ASKED = f"{SECRET}prod/db-??????"


def found(arn: str, *patterns: str, effect: str = "Deny") -> list[str]:
    resources = ",".join(f'"{pattern}"' for pattern in patterns)
    text = f'{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"*","Resource":[{resources}]}}}}'
    return list(possible(arn, [parse(text, PolicyKind.IDENTITY)]))


@pytest.mark.parametrize(
    ("pattern", "end"),
    [
        ("prod/db-aBc123", "aBc123"),
        ("prod/db-a*", "a00000"),
        ("prod/db-*3", "000003"),
        ("prod/*-aBc123", "aBc123"),
        ("prod/db-?Bc???", "0Bc000"),
        ("prod/db-a?????", "a00000"),
        ("prod/${aws:username}-aBc123", "aBc123"),
        ("*", None),
        ("prod/db-*", None),
        ("prod/db-aBc1234", None),
        ("prod/db-aBc12", None),
        ("prod/db-aBc-12", None),
        ("prod/dba-aBc123", None),
        ("prod/db", None),
        ("prod/other-aBc123", None),
    ],
)
def test_one_that_a_deny_would_match_is_found(pattern: str, end: str | None) -> None:
    assert found(ASKED, SECRET + pattern) == ([f"{SECRET}prod/db-{end}"] if end is not None else [])


def test_only_what_denies_and_what_is_unknown_counts() -> None:
    assert found(ASKED, f"{SECRET}prod/db-aBc123", effect="Allow") == []
    assert found(f"{SECRET}prod/db-aBc123", f"{SECRET}prod/db-aBc123") == []
    # The keys of S3 may have such characters.
    assert found("arn:aws:s3:::b/a-??????", "arn:aws:s3:::b/a-bcdefg") == []
    assert found(f"{STACK}web/*", f"{STACK}web/1b2c", f"{STACK}other/1b2c") == [f"{STACK}web/1b2c"]
    assert found(f"{STACK}*", f"{STACK}web/1b2c") == []


def test_what_is_unknown_may_be_in_the_middle() -> None:
    group = f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:autoScalingGroup:"
    name = ":autoScalingGroupName/web"
    for pattern, part in (
        (f"{group}1b2c{name}", "1b2c"),
        (f"{group}1b*{name}", "1b"),
        (f"{group}1b?c:*/web", "1b0c"),
        (f"{group}1b2c*", "1b2c"),
        (f"{group}1b2c{name}2", None),
        (f"{group}1b2c:autoScalingGroupName/db", None),
        (f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:1b2c{name}", None),
    ):
        expected = [f"{group}{part}{name}"] if part is not None else []
        assert found(f"{group}*{name}", pattern) == expected


def test_a_pattern_of_many_asterisks_takes_no_time() -> None:
    assert len(found(f"{SECRET}{'a' * 500}-??????", SECRET + "*a" * 700 + "*b")) <= 1


# The whole road.

KEY = "key-of-the-secrets-000"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    points = (EnforcementPoint(name="secrets", key=Secret(KEY), service="secretsmanager"),)
    with loop_thread() as loop:
        made = World(loop, points_settings(enforcement_point=points))
        yield made
        made.close()


def get(world: World, actor: Actor, secret: str) -> int:
    parameters: dict[str, Any] = {"SecretId": secret}
    return through_envoy(world, actor, KEY, "secretsmanager", "GetSecretValue", parameters).status


def test_a_secret_by_its_name_is_denied_where_its_arn_is(world: World) -> None:
    bob = world.user(
        "bob", allow("secretsmanager:*"), deny("secretsmanager:GetSecretValue", f"{SECRET}prod/db-aBc123")
    )
    assert get(world, bob, "prod/web") == 200
    assert get(world, bob, "prod/db") == 400
    assert get(world, bob, f"{SECRET}prod/db") == 400
    assert get(world, bob, f"{SECRET}prod/db-aBc123") == 400
    # It is known of this one that it is another.
    assert get(world, bob, f"{SECRET}prod/db-xYz789") == 200


def test_a_deny_under_a_condition_that_does_not_hold_denies_nothing(world: World) -> None:
    eve = world.user(
        "eve",
        allow("secretsmanager:*"),
        deny(
            "secretsmanager:*",
            f"{SECRET}prod/db-aBc123",
            Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        ),
        deny("secretsmanager:DeleteSecret", f"{SECRET}prod/db-aBc123"),
    )
    assert get(world, eve, "prod/db") == 200


def test_an_allow_of_one_arn_does_not_allow_the_name(world: World) -> None:
    tim = world.user("tim", allow("secretsmanager:GetSecretValue", f"{SECRET}prod/db-aBc123"))
    assert get(world, tim, "prod/db") == 400
    assert get(world, tim, f"{SECRET}prod/db-aBc123") == 200
