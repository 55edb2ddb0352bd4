"""
Edit a statement so that the one element lets a request through that has kept it out.

What comes out is a statement as JSON.  An edit that would give away much more than was asked for is none.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from iampolicy.document import StatementText
from iampolicy.explain import ConditionTrace, Element, StatementTrace
from iampolicy.operators import parse_operator
from iampolicy.policy_set import parse
from iampolicy.request import Request
from iampolicy.statement import compile_action
from iampolicy.text import ascii_lower
from iampolicy.variables import literal
from iampolicy.wildcard import has_wildcard

Json: TypeAlias = Mapping[str, Any]

_WIDENED: Final = frozenset(
    {
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "ArnEquals",
        "ArnLike",
        "IpAddress",
        "NumericEquals",
    }
)
"""Operators whose list of values may take one more; for others, another value would ask for something else."""
_WITH_PATTERNS: Final = frozenset({"StringLike", "ArnEquals", "ArnLike"})


def edited(trace: StatementTrace, element: Element, request: Request, principal: Json | str) -> Json | None:
    """
    Return the statement of *trace* as it must be for *element* to match *request*; None when it is better left alone.

    Args:
        trace: Of a statement that fails at *element* alone.
        element: Which; one of an Allow, so never ``NotPrincipal``.
        request: What was asked.
        principal: The ``Principal`` element of whoever asks.
    """
    text = trace.statement.text
    statement = statement_json(text)
    match element:
        case Element.ACTION:
            # On everything, the action would be given away on everything.
            wide = text.not_resource is not None or "*" in (text.resource or ())
            if wide or not _about_service(text.action or (), request.action):
                return None
            return {**statement, "Action": _joined(statement["Action"], request.action)}
        case Element.NOT_ACTION:
            entries = text.not_action or ()
            return _shorter(statement, element, entries, _not_excluding(entries, request))
        case Element.RESOURCE:
            if not _about_service(text.action or (), request.action):
                return None
            name = literal(request.resource) if trace.policy.variables else request.resource
            return {**statement, "Resource": _joined(statement["Resource"], name)}
        case Element.PRINCIPAL:
            return _with_principal(statement, principal)
        case Element.CONDITION:
            return _with_conditions(statement, trace)
        case _:
            entries = text.not_resource or ()
            kept = _not_excluded(statement, trace, request)
            return _shorter(statement, Element.NOT_RESOURCE, entries, kept)


def statement_json(text: StatementText) -> dict[str, Any]:
    """Return a statement as JSON; a list of one is written as the one."""
    written: dict[str, Any] = {} if text.sid is None else {"Sid": text.sid}
    written["Effect"] = text.effect
    for name, principals in (("Principal", text.principal), ("NotPrincipal", text.not_principal)):
        if principals is not None:
            types: dict[str, tuple[str, ...]] = {}
            for type_, value in principals.values:
                types[type_] = (*types.get(type_, ()), value)
            written[name] = {type_: _one_or_list(values) for type_, values in types.items()}
    for name, values in (
        ("Action", text.action),
        ("NotAction", text.not_action),
        ("Resource", text.resource),
        ("NotResource", text.not_resource),
    ):
        if values is not None:
            written[name] = _one_or_list(values)
    if text.condition:
        written["Condition"] = {
            operator: {key: _one_or_list(values) for key, values in keys} for operator, keys in text.condition
        }
    return written


def _one_or_list(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _list(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else values


def _joined(values: str | list[str], more: str) -> list[str]:
    return [*_list(values), more]


def _about_service(patterns: tuple[str, ...], action: str) -> bool:
    """Tell whether some entry of ``Action`` names the service of *action*; ``*`` names none."""
    service = ascii_lower(action).partition(":")[0]
    return any(ascii_lower(pattern).partition(":")[0] == service for pattern in patterns)


def _not_excluding(patterns: tuple[str, ...], request: Request) -> list[str]:
    """Return the entries of ``NotAction`` that do not speak of the request."""
    action = ascii_lower(request.action)
    compiled = [(pattern, compile_action(pattern)) for pattern in patterns]
    return [pattern for pattern, matcher in compiled if matcher is not None and not matcher(action)]


def _not_excluded(statement: Json, trace: StatementTrace, request: Request) -> list[str]:
    """Return the entries of ``NotResource`` that do not speak of the resource."""
    version = "2012-10-17" if trace.policy.variables else "2008-10-17"
    kept = []
    for entry in trace.statement.text.not_resource or ():
        alone = {"Version": version, "Statement": {**statement, "NotResource": entry}}
        check = parse(json.dumps(alone), trace.policy.kind).statements[0].resource
        if check is not None and check(request.target, request.values):
            kept.append(entry)
    return kept


def _shorter(statement: Json, element: Element, entries: tuple[str, ...], kept: list[str]) -> Json | None:
    """Leave *entries* out that are not *kept*; not patterns, which keep out much else, and not all of them."""
    if not kept or any(has_wildcard(entry) for entry in entries if entry not in kept):
        return None
    return {**statement, element.value: kept}


def _with_principal(statement: Json, principal: Json | str) -> Json:
    if isinstance(principal, str):
        return {**statement, "Principal": principal}
    named = dict(statement.get("Principal", {}))
    for type_, value in principal.items():
        named[type_] = _joined(named[type_], value) if type_ in named else value
    return {**statement, "Principal": named}


def _with_conditions(statement: Json, trace: StatementTrace) -> Json:
    """Widen the conditions that do not hold, or leave them out."""
    conditions = {operator: dict(keys) for operator, keys in statement["Condition"].items()}
    for condition in trace.conditions:
        if condition.held:
            continue
        keys = conditions[condition.operator]
        spellings = [key for key in keys if ascii_lower(key) == ascii_lower(condition.key)]
        wider = _wider(condition, variables=trace.policy.variables)
        for spelling in spellings:
            del keys[spelling]
        if wider is not None:
            keys[condition.key] = wider
        if not keys:
            del conditions[condition.operator]
    without = {name: value for name, value in statement.items() if name != "Condition"}
    return {**without, "Condition": conditions} if conditions else without


def _wider(condition: ConditionTrace, *, variables: bool) -> list[str] | None:
    """Return the values with the one that was seen; None where adding it makes no sense."""
    use = parse_operator(condition.operator)
    if use is None or use.operator.name not in _WIDENED or not isinstance(condition.seen, str):
        return None
    pattern = use.operator.name in _WITH_PATTERNS
    if pattern and not variables and any(character in "*?" for character in condition.seen):
        return None
    seen = literal(condition.seen) if variables else condition.seen
    return [*condition.wanted, seen]
