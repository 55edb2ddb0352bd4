"""Who a Principal element names: semantics 44-51."""

from typing import Any

import pytest
from tests.iampolicy.cases import (
    ALLOWED,
    ANONYMOUS,
    AWAY,
    EXPLICIT,
    HOME,
    IMPLICIT,
    allow,
    ask,
    document,
    federated_root,
    federated_user,
    names,
    policy,
    root,
    saml,
    service,
    session,
    trust,
    user,
    web_identity,
)

from iampolicy import (
    Grant,
    PolicyError,
    PolicyKind,
    PolicySet,
    Principal,
    PrincipalKind,
    invalid_principal,
    principal_arns,
    principal_values,
)
from iampolicy.document import PrincipalElement
from iampolicy.principals import PrincipalMatcher

USER = f"arn:aws:iam::{HOME}:user/bob"
ROLE = f"arn:aws:iam::{HOME}:role/R"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/R/sess"
FEDERATED = f"arn:aws:sts::{HOME}:federated-user/fed"
ACCOUNT = f"arn:aws:iam::{HOME}:root"
EVERYBODY = (
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


def grant(value: str, principal: Principal, type_: str = "AWS", **bindings: str) -> Grant:
    return PrincipalMatcher(PrincipalElement(((type_, value),)), bindings).grant(principal)


@pytest.mark.parametrize("element", ["*", {"AWS": "*"}, {"AWS": ["*", HOME]}])
@pytest.mark.parametrize("principal", EVERYBODY)
def test_everyone(element: Any, principal: Principal) -> None:
    """Semantics 44: the anonymous included."""
    assert names(element, principal)
    assert grant("*", principal) is Grant.DIRECT


@pytest.mark.parametrize(
    "value",
    [
        f"arn:aws:iam::{HOME}:user/*",
        f"arn:aws:iam::{HOME}:*",
        "arn:aws:iam::*:root",
        "1111*",
        f"arn:aws:sts::{HOME}:assumed-role/R/*",
        f"arn:aws:iam::{HOME}:user/bo?",
        "**",
        "",
    ],
)
@pytest.mark.parametrize("principal", EVERYBODY)
def test_no_partial_wildcards(value: str, principal: Principal) -> None:
    """Semantics 44."""
    assert grant(value, principal) is Grant.NONE


@pytest.mark.parametrize("type_", ["Federated", "Service", "CanonicalUser"])
@pytest.mark.parametrize("principal", EVERYBODY)
def test_a_star_of_another_type_is_nobody(type_: str, principal: Principal) -> None:
    assert grant("*", principal, type_) is Grant.NONE


@pytest.mark.parametrize("value", [HOME, ACCOUNT])
@pytest.mark.parametrize("principal", [user(), session(), federated_user(), federated_root(), root()])
def test_accounts(value: str, principal: Principal) -> None:
    """Semantics 45: either spelling, and not the root user only."""
    assert grant(value, principal) is Grant.ACCOUNT


@pytest.mark.parametrize("principal", [user(account=AWAY), service(), ANONYMOUS, web_identity()])
def test_other_accounts(principal: Principal) -> None:
    assert grant(HOME, principal) is Grant.NONE
    assert grant(ACCOUNT, principal) is Grant.NONE


def test_the_partition_counts() -> None:
    assert grant(f"arn:aws-cn:iam::{HOME}:root", user()) is Grant.NONE
    assert grant(f"arn:aws-cn:iam::{HOME}:role/R", session()) is Grant.NONE


def test_users() -> None:
    """Semantics 46."""
    assert grant(USER, user()) is Grant.DIRECT
    assert grant(USER, user("Bob")) is Grant.NONE
    assert grant(USER, user(account=AWAY)) is Grant.NONE
    assert grant(f"arn:aws:iam::{HOME}:user/path/bob", user()) is Grant.NONE
    assert grant(USER, session("bob")) is Grant.NONE


def test_users_are_stored_as_their_ids() -> None:
    """Semantics 46: a namesake that was made later is not meant."""
    bound = {USER: "AIDABOB"}
    assert names({"AWS": USER}, user(), bindings=bound)
    assert not names({"AWS": USER}, user(unique_id="AIDANEW"), bindings=bound)
    assert names({"AWS": USER}, user("renamed"), bindings=bound)
    assert names({"AWS": USER}, user(unique_id="AIDANEW"), bindings={ROLE: "AROAR"})
    assert names({"AWS": "AIDABOB"}, user())
    assert not names({"AWS": "AIDABOB"}, user(unique_id="AIDANEW"))


def test_roles() -> None:
    """Semantics 47: the name without regard to case, the path as it is; R-07: never by the name alone."""
    assert grant(ROLE, session()) is Grant.ENTITY
    assert grant(ROLE, session(role="r")) is Grant.ENTITY
    assert grant(ROLE, session(account=AWAY)) is Grant.NONE
    assert grant(ROLE, session(role="R2")) is Grant.NONE
    assert grant(f"arn:aws:iam::{HOME}:role/wrong/path/R", session()) is Grant.NONE
    assert grant(f"arn:aws:iam::{HOME}:role/a/R", session(path="/a/")) is Grant.ENTITY
    assert grant(ROLE, session(path="/a/")) is Grant.NONE
    assert grant(ROLE, user("R")) is Grant.NONE


def test_roles_are_stored_as_their_ids() -> None:
    """Semantics 47; R-07."""
    bound = {ROLE: "AROAR"}
    assert names({"AWS": ROLE}, session(), bindings=bound)
    assert not names({"AWS": ROLE}, session(unique_id="AROANEW"), bindings=bound)
    assert names({"AWS": "AROAR"}, session())
    assert not names({"AWS": "AROAR"}, session(unique_id=""))


def test_sessions() -> None:
    """Semantics 48: exact, and more direct than the role or user behind them."""
    assert grant(SESSION, session()) is Grant.DIRECT
    assert grant(SESSION, session(name="Sess")) is Grant.NONE
    assert grant(SESSION, session(account=AWAY)) is Grant.NONE
    assert grant(FEDERATED, federated_user()) is Grant.DIRECT
    assert grant(FEDERATED, federated_root()) is Grant.DIRECT
    assert grant(USER, federated_user()) is Grant.ENTITY
    assert grant(FEDERATED, user("fed")) is Grant.NONE


def test_providers_and_services() -> None:
    """Semantics 49: equality, and only for those who come through them."""
    provider = f"arn:aws:iam::{HOME}:saml-provider/idp"
    assert grant("accounts.google.com", web_identity(), "Federated") is Grant.DIRECT
    assert grant("google.com", web_identity(), "Federated") is Grant.NONE
    assert grant("accounts.google.com", web_identity(), "Service") is Grant.NONE
    assert grant(provider, saml(), "Federated") is Grant.DIRECT
    assert grant(provider.replace(HOME, AWAY), saml(), "Federated") is Grant.NONE
    assert grant(provider, session(), "Federated") is Grant.NONE
    assert grant("ec2.amazonaws.com", service(), "Service") is Grant.DIRECT
    assert grant("amazonaws.com", service(), "Service") is Grant.NONE
    assert grant("ec2.amazonaws.com", user(), "Service") is Grant.NONE
    assert grant("", user(), "Service") is Grant.NONE
    assert grant("", user(), "Federated") is Grant.NONE


def test_canonical_users() -> None:
    """Semantics 49."""
    canonical = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
    known = Principal(
        kind=PrincipalKind.USER, account=HOME, arn=USER, identity_arn=USER, canonical_user_id=canonical
    )
    assert grant(canonical, known, "CanonicalUser") is Grant.ACCOUNT
    assert grant(canonical, user(), "CanonicalUser") is Grant.NONE
    assert grant("", user(), "CanonicalUser") is Grant.NONE


def denies(listed: list[str], principal: Principal, *, bounded: bool = False) -> bool:
    """Tell whether a Deny with that NotPrincipal hits *principal*."""
    compiled = policy(
        {"Effect": "Deny", "NotPrincipal": {"AWS": listed}, "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        kind=PolicyKind.RESOURCE,
    )
    boundary = policy(allow()) if bounded else None
    outcome = ask(PolicySet(resource=compiled, boundary=boundary), principal).outcome
    assert outcome in {EXPLICIT, ALLOWED}
    return outcome is EXPLICIT


@pytest.mark.parametrize(
    ("listed", "principal", "expected"),
    [
        ([ACCOUNT, USER], user(), False),
        ([HOME, USER], user(), False),
        ([USER], user(), True),
        ([ACCOUNT], user(), True),
        ([ACCOUNT, USER], user("eve"), True),
        ([ACCOUNT, ROLE, SESSION], session(), False),
        ([ACCOUNT, ROLE], session(), True),
        ([ACCOUNT, SESSION], session(), True),
        ([ROLE, SESSION], session(), True),
        ([ACCOUNT, USER, FEDERATED], federated_user(), False),
        ([ACCOUNT, FEDERATED], federated_user(), True),
        ([ACCOUNT, FEDERATED], federated_root(), False),
        ([ACCOUNT], root(), False),
        ([AWAY], root(), True),
        ([ACCOUNT], ANONYMOUS, True),
        ([ACCOUNT], service(), True),
        (["*"], user(), False),
        (["*"], ANONYMOUS, False),
    ],
)
def test_not_principal_with_deny(listed: list[str], principal: Principal, expected: bool) -> None:
    """Semantics 50: account, role and session must all be listed."""
    assert denies(listed, principal) is expected


def test_not_principal_of_services_and_providers() -> None:
    """Semantics 50."""
    for type_, value, principal in (
        ("Service", "ec2.amazonaws.com", service()),
        ("Federated", "accounts.google.com", web_identity()),
    ):
        element = PrincipalElement(((type_, value),))
        assert PrincipalMatcher(element, {}).exempts(principal, bounded=False)
        assert not PrincipalMatcher(element, {}).exempts(user(), bounded=False)


@pytest.mark.parametrize("listed", [[ACCOUNT, USER], ["*"]])
def test_not_principal_denies_whoever_has_a_boundary(listed: list[str]) -> None:
    """Semantics 50."""
    assert denies(listed, user(), bounded=True)
    assert not denies(listed, user())


def test_not_principal_with_allow_allows_nobody() -> None:
    """Semantics 50: refused on write; in a stored document it lets nobody in."""
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": AWAY}, "Action": "*", "Resource": "*"}
    assert ask(PolicySet(resource=policy(statement, kind=PolicyKind.RESOURCE))).outcome is IMPLICIT


def test_everyone_with_a_condition_on_the_role() -> None:
    """Semantics 51: matched by ARN and not by id, and as direct a grant as there is."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}},
    }
    silent = policy(allow("iam:GetUser"))
    policies = PolicySet(
        resource=policy(statement, kind=PolicyKind.RESOURCE, bindings={ROLE: "AROAR"}),
        boundary=silent,
        session=(silent,),
    )
    recreated = session(unique_id="AROANEW")
    assert ask(policies, recreated, context={"aws:PrincipalArn": ROLE}).outcome is ALLOWED
    assert ask(policies, recreated, context={"aws:PrincipalArn": USER}).outcome is IMPLICIT


def test_the_principals_of_a_document() -> None:
    text = document(
        trust({"AWS": [USER, HOME, ROLE, SESSION], "Service": "ec2.amazonaws.com"}),
        trust({"AWS": USER}),
        trust("*"),
    )
    assert principal_arns(text) == (USER, ROLE)
    assert principal_values(text) == (
        ("AWS", USER),
        ("AWS", HOME),
        ("AWS", ROLE),
        ("AWS", SESSION),
        ("Service", "ec2.amazonaws.com"),
        ("AWS", "*"),
    )
    resource = document({"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "*", "Resource": "*"})
    assert principal_arns(resource, PolicyKind.RESOURCE) == (ROLE,)
    with pytest.raises(PolicyError):
        principal_arns("{")


def test_the_error_for_a_principal_that_does_not_exist() -> None:
    assert invalid_principal("AWS", USER).message == f'Invalid principal in policy: "AWS":"{USER}"'
    assert invalid_principal("Service", "x").message == 'Invalid principal in policy: "SERVICE":"x"'


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": PrincipalKind.USER, "arn": USER},
        {"kind": PrincipalKind.ROOT, "account": "1", "arn": ACCOUNT},
        {"kind": PrincipalKind.ASSUMED_ROLE, "account": "\u0661" * 12, "arn": SESSION},
        {"kind": PrincipalKind.USER, "account": HOME},
    ],
)
def test_principals_are_checked_at_birth(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs an"):
        Principal(**wrong)
