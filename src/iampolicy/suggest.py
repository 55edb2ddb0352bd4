"""
The least change that would allow a request.

Layer after layer that withholds its Allow, until the request would be allowed: either the narrowest statement to add, or
the statement that comes nearest to allowing it, with the one element that keeps it from doing so.  A statement that
denies is named, for whoever keeps it to lift or to narrow; nothing is proposed that would go around it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias

from iampolicy.decision import Layer
from iampolicy.document import PolicyKind
from iampolicy.edit import edited
from iampolicy.explain import (
    WITH_PRINCIPALS,
    Asker,
    ConditionTrace,
    Element,
    Explanation,
    Lane,
    Standing,
    StatementTrace,
    explain,
)
from iampolicy.policy_set import Policy, PolicySet, parse
from iampolicy.principals import EVERYONE
from iampolicy.request import Principal, PrincipalKind, Request
from iampolicy.statement import Statement
from iampolicy.variables import literal

Json: TypeAlias = Mapping[str, Any]


class Change(StrEnum):
    ADD = "add"
    EDIT = "edit"
    LIFT = "lift"
    """An explicit Deny: it must be lifted, or narrowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """
    One step towards Allow.

    Attributes:
        level: Of service and resource control policies, from 0, the root's.
        policy: Where the statement is, or belongs; None when the layer has no policy yet, or several to choose from.
        statement: The one to edit or to lift; None when one is to be added.
        element: What of it keeps it from allowing.
        conditions: Of an edit: those that do not hold.
        add: The narrowest statement that would do; None where a Deny stands.
        becomes: The statement as it would be after the edit.
    """

    change: Change
    layer: Layer
    level: int | None = None
    policy: Policy | None = None
    statement: Statement | None = None
    element: Element | None = None
    conditions: tuple[ConditionTrace, ...] = ()
    add: Json | None = None
    becomes: Json | None = None


def suggest(
    request: Request, policies: PolicySet, *, closed: frozenset[Layer] = frozenset()
) -> tuple[Suggestion, ...]:
    """
    Return the least change that would allow *request*: nothing when it is allowed already.

    It may be empty for a denied request, too: when an evaluation went wrong, and for actions and resources that no
    statement can name.

    Args:
        request: What was asked.
        policies: What bears on it.
        closed: Layers whose policies the reader may not see: what to add to them is told, never what is in them.
    """
    found: list[Suggestion] = []
    explanation = explain(request, policies)
    # This ends: each step takes away what denies, or makes one lane more allow.
    while not explanation.decision.allowed and not explanation.decision.fault:
        steps, policies = _next(explanation, policies, closed)
        if not steps:
            break
        found.extend(steps)
        explanation = explain(request, policies)
    return tuple(found)


def _next(
    explanation: Explanation, policies: PolicySet, closed: frozenset[Layer]
) -> tuple[list[Suggestion], PolicySet]:
    """Return what to do now, and the policies as they would be after it."""
    denying = [lane for lane in explanation.lanes if lane.standing is Standing.DENIES]
    if denying:
        after = policies
        for lane in denying:
            after = _without(after, lane)
        return [step for lane in denying for step in _denials(lane, closed)], after
    for lane in explanation.lanes:
        step = _step(explanation.request, lane, closed) if lane.withholds else None
        if step is not None:
            suggestion, statement = step
            return [suggestion], _with(policies, lane, statement)
    return [], policies


def _denials(lane: Lane, closed: frozenset[Layer]) -> Iterator[Suggestion]:
    if lane.layer in closed:
        yield Suggestion(change=Change.LIFT, layer=lane.layer, level=lane.level)
        return
    for trace in lane.statements:
        if trace.matched and trace.statement.denies:
            yield Suggestion(
                change=Change.LIFT,
                layer=lane.layer,
                level=lane.level,
                policy=trace.policy,
                statement=trace.statement,
            )


def _step(request: Request, lane: Lane, closed: frozenset[Layer]) -> tuple[Suggestion, Statement] | None:
    """Return what makes *lane* allow, and the compiled statement with which it does."""
    variables = all(trace.policy.variables for trace in lane.policies)
    narrowest = _narrowest(request, lane.layer, variables=variables)
    if narrowest is None:
        return None
    add, compiled = narrowest
    if lane.layer not in closed and lane.layer is not Layer.RCP:
        for element in _NEAREST_FIRST:
            for trace in lane.statements:
                found = _edit(request, lane, trace, element, add)
                if found is not None:
                    return found
    # Of several policies of the caller any may take it; of a boundary or a resource there is only one.
    several = lane.layer in {Layer.IDENTITY, *closed} or len(lane.policies) != 1
    policy = None if several else lane.policies[0].policy
    return Suggestion(change=Change.ADD, layer=lane.layer, level=lane.level, policy=policy, add=add), compiled


def _edit(
    request: Request, lane: Lane, trace: StatementTrace, element: Element, add: Json
) -> tuple[Suggestion, Statement] | None:
    """Return the edit of one statement; None when it is not the one *element* that keeps it from allowing."""
    if trace.failed != (element,) or trace.fault or trace.statement.denies:
        return None
    becomes = edited(trace, element, request, _principal_element(request.principal))
    if becomes is None:
        return None
    policy = _compile(becomes, lane.layer, variables=trace.policy.variables)
    if not _matches(request, lane.layer, policy):
        return None
    failing = tuple(condition for condition in trace.conditions if not condition.held)
    suggestion = Suggestion(
        change=Change.EDIT,
        layer=lane.layer,
        level=lane.level,
        policy=trace.policy,
        statement=trace.statement,
        element=element,
        conditions=failing,
        add=add,
        becomes=becomes,
    )
    return suggestion, policy.statements[0]


_NEAREST_FIRST: Final = (
    Element.CONDITION,
    Element.RESOURCE,
    Element.PRINCIPAL,
    Element.NOT_RESOURCE,
    Element.NOT_ACTION,
    Element.ACTION,
)
"""A statement that is about this action on this resource was more likely meant than one that is about another."""

_KINDS: Final[Mapping[Layer, PolicyKind]] = {layer: PolicyKind(layer.value) for layer in Layer}

_ALL: Final[Json] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
"""``RCPFullAWSAccess``: the only resource control policy that allows, since those of customers may only deny."""


def _narrowest(request: Request, layer: Layer, *, variables: bool) -> tuple[Json, Statement] | None:
    """Return the narrowest statement of *layer* that allows *request*; None when no statement can name it."""
    for candidate in _candidates(request, layer, variables=variables):
        policy = _compile(candidate, layer, variables=variables)
        if _matches(request, layer, policy):
            return candidate, policy.statements[0]
    return None


def _candidates(request: Request, layer: Layer, *, variables: bool) -> list[Json]:
    if layer is Layer.RCP:
        return [_ALL]
    statement: dict[str, Any] = {"Effect": "Allow"}
    if layer in WITH_PRINCIPALS:
        statement["Principal"] = _principal_element(request.principal)
    statement["Action"] = request.action
    if layer is Layer.TRUST:
        return [statement]
    resource = literal(request.resource) if variables else request.resource
    return [{**statement, "Resource": resource}, {**statement, "Resource": "*"}]


def _principal_element(principal: Principal) -> Json | str:
    """Return the element that names *principal* as narrowly as one that lasts: a role, rather than its session."""
    match principal.kind:
        case PrincipalKind.WEB_IDENTITY | PrincipalKind.SAML:
            return {"Federated": principal.provider}
        case PrincipalKind.SERVICE:
            return {"Service": principal.service}
        case PrincipalKind.ANONYMOUS:
            return EVERYONE
        case PrincipalKind.FEDERATED_USER | PrincipalKind.FEDERATED_ROOT:
            return {"AWS": principal.arn}
        case _:
            return {"AWS": principal.identity_arn}


def _compile(statement: Json, layer: Layer, *, variables: bool) -> Policy:
    version = "2012-10-17" if variables else "2008-10-17"
    return parse(json.dumps({"Version": version, "Statement": [statement]}), _KINDS[layer])


def _matches(request: Request, layer: Layer, policy: Policy) -> bool:
    """Tell whether the only statement of *policy* matches."""
    asker = Asker(request, bounded=False)
    return asker.trace(policy, policy.statements[0], with_principals=layer in WITH_PRINCIPALS).matched


def _with(policies: PolicySet, lane: Lane, statement: Statement) -> PolicySet:
    """Return *policies* with one more statement in *lane*."""
    kind = _KINDS[lane.layer]

    def more(policy: Policy | None) -> Policy:
        if policy is None:
            return Policy(kind, "", None, (statement,))
        # A policy finds its statements by their places, which must differ.
        statement.index = 1 + max((other.index for other in policy.statements), default=-1)
        return replace(policy, statements=(*policy.statements, statement))

    match lane.layer:
        case Layer.SCP:
            return replace(policies, scps=_at(policies.scps, lane.level, more(None)))
        case Layer.RCP:
            return replace(policies, rcps=_at(policies.rcps, lane.level, more(None)))
        case Layer.ENDPOINT:
            return replace(policies, endpoint=more(policies.endpoint))
        case Layer.RESOURCE | Layer.TRUST:
            return replace(policies, resource=more(policies.resource))
        case Layer.BOUNDARY:
            return replace(policies, boundary=more(policies.boundary))
        case Layer.SESSION:
            return replace(policies, session=(*(policies.session or ()), more(None)))
        case _:
            return replace(policies, identity=(*policies.identity, more(None)))


def _at(
    levels: tuple[tuple[Policy, ...], ...], level: int | None, policy: Policy
) -> tuple[tuple[Policy, ...], ...]:
    return tuple(
        (*attached, policy) if number == level else attached for number, attached in enumerate(levels)
    )


def _without(policies: PolicySet, lane: Lane) -> PolicySet:
    """Return *policies* without the statements of *lane* that deny."""
    denying = {id(trace.statement) for trace in lane.statements if trace.matched and trace.statement.denies}

    def less(policy: Policy) -> Policy:
        kept = tuple(statement for statement in policy.statements if id(statement) not in denying)
        return policy if len(kept) == len(policy.statements) else replace(policy, statements=kept)

    def each(several: tuple[Policy, ...]) -> tuple[Policy, ...]:
        return tuple(map(less, several))

    return PolicySet(
        identity=each(policies.identity),
        boundary=policies.boundary and less(policies.boundary),
        session=None if policies.session is None else each(policies.session),
        resource=policies.resource and less(policies.resource),
        resource_must_allow=policies.resource_must_allow,
        scps=tuple(map(each, policies.scps)),
        rcps=tuple(map(each, policies.rcps)),
        endpoint=policies.endpoint and less(policies.endpoint),
    )
