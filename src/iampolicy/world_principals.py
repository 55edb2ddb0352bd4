"""
Principals as worlds write them: mostly an ARN, and what follows from it.

What AWS puts into the context of every request of such a principal is filled in (semantics 43, 68, 72), so that a world
says only what matters to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from iampolicy.request import Principal, PrincipalKind
from iampolicy.world_shapes import WorldError, flag, members, text, text_map, under

SESSION_NAME: Final = "test-session"
"""Of a role that is given without a session."""
USER_ID: Final = "AIDAEXAMPLE0000000000"
ROLE_ID: Final = "AROAEXAMPLE0000000000"

_MEMBERS: Final = ("arn", "service", "provider", "unique_id", "role", "user", "tags", "session")
_SESSION_MEMBERS: Final = ("name", "tags", "mfa", "mfa_age", "source_identity")
_ANONYMOUS: Final = ("anonymous", "*")
_TYPES: Final = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ASSUMED_ROLE: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.FEDERATED_ROOT: "FederatedUser",
}

Context = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class WorldPrincipal:
    """
    Who asks.

    Attributes:
        context: The keys that follow from who it is.
        temporary: Whether its credentials are a session's.
    """

    principal: Principal
    context: Mapping[str, str | tuple[str, ...]]
    temporary: bool


def read_principal(value: Any, where: str) -> WorldPrincipal:
    """
    Return the principal that *value* stands for.

    It is an ARN, the name of a service, ``anonymous``, or a mapping with one of ``arn``, ``service`` and ``provider``.

    Raises:
        WorldError: It is none of these.
    """
    if isinstance(value, str):
        value = _mapping_for(value)
    given = members(value, where, _MEMBERS)
    named = [name for name in ("arn", "service", "provider") if name in given]
    if len(named) != 1:
        raise WorldError(where, "a principal has one of `arn`, `service` and `provider`")
    said = text(given[named[0]], under(where, named[0]))
    if named == ["service"]:
        _nothing_more(given, where, "service")
        return _service(said)
    if named == ["provider"]:
        _nothing_more(given, where, "provider")
        kind = PrincipalKind.SAML if ":saml-provider/" in said else PrincipalKind.WEB_IDENTITY
        return WorldPrincipal(
            Principal(kind=kind, provider=said), {"aws:FederatedProvider": said}, temporary=False
        )
    if said in _ANONYMOUS:
        _nothing_more(given, where, "arn")
        anonymous = {"aws:PrincipalType": "Anonymous", "aws:userid": "Anonymous"}
        return WorldPrincipal(Principal(kind=PrincipalKind.ANONYMOUS), anonymous, temporary=False)
    return _of_account(said, given, where)


def _mapping_for(said: str) -> dict[str, str]:
    if said in _ANONYMOUS or said.startswith("arn:"):
        return {"arn": said}
    return {"service": said}


def _nothing_more(given: Mapping[str, Any], where: str, name: str) -> None:
    for other in given:
        if other != name:
            raise WorldError(under(where, other), f"this does not go with such a `{name}`")


def _service(name: str) -> WorldPrincipal:
    context: dict[str, str | tuple[str, ...]] = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": name,
        "aws:PrincipalServiceNamesList": (name,),
    }
    return WorldPrincipal(Principal(kind=PrincipalKind.SERVICE, service=name), context, temporary=False)


def _of_account(arn: str, given: Mapping[str, Any], where: str) -> WorldPrincipal:
    session = members(given.get("session", {}), under(where, "session"), _SESSION_MEMBERS)
    at_session = under(where, "session")
    name = text(session.get("name", SESSION_NAME), under(at_session, "name"))
    unique_id = text(given["unique_id"], under(where, "unique_id")) if "unique_id" in given else None
    try:
        principal = _principal(arn, given, where, name, unique_id)
    except ValueError as error:
        raise WorldError(under(where, "arn"), str(error)) from None
    temporary = bool(session) or principal.kind not in {PrincipalKind.USER, PrincipalKind.ROOT}
    context: Context = {
        "aws:PrincipalArn": arn if principal.kind in _FEDERATED else principal.identity_arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": _TYPES[principal.kind],
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": _userid(principal),
    }
    if principal.kind is PrincipalKind.USER:
        context["aws:username"] = principal.arn.rpartition("/")[2]
    tags = text_map(given.get("tags", {}), under(where, "tags"))
    tags |= text_map(session.get("tags", {}), under(at_session, "tags"))
    context |= {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}
    if "source_identity" in session:
        context["aws:SourceIdentity"] = text(session["source_identity"], under(at_session, "source_identity"))
    if temporary:
        # semantics 68: long-term keys have neither of the two.
        with_mfa = "mfa_age" in session or flag(session.get("mfa", False), under(at_session, "mfa"))
        context["aws:MultiFactorAuthPresent"] = "true" if with_mfa else "false"
        if with_mfa:
            context["aws:MultiFactorAuthAge"] = text(session.get("mfa_age", 0), under(at_session, "mfa_age"))
    return WorldPrincipal(principal, context, temporary)


_FEDERATED: Final = (PrincipalKind.FEDERATED_USER, PrincipalKind.FEDERATED_ROOT)


def _principal(
    arn: str, given: Mapping[str, Any], where: str, session: str, unique_id: str | None
) -> Principal:
    match arn.split(":", 5):
        case ["arn", _, "iam", "", account, "root"]:
            return Principal(
                kind=PrincipalKind.ROOT, account=account, arn=arn, identity_arn=arn, unique_id=account
            )
        case ["arn", _, "iam", "", account, name] if name.startswith("user/"):
            return Principal(
                kind=PrincipalKind.USER,
                account=account,
                arn=arn,
                identity_arn=arn,
                unique_id=unique_id or USER_ID,
            )
        case ["arn", partition, "iam", "", account, name] if name.startswith("role/"):
            role = name.rpartition("/")[2]
            return Principal(
                kind=PrincipalKind.ASSUMED_ROLE,
                account=account,
                arn=f"arn:{partition}:sts::{account}:assumed-role/{role}/{session}",
                identity_arn=arn,
                unique_id=unique_id or ROLE_ID,
            )
        case ["arn", partition, "sts", "", account, name] if name.startswith("assumed-role/"):
            role_arn = f"arn:{partition}:iam::{account}:role/{name.split('/')[1]}"
            return Principal(
                kind=PrincipalKind.ASSUMED_ROLE,
                account=account,
                arn=arn,
                identity_arn=text(given.get("role", role_arn), under(where, "role")),
                unique_id=unique_id or ROLE_ID,
            )
        case ["arn", _, "sts", "", account, name] if name.startswith("federated-user/"):
            return _federated(arn, account, given, where, unique_id)
        case _:
            raise ValueError(f"`{arn}` is no user, role, session, federated user or root user")


def _federated(
    arn: str, account: str, given: Mapping[str, Any], where: str, unique_id: str | None
) -> Principal:
    if "user" not in given:
        raise WorldError(where, "a federated user needs `user`: the ARN of whoever asked for its session")
    parent = text(given["user"], under(where, "user"))
    root = parent.endswith(":root")
    return Principal(
        kind=PrincipalKind.FEDERATED_ROOT if root else PrincipalKind.FEDERATED_USER,
        account=account,
        arn=arn,
        identity_arn=parent,
        unique_id=account if root else unique_id or USER_ID,
    )


def _userid(principal: Principal) -> str:
    name = principal.arn.rpartition("/")[2]
    if principal.kind is PrincipalKind.ASSUMED_ROLE:
        return f"{principal.unique_id}:{name}"
    return f"{principal.account}:{name}" if principal.kind in _FEDERATED else principal.unique_id
