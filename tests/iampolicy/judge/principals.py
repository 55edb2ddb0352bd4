"""
The Principal and NotPrincipal elements.

A principal that is named is named more or less closely, and the same-account table asks how closely.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

Principal = Mapping[str, str]
"""``kind``, ``account``, ``arn``, ``identity_arn``, ``unique_id``, ``provider``, ``service``, ``canonical_user_id``."""


class Grant(IntEnum):
    """How closely a principal is named."""

    NONE = 0
    ACCOUNT = 1
    """Through its account, which delegates to it (semantics 45)."""
    ENTITY = 2
    """Through the role or the user behind its session (semantics 47, 48)."""
    DIRECT = 3


_FEDERATED_KINDS: Final = {"WebIdentity", "SAML"}


def grant_of(element: Any, bindings: Mapping[str, str], who: Principal, policy: str) -> Grant:
    """Return the closest of the ways in which a Principal element, of a policy of the kind *policy*, names *who*."""
    found = max((_name_grant(kind, name, bindings, who) for kind, name in names(element)), default=Grant.NONE)
    return Grant.NONE if _not_of_aws(element, bindings, who, policy) else found


def _not_of_aws(element: Any, bindings: Mapping[str, str], who: Principal, policy: str) -> bool:
    """Tell whether *who* is one of those that ``{"AWS": "*"}`` does not mean in the policy of a VPC endpoint."""
    return (
        policy == "endpoint"
        and who["kind"] in _FEDERATED_KINDS
        and element != "*"
        and not any(_name_grant(kind, name, bindings, who) for kind, name in names(element) if kind != "AWS")
    )


def names(element: Any) -> list[tuple[str, str]]:
    if isinstance(element, str):
        return [("AWS", element)]  # semantics 44: "*" is {"AWS": "*"}
    return [
        (kind, name)
        for kind, given in element.items()
        for name in (given if isinstance(given, list) else [given])
    ]


def _name_grant(kind: str, name: str, bindings: Mapping[str, str], who: Principal) -> Grant:
    if kind == "Service":  # semantics 49
        return Grant.DIRECT if who["kind"] == "Service" and name == who["service"] else Grant.NONE
    if kind == "Federated":  # semantics 49
        matches = who["kind"] in _FEDERATED_KINDS and name == who["provider"]
        return Grant.DIRECT if matches else Grant.NONE
    if kind == "CanonicalUser":  # semantics 49: stands for the account
        return Grant.ACCOUNT if name and name == who["canonical_user_id"] else Grant.NONE
    if name == "*":  # semantics 44
        return Grant.DIRECT
    if not who["account"] or who["kind"] == "Service":
        return Grant.NONE
    return _aws_grant(name, bindings, who)


def _aws_grant(name: str, bindings: Mapping[str, str], who: Principal) -> Grant:
    partition = who["arn"].split(":")[1]
    if name in {who["account"], f"arn:{partition}:iam::{who['account']}:root"}:  # semantics 45
        return Grant.ACCOUNT
    # semantics 46: the id it had when the policy was saved, not the name
    named = bindings.get(name, name)
    entity = named == who["unique_id"] or (name not in bindings and _same_entity(name, who["identity_arn"]))
    if who["kind"] == "User":
        return Grant.DIRECT if entity else Grant.NONE
    if who["kind"] in {"AssumedRole", "FederatedUser", "FederatedRoot"}:
        if name == who["arn"]:  # semantics 48: the session itself
            return Grant.DIRECT
        # semantics 47, 48: the role or user behind it
        return Grant.ENTITY if entity and who["kind"] != "FederatedRoot" else Grant.NONE
    return Grant.NONE


def _same_entity(name: str, arn: str) -> bool:
    """Compare as text: the name of a user with its case (semantics 46), that of a role without (47), paths with."""
    if ":role/" not in arn:
        return name == arn
    path, _, role = name.rpartition("/")
    own_path, _, own_role = arn.rpartition("/")
    return path == own_path and role.lower() == own_role.lower()


def spared(
    element: Any, bindings: Mapping[str, str], who: Principal, policy: str, *, has_boundary: bool
) -> bool:
    """Tell whether a Deny with this NotPrincipal leaves *who* alone (semantics 50)."""
    if has_boundary or _not_of_aws(element, bindings, who, policy):
        return False
    grants = {_name_grant(kind, name, bindings, who) for kind, name in names(element)}
    if any(name == "*" and kind == "AWS" for kind, name in names(element)):
        return True
    if who["kind"] == "Root":
        return Grant.ACCOUNT in grants
    if who["kind"] == "User":
        return {Grant.ACCOUNT, Grant.DIRECT} <= grants
    if who["kind"] in {"AssumedRole", "FederatedUser"}:
        return {Grant.ACCOUNT, Grant.ENTITY, Grant.DIRECT} <= grants
    if who["kind"] == "FederatedRoot":
        return {Grant.ACCOUNT, Grant.DIRECT} <= grants
    return Grant.DIRECT in grants
