"""
What may be decided when a part of the context is not known: always allowed, under conditions, or never.

The engine itself decides, twice.  What a statement asks of the known part is settled first; a statement that asks for more
is open.  With every open Allow left out and every open Deny taken as one, what is allowed is allowed whatever the rest of
the context; with every open Allow taken as one and every open Deny left out, what is denied is denied whatever the rest.

Conditions are not held against each other: a request is said to be allowed under conditions even where no context could
meet all of them.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from iampolicy.condition import ConditionText, condition_texts
from iampolicy.decision import Layer
from iampolicy.errors import EvaluationError
from iampolicy.evaluate import evaluate
from iampolicy.explain import resource_layer_of
from iampolicy.policy_set import Policy, PolicySet
from iampolicy.request import Request
from iampolicy.statement import Statement
from iampolicy.text import ascii_lower
from iampolicy.variables import variable_names
from iampolicy.wildcard import compile_pattern

IsOpen: TypeAlias = Callable[[str], bool]
"""Tells of a context key, in lower case, whether its value is not known; what is known not to be there is known."""


_COLONS: Final = 5
"""Of an ARN that has all its parts."""


class Possibility(StrEnum):
    ALWAYS = "always"
    """Allowed, whatever the rest of the context."""
    CONDITIONALLY = "conditionally"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class OpenStatement:
    """
    A statement of which it is not known whether it matches.

    Attributes:
        conditions: Those of its conditions that are open, in the order of the document.
        resources: Its ``Resource`` or ``NotResource``, where a policy variable leaves that open; else empty.
    """

    layer: Layer
    policy: Policy
    statement: Statement
    conditions: tuple[ConditionText, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """
    What may be decided.

    Attributes:
        needs: Of what is allowed conditionally: for each layer (of organizations, for each level) that must allow and has
            open statements alone to do it, those statements; one of them must match.
        unless: The open statements that deny when they match.
    """

    possibility: Possibility
    needs: tuple[tuple[OpenStatement, ...], ...] = ()
    unless: tuple[OpenStatement, ...] = ()

    @property
    def possible(self) -> bool:
        return self.possibility is not Possibility.NEVER


_NEVER: Final = Prospect(Possibility.NEVER)
_ALWAYS: Final = Prospect(Possibility.ALWAYS)


def prospect(request: Request, policies: PolicySet, is_open: IsOpen) -> Prospect:
    """
    Return what may be decided about *request*, whose context holds all that is known.  Never raises.

    Args:
        request: What is asked.
        policies: That bear on it.
        is_open: Which context keys are not known.
    """
    settled = _Settled(request, policies, is_open)
    strict = evaluate(request, settled.put_together(settled.strict))
    if strict.allowed:
        return _ALWAYS
    if not settled.open:
        return _NEVER
    if not evaluate(request, settled.put_together(settled.lenient)).allowed:
        return _NEVER
    needed = settled.needed()
    return Prospect(
        Possibility.CONDITIONALLY,
        tuple(settled.alternatives(place) for place in needed),
        tuple(settled.open[id(hit)] for _, _, hit in strict.hits if hit.denies and id(hit) in settled.open),
    )


class _Place(NamedTuple):
    """Where policies stand of which one must allow; *level* is of organizations."""

    layer: Layer
    level: int = 0


class _Versions(NamedTuple):
    """The statements of a policy that match, and those that may."""

    strict: Policy
    lenient: Policy
    certain: Policy


_Levels: TypeAlias = dict[_Place, tuple[_Versions, ...]]


class _Settled:
    """
    The policies, with all settled that the known part of the context settles.

    Attributes:
        open: The open statements, by the identity of what stands for them.
    """

    def __init__(self, request: Request, policies: PolicySet, is_open: IsOpen) -> None:
        self._request = request
        self._policies = policies
        self._is_open = is_open
        self.open: dict[int, OpenStatement] = {}
        self._levels: _Levels = {
            place: tuple(self._versions(place.layer, policy) for policy in here)
            for place, here in _places(policies)
        }

    @property
    def strict(self) -> dict[_Place, tuple[Policy, ...]]:
        return {place: tuple(each.strict for each in here) for place, here in self._levels.items()}

    @property
    def lenient(self) -> dict[_Place, tuple[Policy, ...]]:
        return {place: tuple(each.lenient for each in here) for place, here in self._levels.items()}

    def needed(self) -> list[_Place]:
        """Return the places whose open statements must allow, the others being as lenient as they may."""
        chosen = self.lenient
        needed = []
        for place, here in self._levels.items():
            without = {**chosen, place: tuple(each.certain for each in here)}
            if evaluate(self._request, self.put_together(without)).allowed:
                chosen = without
            else:
                needed.append(place)
        return needed

    def alternatives(self, place: _Place) -> tuple[OpenStatement, ...]:
        """Return the open statements at *place* that allow."""
        request, bounded = self._request, self._policies.boundary is not None
        found = []
        for versions in self._levels[place]:
            for statement in versions.lenient.statements:
                about = self.open.get(id(statement))
                names = statement.text.principal is None or statement.grant(
                    request.principal, bounded=bounded
                )
                if about is not None and names:
                    found.append(about)
        return tuple(found)

    def put_together(self, chosen: dict[_Place, tuple[Policy, ...]]) -> PolicySet:
        def single(layer: Layer) -> Policy | None:
            return next(iter(chosen.get(_Place(layer), ())), None)

        def levels(layer: Layer, original: tuple[tuple[Policy, ...], ...]) -> tuple[tuple[Policy, ...], ...]:
            return tuple(chosen[_Place(layer, level)] for level in range(len(original)))

        policies = self._policies
        return replace(
            policies,
            identity=chosen[_Place(Layer.IDENTITY)],
            boundary=single(Layer.BOUNDARY),
            session=None if policies.session is None else chosen[_Place(Layer.SESSION)],
            resource=single(resource_layer_of(policies)),
            scps=levels(Layer.SCP, policies.scps),
            rcps=levels(Layer.RCP, policies.rcps),
            endpoint=single(Layer.ENDPOINT),
        )

    def _versions(self, layer: Layer, policy: Policy) -> _Versions:
        about = policy.about(self._request.action)
        if not any(statement.asks for statement in about):
            return _Versions(policy, policy, policy)
        strict: list[Statement] = []
        lenient: list[Statement] = []
        certain: list[Statement] = []
        for statement in about:
            what = self._settle(policy, statement)
            if what is None:
                continue
            stands_for, conditions, resources = what
            if not (conditions or resources):
                for each in (strict, lenient, certain):
                    each.append(stands_for)
                continue
            (strict if statement.denies else lenient).append(stands_for)
            self.open[id(stands_for)] = OpenStatement(layer, policy, statement, conditions, resources)
        return _Versions(_of(policy, strict), _of(policy, lenient), _of(policy, certain))

    def _settle(
        self, policy: Policy, statement: Statement
    ) -> tuple[Statement, tuple[ConditionText, ...], tuple[str, ...]] | None:
        """
        Return what stands for *statement*, with what is open of it; None when it cannot match.

        What stands for it matches whenever its action and its principal do.
        """
        request = self._request
        try:
            entries = (*(statement.text.resource or ()), *(statement.text.not_resource or ()))
            resources = entries if self._any_open(policy, entries) else ()
            if resources:
                if not _may_name(statement, request.resource):
                    return None
            elif statement.resource is not None and not statement.resource(request.target, request.values):
                return None
            conditions = []
            for check, text in zip(statement.checks, condition_texts(statement.text.condition), strict=True):
                if self._is_open(ascii_lower(text.key)) or self._any_open(policy, text.values):
                    conditions.append(text)
                elif not check(request.values):
                    return None
        except EvaluationError:
            # As it is: the engine denies what it cannot evaluate (semantics 61).
            return statement, (), ()
        stands_for = copy.copy(statement)
        stands_for.checks, stands_for.resource, stands_for.asks = (), None, False
        return stands_for, tuple(conditions), resources

    def _any_open(self, policy: Policy, texts: Iterable[str]) -> bool:
        """Tell whether a policy variable in *texts* is open."""
        return policy.variables and any(
            self._is_open(ascii_lower(key)) for text in texts for key in variable_names(text)
        )


def _may_name(statement: Statement, resource: str) -> bool:
    """Tell whether *statement* can speak of *resource*, whatever its variables stand for; in doubt it can."""
    entries = statement.text.resource
    if entries is None:
        return True
    return any(
        entry.count(":") < _COLONS or compile_pattern(ascii_lower(_opened(entry)))(ascii_lower(resource))
        for entry in entries
    )


def _opened(entry: str) -> str:
    """Put a wildcard for each policy variable, and for what is left open of one."""
    first, *rest = entry.split("${")
    return first + "".join("*" + part.partition("}")[2] for part in rest)


def _places(policies: PolicySet) -> Iterator[tuple[_Place, tuple[Policy, ...]]]:
    """Yield the policies by where they stand, those first that another place may stand in for."""
    yield _Place(Layer.IDENTITY), policies.identity
    for layer, policy in (
        (Layer.BOUNDARY, policies.boundary),
        (resource_layer_of(policies), policies.resource),
        (Layer.ENDPOINT, policies.endpoint),
    ):
        if policy is not None:
            yield _Place(layer), (policy,)
    if policies.session is not None:
        yield _Place(Layer.SESSION), policies.session
    for layer, levels in ((Layer.SCP, policies.scps), (Layer.RCP, policies.rcps)):
        for level, attached in enumerate(levels):
            yield _Place(layer, level), attached


def _of(policy: Policy, statements: list[Statement]) -> Policy:
    return Policy(policy.kind, policy.name, policy.arn, tuple(statements), policy.text, policy.variables)
