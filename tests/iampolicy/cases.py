"""Principals, policies and questions that the tests of the engine are written in."""

import json
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import HealthCheck, settings

from iampolicy import (
    Decision,
    Outcome,
    Policy,
    PolicyKind,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    evaluate,
    parse,
)

HOME: Final = "111122223333"
AWAY: Final = "999988887777"
ALLOWED: Final = Outcome.ALLOW
IMPLICIT: Final = Outcome.IMPLICIT_DENY
EXPLICIT: Final = Outcome.EXPLICIT_DENY
BUCKET: Final = "arn:aws:s3:::bucket"

UNHURRIED: Final = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For laws: on a busy machine an example may take its time."""

Json = dict[str, Any]
ContextMap = Mapping[str, str | tuple[str, ...]]


def user(name: str = "bob", account: str = HOME, unique_id: str = "AIDABOB") -> Principal:
    arn = f"arn:aws:iam::{account}:user/{name}"
    return Principal(kind=PrincipalKind.USER, account=account, arn=arn, identity_arn=arn, unique_id=unique_id)


def session(
    role: str = "R", name: str = "sess", account: str = HOME, path: str = "/", unique_id: str = "AROAR"
) -> Principal:
    return Principal(
        kind=PrincipalKind.ASSUMED_ROLE,
        account=account,
        arn=f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        identity_arn=f"arn:aws:iam::{account}:role{path}{role}",
        unique_id=unique_id,
    )


def federated_user(name: str = "fed", account: str = HOME) -> Principal:
    return Principal(
        kind=PrincipalKind.FEDERATED_USER,
        account=account,
        arn=f"arn:aws:sts::{account}:federated-user/{name}",
        identity_arn=f"arn:aws:iam::{account}:user/bob",
        unique_id="AIDABOB",
    )


def federated_root(account: str = HOME) -> Principal:
    return Principal(
        kind=PrincipalKind.FEDERATED_ROOT,
        account=account,
        arn=f"arn:aws:sts::{account}:federated-user/fed",
        identity_arn=f"arn:aws:iam::{account}:root",
        unique_id=account,
    )


def root(account: str = HOME) -> Principal:
    arn = f"arn:aws:iam::{account}:root"
    return Principal(kind=PrincipalKind.ROOT, account=account, arn=arn, identity_arn=arn, unique_id=account)


def service(name: str = "ec2.amazonaws.com") -> Principal:
    return Principal(kind=PrincipalKind.SERVICE, service=name)


def web_identity(provider: str = "accounts.google.com") -> Principal:
    return Principal(kind=PrincipalKind.WEB_IDENTITY, provider=provider)


def saml(provider: str = f"arn:aws:iam::{HOME}:saml-provider/idp") -> Principal:
    return Principal(kind=PrincipalKind.SAML, provider=provider)


ANONYMOUS: Final = Principal(kind=PrincipalKind.ANONYMOUS)


def allow(action: str | list[str] = "*", resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str] = "*", resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(principal: Any, effect: str = "Allow", action: str = "sts:AssumeRole", **more: Any) -> Json:
    return {"Effect": effect, "Principal": principal, "Action": action, **more}


def document(*statements: Json, version: str | None = "2012-10-17") -> str:
    head = {} if version is None else {"Version": version}
    return json.dumps({**head, "Statement": list(statements)})


def policy(
    *statements: Json,
    kind: PolicyKind = PolicyKind.IDENTITY,
    version: str | None = "2012-10-17",
    name: str = "",
    arn: str | None = None,
    bindings: Mapping[str, str] | None = None,
) -> Policy:
    return parse(document(*statements, version=version), kind, name=name, arn=arn, bindings=bindings)


def ask(
    policies: PolicySet,
    principal: Principal | None = None,
    *,
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::bucket/key",
    account: str = HOME,
    context: ContextMap | None = None,
) -> Decision:
    return evaluate(
        Request(
            principal=principal or user(),
            action=action,
            resource=resource,
            resource_account=account,
            context=context or {},
        ),
        policies,
    )


def says(
    statement: Json,
    *,
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::bucket/key",
    context: ContextMap | None = None,
    version: str | None = "2012-10-17",
) -> bool:
    """Tell whether one identity statement speaks of the request."""
    decision = ask(
        PolicySet(identity=(policy(statement, version=version),)),
        action=action,
        resource=resource,
        context=context,
    )
    return bool(decision.matched)


def holds(
    condition: Json,
    context: ContextMap,
    *,
    effect: str = "Allow",
    version: str | None = "2012-10-17",
) -> bool:
    """Tell whether a condition holds in a statement of that effect."""
    return says(
        {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition},
        context=context,
        version=version,
    )


def names(
    principal_element: Any,
    principal: Principal,
    *,
    kind: PolicyKind = PolicyKind.RESOURCE,
    bindings: Mapping[str, str] | None = None,
) -> bool:
    """Tell whether a Deny with that Principal hits the principal."""
    statement: Json = {"Effect": "Deny", "Principal": principal_element, "Action": "*"}
    compiled = policy(statement, kind=kind, bindings=bindings)
    return ask(PolicySet(resource=compiled), principal).outcome is EXPLICIT
