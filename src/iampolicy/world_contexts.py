"""The context of a world's request: what follows from the rest of the world, and what it says itself."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from iampolicy.policy_set import Policy, PolicySet
from iampolicy.references import context_keys
from iampolicy.request import Request
from iampolicy.text import all_digits, ascii_lower
from iampolicy.values import parse_instant
from iampolicy.world_principals import WorldPrincipal
from iampolicy.world_shapes import WorldError, context_value, mapping, text, text_map, texts, under

ContextMap: TypeAlias = dict[str, str | tuple[str, ...]]

_ACCOUNT_DIGITS: Final = 12
_ALMOST_ALWAYS: Final = (
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:RequestedRegion",
    "aws:SourceIp",
    "aws:UserAgent",
)
"""What requests have, and what no world can know by itself."""
_OF_SESSIONS: Final = ("aws:TokenIssueTime",)


def resource_account(given: Mapping[str, Any], where: str, who: WorldPrincipal, resource: str) -> str:
    """Return whose the resource is: as the world says, as the ARN says, or the caller's own."""
    at = under(where, "resource_account")
    account = text(given["resource_account"], at) if "resource_account" in given else ""
    if account and not (len(account) == _ACCOUNT_DIGITS and all_digits(account)):
        raise WorldError(at, f"`{account}` is no account id of twelve digits")
    parts = resource.split(":", 5)
    of_arn = parts[4] if len(parts) == 6 and all_digits(parts[4]) else ""
    account = account or of_arn or who.principal.account
    if not account:
        raise WorldError(where, "whose is the resource? give `resource_account`")
    return account


def world_context(
    given: Mapping[str, Any], where: str, who: WorldPrincipal, resource: str, account: str
) -> ContextMap:
    """Return the context of one request, in the order: what follows, what is given, without what is absent."""
    context: ContextMap = {
        "aws:ResourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        **who.context,
    }
    region = resource.split(":")[3] if resource.count(":") >= 5 else ""
    if region:
        context["aws:RequestedRegion"] = region
    for key, value in text_map(given.get("resource_tags", {}), under(where, "resource_tags")).items():
        context[f"aws:ResourceTag/{key}"] = value
    request_tags = text_map(given.get("request_tags", {}), under(where, "request_tags"))
    if request_tags:
        context |= {f"aws:RequestTag/{key}": value for key, value in request_tags.items()}
        context["aws:TagKeys"] = tuple(request_tags)
    if "time" in given:
        context |= _time(text(given["time"], under(where, "time")), under(where, "time"))
    at = under(where, "context")
    said = {
        key: context_value(value, under(at, key))
        for key, value in mapping(given.get("context", {}), at).items()
    }
    absent = {ascii_lower(key) for key in texts(given.get("absent", []), under(where, "absent"))}
    replaced = absent | {ascii_lower(key) for key in said}
    return {key: value for key, value in context.items() if ascii_lower(key) not in replaced} | said


def _time(said: str, where: str) -> ContextMap:
    instant = parse_instant(said)
    if instant is None:
        raise WorldError(where, f"`{said}` is no date")
    return {"aws:CurrentTime": said, "aws:EpochTime": str(instant[0])}


def demand_context(
    given: Mapping[str, Any], where: str, who: WorldPrincipal, request: Request, policies: PolicySet
) -> None:
    """
    Refuse a world whose policies ask for what every request has, and which does not say it.

    Otherwise a Deny on, say, the time would be skipped here and apply at AWS.
    """
    known = {ascii_lower(key) for key in request.context}
    known |= {ascii_lower(key) for key in texts(given.get("absent", []), under(where, "absent"))}
    asked = {ascii_lower(key) for key in context_keys(_all(policies))}
    for key in _ALMOST_ALWAYS + (_OF_SESSIONS if who.temporary else ()):
        if ascii_lower(key) in asked - known:
            raise WorldError(
                where,
                f"the policies ask for `{key}`, which requests have: give it under `context`, or name it under `absent`",
            )


def _all(policies: PolicySet) -> list[Policy]:
    levels = (*policies.scps, *policies.rcps)
    single = (policies.boundary, policies.resource, policies.endpoint)
    return [
        *policies.identity,
        *(policies.session or ()),
        *(policy for policy in single if policy is not None),
        *(policy for level in levels for policy in level),
    ]
