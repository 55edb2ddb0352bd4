"""What may be decided when a part of the context is not known."""

from collections import Counter
from random import Random
from typing import Any, Final

import pytest
from tests.iampolicy.cases import HOME, Json, allow, deny, policy, session, trust, user
from tests.iampolicy.differential import compile_world, worlds

from iampolicy import (
    Policy,
    PolicyKind,
    PolicySet,
    Possibility,
    Principal,
    Prospect,
    Request,
    evaluate,
    prospect,
)
from iampolicy.text import ascii_lower

ROLE: Final = f"arn:aws:iam::{HOME}:role/deploy"
BOB: Final = f"arn:aws:iam::{HOME}:user/bob"
MFA: Final = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_MFA: Final = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
EXTERNAL_ID: Final = {"StringEquals": {"sts:ExternalId": "7"}}
OPEN: Final = ("aws:multifactorauthpresent", "sts:externalid", "aws:principaltag/team")

ALWAYS, CONDITIONALLY, NEVER = Possibility


def of(*statements: Json, kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    return policy(*statements, kind=kind, name=kind.value)


def ask(policies: PolicySet, principal: Principal | None = None, **context: str) -> Prospect:
    request = Request(
        principal=principal or user(),
        action="sts:AssumeRole",
        resource=ROLE,
        resource_account=HOME,
        context={name.replace("_", ":"): value for name, value in context.items()},
    )
    return prospect(request, policies, OPEN.__contains__)


def assuming(trusting: Json | list[Json], *identity: Json, **more: Any) -> PolicySet:
    statements = trusting if isinstance(trusting, list) else [trusting]
    return PolicySet(
        identity=(of(*identity),) if identity else (),
        resource=of(*statements, kind=PolicyKind.TRUST),
        resource_must_allow=True,
        **more,
    )


def told(found: Prospect) -> tuple[Possibility, list[list[str]], list[str]]:
    """Return what was found, with conditions in short."""

    def short(statement: Any) -> str:
        texts = [*(f"{text.operator} {text.key}" for text in statement.conditions), *statement.resources]
        return f"{statement.layer}: {', '.join(texts)}"

    return (
        found.possibility,
        [[short(each) for each in place] for place in found.needs],
        [short(each) for each in found.unless],
    )


ACCOUNT: Final = {"AWS": HOME}
MAY: Final = allow("sts:AssumeRole", ROLE)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (assuming(trust({"AWS": BOB})), (ALWAYS, [], [])),
        (assuming(trust({"AWS": f"{BOB}by"})), (NEVER, [], [])),
        (assuming(trust(ACCOUNT)), (NEVER, [], [])),
        (assuming(trust(ACCOUNT), MAY), (ALWAYS, [], [])),
        (assuming(trust(ACCOUNT), allow("sts:AssumeRole", f"{ROLE}r")), (NEVER, [], [])),
        (
            assuming(trust({"AWS": BOB}, Condition=MFA)),
            (CONDITIONALLY, [["trust: Bool aws:multifactorauthpresent"]], []),
        ),
        (
            assuming(trust(ACCOUNT, Condition=EXTERNAL_ID), allow("sts:AssumeRole", ROLE, Condition=MFA)),
            (
                CONDITIONALLY,
                [["identity: Bool aws:multifactorauthpresent"], ["trust: StringEquals sts:externalid"]],
                [],
            ),
        ),
        (
            assuming(
                [trust({"AWS": BOB}, Condition=MFA), trust({"AWS": BOB}, Condition=EXTERNAL_ID)],
            ),
            (
                CONDITIONALLY,
                [["trust: Bool aws:multifactorauthpresent", "trust: StringEquals sts:externalid"]],
                [],
            ),
        ),
        (
            assuming([trust({"AWS": BOB}, Condition=MFA), trust({"AWS": BOB})]),
            (ALWAYS, [], []),
        ),
        (
            assuming([trust(ACCOUNT, Condition=MFA), trust({"AWS": BOB})], allow("sts:*", "*", Condition=MFA)),
            (ALWAYS, [], []),
        ),
        (
            assuming(trust({"AWS": BOB}), deny("sts:AssumeRole", "*", Condition=NO_MFA)),
            (CONDITIONALLY, [], ["identity: BoolIfExists aws:multifactorauthpresent"]),
        ),
        (
            assuming([trust({"AWS": BOB}), trust({"AWS": "*"}, "Deny", Condition=NO_MFA)]),
            (CONDITIONALLY, [], ["trust: BoolIfExists aws:multifactorauthpresent"]),
        ),
        (
            assuming([trust({"AWS": BOB}), trust({"AWS": f"{BOB}by"}, "Deny", Condition=NO_MFA)]),
            (ALWAYS, [], []),
        ),
        (assuming(trust({"AWS": BOB}), deny("sts:*", ROLE)), (NEVER, [], [])),
        (
            assuming(trust(ACCOUNT), allow("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/${{aws:PrincipalTag/team}}y")),
            (CONDITIONALLY, [[f"identity: arn:aws:iam::{HOME}:role/${{aws:PrincipalTag/team}}y"]], []),
        ),
        (
            assuming(trust(ACCOUNT), allow("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/${{aws:PrincipalTag/team}}z")),
            (NEVER, [], []),
        ),
        (
            assuming(trust({"AWS": BOB}), scps=((of(allow(), kind=PolicyKind.SCP),), (of(allow("s3:*"), kind=PolicyKind.SCP),))),
            (NEVER, [], []),
        ),
        (
            assuming(trust({"AWS": BOB}), scps=((of(allow(Condition=MFA), kind=PolicyKind.SCP),), (of(allow(), kind=PolicyKind.SCP),))),
            (CONDITIONALLY, [["scp: Bool aws:multifactorauthpresent"]], []),
        ),
    ],
    ids=[
        "named",
        "another is named",
        "the account alone",
        "the account and the identity",
        "another role is allowed",
        "a condition",
        "a condition on each side",
        "two ways",
        "a way without conditions beside one with",
        "named, whatever the identity needs",
        "an open Deny",
        "an open Deny of the trust policy",
        "an open Deny of somebody else",
        "a Deny",
        "a variable",
        "a variable that cannot fit",
        "a level of SCPs that allows nothing",
        "a level of SCPs with a condition",
    ],
)  # fmt: skip
def test_what_may_be_decided(policies: PolicySet, expected: Any) -> None:
    assert told(ask(policies)) == expected


def test_what_is_known_is_settled() -> None:
    policies = assuming(
        trust(ACCOUNT, Condition={"StringEquals": {"aws:username": ["bob", "eve"]}, **MFA}), MAY
    )
    needs = [["trust: Bool aws:multifactorauthpresent"]]
    assert told(ask(policies, aws_username="bob")) == (CONDITIONALLY, needs, [])
    assert told(ask(policies, aws_username="ann")) == (NEVER, [], [])
    # What is not open and not there is known not to be there.
    assert told(ask(policies)) == (NEVER, [], [])


def test_a_boundary_must_allow_a_session_of_a_role_that_is_named() -> None:
    role = f"arn:aws:iam::{HOME}:role/R"
    bounded = assuming(trust({"AWS": role}), boundary=of(allow("sts:*", Condition=MFA)))
    needs = [["boundary: Bool aws:multifactorauthpresent"]]
    assert told(ask(bounded, session())) == (CONDITIONALLY, needs, [])
    assert ask(assuming(trust({"AWS": role})), session()).possibility is ALWAYS


SEED: Final = 19_840_401
KEPT: Final = 0.6


def of_world(world: Json, rng: Random) -> tuple[Prospect, bool, bool]:
    """Return what is found of a world with some keys open, what the engine says, and whether any key is open."""
    principal, policies = compile_world(world)
    asked = world["requests"][0]
    whole = {
        key: value if isinstance(value, str) else tuple(value) for key, value in asked["context"].items()
    }
    names = sorted({ascii_lower(key) for key in whole})
    known = {name for name in names if rng.random() < KEPT}
    given = {key: value for key, value in whole.items() if ascii_lower(key) in known}

    def request(context: Any) -> Request:
        rest = {name: asked[name] for name in ("action", "resource", "resource_account")}
        return Request(principal=principal, context=context, **rest)

    found = prospect(request(given), policies, lambda key: key in names and key not in known)
    return found, evaluate(request(whole), policies).allowed, set(names) != known


def test_what_cannot_be_evaluated_is_never_allowed() -> None:
    """Semantics 61: here a policy variable stands for a text longer than any ARN."""
    statement = deny("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/${{aws:PrincipalTag/long}}")
    policies = assuming(trust({"AWS": HOME}), allow("sts:AssumeRole"), statement)
    long = {"aws:PrincipalTag/long": "x" * 1_000_000}
    request = Request(
        principal=user(), action="sts:AssumeRole", resource=ROLE, resource_account=HOME, context=long
    )
    assert evaluate(request, policies).fault
    found = prospect(request, policies, OPEN.__contains__)
    assert (found.possibility, found.possible) == (NEVER, False)


def test_no_decision_contradicts_what_was_found() -> None:
    """Of random worlds: what is always allowed is allowed here, and what never is, is not; with nothing open all is known."""
    seen: Counter[tuple[Possibility, bool]] = Counter()
    rng = Random(SEED)  # noqa: S311  to be repeated, not to be secret
    for world in worlds(SEED, 0, 2_000):
        found, allowed, anything_open = of_world(world, rng)
        seen[found.possibility, allowed] += 1
        assert anything_open or found.possibility is (ALWAYS if allowed else NEVER)
        assert (found.possibility is CONDITIONALLY) == bool(found.needs or found.unless)
        assert all(found.needs)
    assert seen[ALWAYS, False] == seen[NEVER, True] == 0
    assert (
        min(seen[ALWAYS, True], seen[NEVER, False], seen[CONDITIONALLY, True], seen[CONDITIONALLY, False])
        > 20
    )
