"""
An explanation as plain data, with sentences for people: what prints, serializes and crosses a wire.

Policies of a layer that the reader may not see are left out, and so is everything that would tell of them.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from iampolicy.decision import Layer
from iampolicy.explain import (
    ConditionTrace,
    Element,
    Explanation,
    Lane,
    PolicyTrace,
    Standing,
    StatementTrace,
)
from iampolicy.policy_set import Policy
from iampolicy.principals import Grant
from iampolicy.references import unique_keys
from iampolicy.request import Request
from iampolicy.suggest import Change, Suggestion
from iampolicy.text import ascii_lower

Json: TypeAlias = dict[str, Any]

TITLES: Final[Mapping[Layer, str]] = {
    Layer.SCP: "service control policies",
    Layer.RCP: "resource control policies",
    Layer.ENDPOINT: "policy of the VPC endpoint",
    Layer.RESOURCE: "policy of the resource",
    Layer.TRUST: "trust policy of the role",
    Layer.IDENTITY: "identity-based policies",
    Layer.BOUNDARY: "permissions boundary",
    Layer.SESSION: "session policies",
}
_GRANTS: Final[Mapping[Grant | None, str]] = {
    Grant.ACCOUNT: ", by naming the account",
    Grant.ENTITY: ", by naming the role or user behind the session",
    Grant.DIRECT: ", by naming the caller itself or everyone",
}


def report(
    explanation: Explanation, suggestions: tuple[Suggestion, ...], *, closed: frozenset[Layer] = frozenset()
) -> Json:
    """
    Return everything as JSON.

    Args:
        explanation: Of a decision.
        suggestions: For the same request, made with the same *closed*.
        closed: Layers whose policies the reader may not see.
    """
    request, decision = explanation.request, explanation.decision
    return {
        "request": _request(request),
        "decision": {
            "outcome": decision.outcome.value,
            "layer": None if explanation.decided is None else explanation.decided.layer.value,
            "reason": decision.reason,
            "fault": decision.fault,
        },
        "lanes": [_lane(lane, explanation, lane.layer in closed) for lane in explanation.lanes],
        "suggestions": [_suggestion(step, explanation) for step in suggestions],
    }


def _request(request: Request) -> Json:
    return {
        "principal": {
            "kind": request.principal.kind.value,
            "arn": request.principal.arn,
            "account": request.principal.account,
        },
        "action": request.action,
        "resource": request.resource,
        "resource_account": request.resource_account,
        "context": {key: _seen(value) for key, value in sorted(request.context.items())},
    }


def _seen(value: str | tuple[str, ...] | None) -> str | list[str] | None:
    return list(value) if isinstance(value, tuple) else value


def _lane(lane: Lane, explanation: Explanation, hidden: bool) -> Json:
    return {
        "layer": lane.layer.value,
        "title": _title(lane.layer, lane.level, explanation),
        "level": lane.level,
        "standing": lane.standing.value,
        "says": _says(lane, hidden=hidden),
        "needed": lane.needed,
        "decided": lane is explanation.decided,
        "closed": hidden,
        "policies": [] if hidden else [_policy(trace, explanation.request) for trace in lane.policies],
    }


def _title(layer: Layer, level: int | None, explanation: Explanation) -> str:
    if level is None:
        return TITLES[layer]
    levels = sum(lane.layer is layer for lane in explanation.lanes)
    where = "the root" if level == 0 else "the account" if level == levels - 1 else "a unit"
    return f"{TITLES[layer]}, level {level + 1} of {levels} ({where})"


def _says(lane: Lane, *, hidden: bool) -> str:
    match lane.standing:
        case Standing.DENIES:
            return "explicit deny"
        case Standing.EXEMPT:
            return "not asked: service-linked roles are exempt"
        case Standing.ALLOWS:
            if not any(trace.matched for trace in lane.statements):
                return "allows: the root user needs no policy"
            return "allows" if hidden else f"allows{_GRANTS.get(lane.grant, '')}"
        case _:
            why = "no statement allows it" if lane.policies else "there is no policy"
            return f"{why}, and one must" if lane.needed else f"{why}, and none need"


def _policy(trace: PolicyTrace, request: Request) -> Json:
    return {
        "name": trace.policy.name,
        "arn": trace.policy.arn,
        "document": trace.policy.text,
        "statements": [_statement(statement, request) for statement in trace.statements],
    }


def _statement(trace: StatementTrace, request: Request) -> Json:
    told: Json = {
        "index": trace.statement.index,
        "sid": trace.statement.sid,
        "effect": trace.statement.effect.value,
        "matched": trace.matched,
        "failed": None,
        # Conditions matter only to a statement that is about the request at all.
        "conditions": [],
        "fault": trace.fault,
    }
    if trace.first_failed not in {None, Element.CONDITION}:
        told["failed"] = _failure(trace, request)
        return told
    if trace.first_failed is Element.CONDITION:
        told["failed"] = {"element": Element.CONDITION.value}
    told["conditions"] = [_condition(condition) for condition in trace.conditions]
    return told


def _failure(trace: StatementTrace, request: Request) -> Json:
    """Return the first element that failed, with what it wanted and what it saw."""
    text = trace.statement.text
    principals = text.principal or text.not_principal
    named = [] if principals is None else [f"{type_}: {value}" for type_, value in principals.values]
    wanted: Mapping[Element | None, tuple[list[str], str]] = {
        Element.PRINCIPAL: (named, request.principal.arn),
        Element.NOT_PRINCIPAL: (named, request.principal.arn),
        Element.ACTION: (list(text.action or ()), request.action),
        Element.NOT_ACTION: (list(text.not_action or ()), request.action),
        Element.RESOURCE: (list(text.resource or ()), request.resource),
        Element.NOT_RESOURCE: (list(text.not_resource or ()), request.resource),
    }
    values, seen = wanted[trace.first_failed]
    return {"element": str(trace.first_failed), "wanted": values, "seen": seen}


def _condition(trace: ConditionTrace) -> Json:
    return {
        "operator": trace.operator,
        "key": trace.key,
        "wanted": list(trace.wanted),
        "meant": list(trace.meant) or None,
        "seen": _seen(trace.seen),
        "held": trace.held,
    }


def _suggestion(step: Suggestion, explanation: Explanation) -> Json:
    return {
        "change": step.change.value,
        "layer": step.layer.value,
        "level": step.level,
        "policy": None if step.policy is None else {"name": step.policy.name, "arn": step.policy.arn},
        "statement": None if step.statement is None else step.statement.index,
        "element": None if step.element is None else step.element.value,
        "conditions": [_condition(condition) for condition in step.conditions],
        "sentence": sentence(step, explanation),
        "becomes": step.becomes,
        "add": step.add,
    }


def sentence(step: Suggestion, explanation: Explanation) -> str:
    """Say what to do, without the statement itself."""
    if step.change is Change.ADD:
        return f"Add this statement to {_where_to_add(step, explanation)}."
    place = _place(step)
    if step.change is Change.EDIT:
        return f"{place} allows all of this but for its {step.element}: {_edit(step, explanation.request)}"
    if place is None:
        denying = f"The {_title(step.layer, step.level, explanation)} holds an explicit deny"
    else:
        denying = f"{place} denies this explicitly"
    return f"{denying}. No Allow outweighs that: whoever keeps it must lift or narrow it."


def _edit(step: Suggestion, request: Request) -> str:
    match step.element:
        case Element.CONDITION:
            wishes = "; ".join(map(_wish, step.conditions))
            hints = unique_keys(_hint(condition) for condition in step.conditions)
            return f"{wishes}. {' '.join(hints)} Or change the condition."
        case Element.ACTION:
            return f"add {request.action} to it."
        case Element.RESOURCE:
            return f"add {request.resource} to it."
        case Element.PRINCIPAL:
            return f"add {request.principal.identity_arn or request.principal.arn or 'the caller'} to it."
        case _:
            return "take out the entries that speak of this request."


def _hint(condition: ConditionTrace) -> str:
    """Say what there is to do about a key, on the side of the request."""
    key = ascii_lower(condition.key)
    return next(
        (hint for start, hint in _HINTS if key.startswith(start)), "Make the request so that it holds."
    )


_HINTS: Final = (
    ("aws:multifactorauth", "Call GetSessionToken with SerialNumber and TokenCode, and use its credentials."),
    ("aws:requesttag/", "Pass such a tag with the request."),
    ("aws:tagkeys", "Pass just such tags with the request."),
    ("aws:principaltag/", "Tag the user or role so, or pass such a session tag to AssumeRole."),
    ("aws:resourcetag/", "Tag the resource so."),
    ("iam:resourcetag/", "Tag the resource so."),
    ("sts:externalid", "Pass such an ExternalId to AssumeRole."),
    ("sts:rolesessionname", "Pass such a RoleSessionName to AssumeRole."),
    ("sts:sourceidentity", "Pass such a SourceIdentity to AssumeRole."),
    ("aws:securetransport", "Ask over HTTPS."),
    ("aws:sourceip", "Ask from such an address."),
    ("iam:permissionsboundary", "Name such a PermissionsBoundary in the request."),
    ("iam:passedtoservice", "Pass the role to such a service."),
)


def _wish(condition: ConditionTrace) -> str:
    wanted = " or ".join(condition.wanted)
    if condition.seen is None:
        seen = "the request has no such key"
    elif isinstance(condition.seen, tuple):
        seen = f"the request has the list {', '.join(condition.seen) or 'of nothing'}"
    else:
        seen = f"the request has {condition.seen}"
    return f"{condition.operator} wants {condition.key} to be {wanted}, and {seen}"


def _place(step: Suggestion) -> str | None:
    statement, policy = step.statement, step.policy
    if statement is None or policy is None:
        return None
    sid = f" ({statement.sid})" if statement.sid else ""
    return f"Statement {statement.index + 1}{sid} of {_named(policy)}"


def _named(policy: Policy) -> str:
    if not policy.arn:
        return f"the {policy.name}" if policy.name else "the policy"
    return f"{policy.name} ({policy.arn})" if policy.name else policy.arn


def _where_to_add(step: Suggestion, explanation: Explanation) -> str:
    request = explanation.request
    named = "" if step.policy is None else f": {_named(step.policy)}"
    match step.layer:
        case Layer.IDENTITY:
            return f"an identity-based policy of {request.principal.identity_arn}"
        case Layer.BOUNDARY:
            return f"the permissions boundary of {request.principal.identity_arn}{named}"
        case Layer.SESSION:
            return "a session policy, and make the session anew with it"
        case Layer.TRUST:
            return f"the trust policy of {request.resource}"
        case Layer.RESOURCE:
            return f"the policy of {request.resource}, in account {request.resource_account}"
        case Layer.RCP:
            return f"the {_title(step.layer, step.level, explanation)}, by attaching RCPFullAWSAccess again"
        case _:
            return f"the {_title(step.layer, step.level, explanation)}{named}"
