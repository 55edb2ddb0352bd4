"""
What a delegation request asks for, in words.

AWS has a language model write such a summary.  Here it is read off the request, so that it says what will be enforced, the
same each time.  It is in English, whatever is translated elsewhere.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from iamd.catalogue.service_actions import service_names
from iamd.domain.delegation_requests import DelegationRequest
from iamd.domain.ids import AccountId
from iamd.domain.policy_templates import role_boundaries
from iampolicy import Effect, Policy, PolicyKind, Statement, parse

LONGEST: Final = 10_000
"""The longest summary that the service model knows, in characters."""

_UNITS: Final = (("hour", 3600), ("minute", 60), ("second", 1))


def summarize(request: DelegationRequest, account_id: AccountId) -> str:
    """Return the summary of *request* for somebody of *account_id*."""
    names = service_names()
    text = _summary(request, account_id, names)
    # The names of many services may be longer than the policy that has their prefixes.
    return text if len(text) <= LONGEST else _summary(request, account_id, {})[:LONGEST]


def _summary(request: DelegationRequest, account_id: AccountId, names: Mapping[str, str]) -> str:
    who = request.requestor_name
    policy = parse(request.policy, PolicyKind.SESSION)
    whose = request.owner_account_id or account_id
    lines = [
        f"{who} (account {request.requestor_account_id}) asks for temporary access to account {whose}.",
        "",
        f"Purpose: {request.description}",
    ]
    if request.message:
        lines.append(f"Message: {request.message}")
    lines += [
        f"Duration: {_span(request.session_duration)}, from the moment at which the access is released.",
        f"State: {request.state.value}, until {_moment(request.expires_at)}.",
        "",
        f"Once the request is accepted and released, {who} can do this, as far as whoever accepts it can:",
        *_statements(policy, Effect.ALLOW, names),
    ]
    denied = list(_statements(policy, Effect.DENY, names))
    if denied:
        lines += ["", "It can never do this:", *denied]
    boundaries = role_boundaries(request.policy)
    if boundaries:
        lines += [
            "",
            "Roles that it makes stay when the access is over. At most they can do what these permissions boundaries allow:",
            *(f"- {arn}" for arn in boundaries),
        ]
    return "\n".join(lines)


def _statements(policy: Policy, effect: Effect, names: Mapping[str, str]) -> Iterator[str]:
    for statement in policy.statements:
        if statement.effect is effect:
            yield f"- {_actions(statement, names)} on {_resources(statement)}{_conditions(statement)}"


def _actions(statement: Statement, names: Mapping[str, str]) -> str:
    text = statement.text
    by_service: dict[str, list[str]] = {}
    for action in text.action if text.action is not None else text.not_action or ():
        service, _, name = action.partition(":")
        by_service.setdefault(service, []).append(name)
    listed = "; ".join(
        f"{names.get(service.lower(), service)}: {_every(actions)}" if service != "*" else "every action"
        for service, actions in by_service.items()
    )
    return listed if text.action is not None else f"every action but {listed}"


def _every(actions: list[str]) -> str:
    return "every action" if actions == ["*"] else ", ".join(actions)


def _resources(statement: Statement) -> str:
    text = statement.text
    entries = text.resource if text.resource is not None else text.not_resource or ()
    listed = "every resource" if tuple(entries) == ("*",) else ", ".join(entries)
    return listed if text.resource is not None else f"every resource but {listed}"


def _conditions(statement: Statement) -> str:
    found = [
        f"{key} {operator} {' or '.join(values)}"
        for operator, keys in statement.text.condition
        for key, values in keys
    ]
    return f", if {' and '.join(found)}" if found else ""


def _span(seconds: int) -> str:
    parts = []
    for name, length in _UNITS:
        number, seconds = divmod(seconds, length)
        if number:
            parts.append(f"{number} {name}{'s' if number > 1 else ''}")
    return " ".join(parts)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
