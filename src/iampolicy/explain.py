"""
Say why: what every layer, policy and statement had to say about a request.

Nothing here decides.  `evaluate` does, and has long done so when somebody asks for its reasons; an explanation asks every
statement again, one element after the other, and lays the answers side by side.  What the lanes say must add up to the
decision, and the tests hold that it does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from iampolicy.condition import condition_texts
from iampolicy.decision import Decision, Layer, Outcome
from iampolicy.document import ConditionBlock, PolicyKind
from iampolicy.errors import EvaluationError
from iampolicy.evaluate import NEEDING_A_SESSION_POLICY, ROOTS, evaluate, needs_no_permission
from iampolicy.policy_set import Policy, PolicySet
from iampolicy.principals import Grant
from iampolicy.request import Request
from iampolicy.statement import Statement
from iampolicy.text import ascii_lower
from iampolicy.variables import Template, parse_template


class Element(StrEnum):
    """An element of a statement that a request can fail at."""

    PRINCIPAL = "Principal"
    NOT_PRINCIPAL = "NotPrincipal"
    ACTION = "Action"
    NOT_ACTION = "NotAction"
    RESOURCE = "Resource"
    NOT_RESOURCE = "NotResource"
    CONDITION = "Condition"


class Standing(StrEnum):
    """What a lane says as a whole."""

    DENIES = "denies"
    ALLOWS = "allows"
    SILENT = "silent"
    EXEMPT = "exempt"
    """It is not asked: service control and resource control policies leave service-linked roles alone."""


@dataclass(frozen=True, slots=True)
class ConditionTrace:
    """
    One operator with one key.

    Attributes:
        wanted: The values of the policy, as written.
        meant: The same with their policy variables replaced, None for one that cannot be; empty when there are none.
        seen: What the request has: one value, a list, or None when it has no such key.
    """

    operator: str
    key: str
    wanted: tuple[str, ...]
    meant: tuple[str | None, ...]
    seen: str | tuple[str, ...] | None
    held: bool


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """
    What one statement said.

    Attributes:
        failed: The elements that did not match, in the order in which they are asked; empty when all did.
        conditions: All of its conditions, whether or not the elements before them matched.
        grant: How directly it names the caller; None where statements name no principals.
        fault: Why it could not be asked to its end; empty when it could.
    """

    policy: Policy
    statement: Statement
    failed: tuple[Element, ...]
    conditions: tuple[ConditionTrace, ...] = ()
    grant: Grant | None = None
    fault: str = ""

    @property
    def matched(self) -> bool:
        return not self.failed and not self.fault

    @property
    def about_request(self) -> bool:
        """Whether everything matches but, perhaps, conditions."""
        return not self.fault and self.failed in {(), (Element.CONDITION,)}

    @property
    def first_failed(self) -> Element | None:
        return self.failed[0] if self.failed else None


@dataclass(frozen=True, slots=True)
class PolicyTrace:
    policy: Policy
    statements: tuple[StatementTrace, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """
    One layer; service and resource control policies have one lane for each level.

    Attributes:
        level: From 0, the root's, down to the account's; None where there are no levels.
        grant: How directly it lets the caller in; None where statements name no principals.
        needed: Whether nothing else can stand in for its Allow, the other lanes being as they are.
    """

    layer: Layer
    level: int | None
    policies: tuple[PolicyTrace, ...]
    standing: Standing
    grant: Grant | None
    needed: bool

    @property
    def statements(self) -> Iterator[StatementTrace]:
        return (trace for policy in self.policies for trace in policy.statements)

    @property
    def withholds(self) -> bool:
        """Whether its silence alone is enough for a denial."""
        return self.needed and self.standing is Standing.SILENT


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    A decision and all that was said.

    Attributes:
        lanes: Those that exist, in the order of AWS's evaluation.
        decided: The lane that decided; None when the action needs no permission.
    """

    request: Request
    decision: Decision
    lanes: tuple[Lane, ...]
    decided: Lane | None


def explain(request: Request, policies: PolicySet) -> Explanation:
    """Decide about *request*, as `evaluate` does, and say why.  Never raises; costs many times what a decision does."""
    decision = evaluate(request, policies)
    lanes = tuple(_lanes(request, policies))
    decided = None if decision.allowed and needs_no_permission(request) else _decided(decision, lanes)
    return Explanation(request, decision, lanes, decided)


def _decided(decision: Decision, lanes: tuple[Lane, ...]) -> Lane | None:
    of_layer = [lane for lane in lanes if lane.layer is decision.layer]
    if decision.outcome is Outcome.EXPLICIT_DENY:
        of_layer = [lane for lane in of_layer if lane.standing is Standing.DENIES]
    elif decision.outcome is Outcome.IMPLICIT_DENY and not decision.fault:
        withholding = [lane for lane in lanes if lane.withholds]
        # A resource that lets an account in is blamed for what that account does not allow (semantics 76).
        of_layer = [lane for lane in withholding if lane.layer is decision.layer] or withholding
    return of_layer[0] if of_layer else None


def _lanes(request: Request, policies: PolicySet) -> Iterator[Lane]:
    asker = Asker(request, bounded=policies.boundary is not None)
    resource = policies.resource
    resource_layer = resource_layer_of(policies)
    granted = Grant.NONE if resource is None else asker.lane(resource_layer, (resource,)).grant or Grant.NONE
    needed = _needed(request, policies, granted)
    exempt = request.principal.service_linked
    for layer, levels in ((Layer.SCP, policies.scps), (Layer.RCP, policies.rcps)):
        for level, attached in enumerate(levels):
            if exempt:
                yield Lane(layer, level, (), Standing.EXEMPT, None, needed=False)
            else:
                yield asker.lane(layer, attached, level, needed=True)
    if policies.endpoint is not None:
        yield asker.lane(Layer.ENDPOINT, (policies.endpoint,), needed=True)
    if resource is not None or resource_layer in needed:
        attached = () if resource is None else (resource,)
        yield asker.lane(resource_layer, attached, needed=resource_layer in needed)
    if policies.identity or request.principal.has_identity:
        yield asker.lane(Layer.IDENTITY, policies.identity, needed=Layer.IDENTITY in needed)
    if policies.boundary is not None:
        yield asker.lane(Layer.BOUNDARY, (policies.boundary,), needed=Layer.BOUNDARY in needed)
    if policies.session is not None or request.principal.kind in NEEDING_A_SESSION_POLICY:
        yield asker.lane(Layer.SESSION, policies.session or (), needed=Layer.SESSION in needed)


def resource_layer_of(policies: PolicySet) -> Layer:
    """Return which layer the policy of the resource is."""
    resource = policies.resource
    return Layer.TRUST if resource is not None and resource.kind is PolicyKind.TRUST else Layer.RESOURCE


def _needed(request: Request, policies: PolicySet, granted: Grant) -> frozenset[Layer]:
    """Return the layers below the organization's whose Allow nothing stands in for, given what the resource grants."""
    resource = resource_layer_of(policies)
    own = frozenset({Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION})
    principal = request.principal
    if not principal.has_identity:
        return frozenset({resource})
    if principal.account != request.resource_account:
        return own | {resource}  # semantics 62
    if granted is Grant.DIRECT:
        return frozenset()
    if granted is Grant.ENTITY:
        return own - {Layer.IDENTITY}
    return own | {resource} if policies.resource_must_allow else own


class Asker:
    """
    Asks statements about one request.

    Args:
        request: What was asked.
        bounded: Whether the caller has a permissions boundary.
    """

    def __init__(self, request: Request, *, bounded: bool) -> None:
        self._request = request
        self._bounded = bounded

    def lane(
        self, layer: Layer, policies: Iterable[Policy], level: int | None = None, *, needed: bool = False
    ) -> Lane:
        with_principals = layer in WITH_PRINCIPALS
        traces = tuple(
            PolicyTrace(
                policy,
                tuple(
                    self.trace(policy, statement, with_principals=with_principals)
                    for statement in policy.statements
                ),
            )
            for policy in policies
        )
        matched = [trace for policy in traces for trace in policy.statements if trace.matched]
        if any(trace.statement.denies for trace in matched):
            standing = Standing.DENIES
        elif matched or (layer is Layer.IDENTITY and self._request.principal.kind in ROOTS):
            standing = Standing.ALLOWS  # the root needs no policy of its own
        else:
            standing = Standing.SILENT
        grants = [trace.grant or Grant.NONE for trace in matched if not trace.statement.denies]
        grant = max(grants, default=Grant.NONE) if with_principals else None
        return Lane(layer, level, traces, standing, grant, needed)

    def trace(self, policy: Policy, statement: Statement, *, with_principals: bool) -> StatementTrace:
        request, text = self._request, statement.text
        failed: list[Element] = []
        grant: Grant | None = None
        if with_principals:
            grant = statement.grant(request.principal, bounded=self._bounded)
            if grant is Grant.NONE:
                failed.append(Element.PRINCIPAL if text.not_principal is None else Element.NOT_PRINCIPAL)
        if not statement.covers(ascii_lower(request.action)):
            failed.append(Element.ACTION if text.not_action is None else Element.NOT_ACTION)
        try:
            if statement.resource is not None and not statement.resource(request.target, request.values):
                failed.append(Element.RESOURCE if text.not_resource is None else Element.NOT_RESOURCE)
            conditions = tuple(self._conditions(policy, statement))
        except EvaluationError as error:
            return StatementTrace(policy, statement, tuple(failed), (), grant, str(error))
        if not all(condition.held for condition in conditions):
            failed.append(Element.CONDITION)
        return StatementTrace(policy, statement, tuple(failed), conditions, grant)

    def _conditions(self, policy: Policy, statement: Statement) -> Iterator[ConditionTrace]:
        block = statement.text.condition
        written = zip(condition_texts(block), _keys_as_written(block), statement.checks, strict=True)
        for text, key, check in written:
            yield ConditionTrace(
                text.operator,
                key,
                text.values,
                self._meant(policy, text.values),
                self._seen(text.key),
                check(self._request.values),
            )

    def _meant(self, policy: Policy, values: tuple[str, ...]) -> tuple[str | None, ...]:
        parsed = [parse_template(value, enabled=policy.variables) for value in values]
        if all(isinstance(value, str) for value in parsed):
            return ()
        context = self._request.values
        return tuple(value.text(context) if isinstance(value, Template) else value for value in parsed)

    def _seen(self, key: str) -> str | tuple[str, ...] | None:
        value = self._request.values.get(key)
        if value is None or isinstance(value, str | tuple):
            return value
        # Two spellings of one key that say different things (semantics 35): all that they say.
        found: list[str] = []
        for name, given in self._request.context.items():
            if ascii_lower(name) == key:
                found.extend([given] if isinstance(given, str) else given)
        return tuple(found)


WITH_PRINCIPALS = frozenset({Layer.RESOURCE, Layer.TRUST, Layer.RCP, Layer.ENDPOINT})
"""The layers whose statements say whom they mean."""


def _keys_as_written(block: ConditionBlock) -> list[str]:
    """Return the keys of `condition_texts` in the spelling that comes first."""
    found: list[str] = []
    for _, keys in block:
        first: dict[str, str] = {}
        for key, _ in keys:
            first.setdefault(ascii_lower(key), key)
        found.extend(first.values())
    return found
