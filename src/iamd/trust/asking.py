"""
What may be asked on the way of an escalation: one action on one resource, decided by the engine with all that is known.

Which resources an action may be allowed on is told by the policies of whoever asks: what they do not name needs no
question, so that an account with thousands of users and roles is asked about few of all pairs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from iamd.catalogue.rcp_services import supports_rcps
from iamd.catalogue.services import aws_services
from iamd.trust.accounts import ContextValue, MappedAccount
from iamd.trust.askers import Asker
from iamd.trust.edges import Step
from iampolicy import Policy, PolicySet, Possibility, Prospect, Request, evaluate, prospect
from iampolicy.request import Context
from iampolicy.text import ascii_lower
from iampolicy.variables import Template, parse_template, variable_names
from iampolicy.wildcard import compile_pattern, has_wildcard

_COLONS: Final = 5
"""Of an ARN that has all its parts."""
_CHEAP: Final = 1_000
"""So many ARNs are held against a pattern in the time of one question."""
_SOME: Final = "x"
"""Stands for a name that somebody may choose."""
_REGION: Final = "us-east-1"
_RANK: Final = {Possibility.NEVER: 0, Possibility.CONDITIONALLY: 1, Possibility.ALWAYS: 2}


@dataclass
class Budget:
    """How often the engine may be asked."""

    most: int
    looked: int = 0

    @property
    def spent(self) -> bool:
        return self.looked >= self.most


class Questions:
    """
    Asks the engine for *asker*, about things of its own account.

    Args:
        asker: Somebody who is known.
        account: Its own.
        budget: Of all.
    """

    def __init__(self, asker: Asker, account: MappedAccount, budget: Budget) -> None:
        self.asker = asker
        self._account = account
        self._budget = budget
        self._values = Context(asker.context).folded
        self._services: dict[str, Step | None] = {}

    def step(
        self,
        action: str,
        resource: str,
        context: Mapping[str, ContextValue] | None = None,
        *,
        open_: tuple[str, ...] = (),
        trust_policy: Policy | None = None,
    ) -> Step | None:
        """
        Return *action* on *resource*, or None when it is never allowed.

        Args:
            action: In full.
            resource: An ARN of this account.
            context: What such a request says besides.
            open_: What keys begin with that it may say, in lower case, and nobody knows.
            trust_policy: Of the role that is asked for.
        """
        self._budget.looked += 1
        known = {"aws:ResourceAccount": self._account.account_id, **(context or {})}
        request = Request(
            principal=self.asker.principal,
            action=action,
            resource=resource,
            resource_account=self._account.account_id,
            context={**self.asker.context, **known},
        )
        policies = PolicySet(
            identity=self.asker.identity,
            boundary=self.asker.boundary,
            resource=trust_policy,
            resource_must_allow=trust_policy is not None,
            scps=self.asker.scps,
            rcps=(self._account.rcps or ()) if supports_rcps(action) else (),
        )
        told = frozenset(map(ascii_lower, known))
        found = prospect(
            request,
            policies,
            lambda key: key not in told and (key.startswith(open_) or self.asker.is_open(key)),
        )
        if not found.possible:
            return None
        matched = evaluate(request, policies).matched
        return Step(action, resource, found, tuple(each for each in matched if each.effect.value == "Allow"))

    def service_step(self, action: str) -> Step | None:
        """Return *action* on some resource of its service, whichever it is best allowed on."""
        if action not in self._services:
            self._services[action] = self._on_any(action)
        return self._services[action]

    def _on_any(self, action: str) -> Step | None:
        prefix, _, name = action.partition(":")
        service = aws_services().find(prefix)
        known = None if service is None else service.actions.get(name.lower())
        templates = [type_.arn for type_ in known.resource_types] if known is not None else []
        best: Step | None = None
        # Of a tag that a resource has, or will have, nothing is known either.
        open_ = (f"{prefix}:", "aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")
        for resource in dict.fromkeys(self._resources(action, templates)):
            step = self.step(action, resource, open_=open_)
            if step is not None and (best is None or _rank(step) > _rank(best)):
                best = Step(action, "", step.prospect, step.statements)
                if best.prospect.possibility is Possibility.ALWAYS:
                    break
        return best

    def _resources(self, action: str, templates: list[str]) -> Iterator[str]:
        """Yield resources that stand for all that the policies tell apart."""
        if not templates:
            yield "*"
            return
        shapes = [(template, self._filled(template)) for template in templates]
        yield from (filled for _, filled in shapes)
        for pattern in self._named(action):
            for template, filled in shapes:
                made = _instance(pattern, filled)
                if made is not None and compile_pattern(_glob(template))(made):
                    yield made

    def _filled(self, template: str) -> str:
        made = template.replace("${Partition}", "aws").replace("${Region}", _REGION)
        return _glob(made.replace("${Account}", self._account.account_id)).replace("*", _SOME)

    def _named(self, action: str) -> Iterator[str]:
        """Yield the patterns of resources that the policies of the asker allow *action* on; what is open is a wildcard."""
        for policy in self.asker.identity:
            for statement in policy.about(action):
                if not statement.denies:
                    entries = statement.text.resource
                    yield from ("*",) if entries is None else map(self._settled, entries)

    def _settled(self, entry: str) -> str:
        parsed = parse_template(entry, enabled=True)
        if not isinstance(parsed, Template):
            return parsed
        if all(name in self._values for name in map(ascii_lower, variable_names(entry))):
            return parsed.text(self._values) or entry
        return _glob(entry)

    def among(self, action: str, targets: "Targets") -> Iterable[str]:
        """Return those of *targets* that *action* may be allowed on, and perhaps some more."""
        found: dict[str, None] = {}
        before = targets.matched
        for pattern in dict.fromkeys(self._named(action)):
            found.update(dict.fromkeys(targets.matching(pattern)))
        self._budget.looked += (targets.matched - before) // _CHEAP
        return found


class Targets:
    """
    ARNs of things of one kind, found by patterns of resources.

    Attributes:
        matched: How often an ARN was held against a pattern.
    """

    def __init__(self, arns: Iterable[str]) -> None:
        self._folded = {ascii_lower(arn): arn for arn in arns}
        self._known: dict[str, tuple[str, ...]] = {}
        self.matched = 0
        # By what stands behind the account: in many policies nothing else is open but that.
        self._by_rest: dict[str, list[str]] = {}
        for folded in self._folded:
            self._by_rest.setdefault(folded.split(":", _COLONS)[-1], []).append(folded)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Return those that a policy with *pattern* among its resources may speak of."""
        folded = ascii_lower(pattern)
        if folded not in self._known:
            self._known[folded] = tuple(self._match(folded))
        return self._known[folded]

    def _match(self, pattern: str) -> Iterator[str]:
        if not has_wildcard(pattern):
            if pattern in self._folded:
                yield self._folded[pattern]
            return
        matches: Callable[[str], bool] = compile_pattern(pattern)
        # What is no whole ARN may be read in ways of its own; the engine decides.
        whole = pattern.count(":") >= _COLONS
        rest = pattern.split(":", _COLONS)[-1]
        among = self._by_rest.get(rest, ()) if whole and not has_wildcard(rest) else self._folded
        self.matched += len(among)
        yield from (self._folded[folded] for folded in among if not whole or matches(folded))


def _rank(step: Step) -> int:
    return _RANK[step.prospect.possibility]


def _glob(template: str) -> str:
    """Put a wildcard for each ``${…}``."""
    first, *rest = template.split("${")
    return first + "".join("*" + part.partition("}")[2] for part in rest)


def _instance(pattern: str, filled: str) -> str | None:
    """
    Return an ARN that *pattern* matches, with its first parts, where it leaves those open, as *filled* has them.

    None for a pattern that speaks of another service or account than *filled* alone.
    """
    parts, others = pattern.split(":", _COLONS), filled.split(":", _COLONS)
    if len(parts) <= _COLONS:
        return filled
    head = []
    for part, other, place in zip(
        parts, others, ("arn", "partition", "service", "region", "account"), strict=False
    ):
        if has_wildcard(part) or not part:
            head.append(other)
        elif part != other and place != "region":
            return None
        else:
            head.append(part)
    tail = others[-1] if parts[-1] == "*" else parts[-1].replace("*", _SOME).replace("?", _SOME)
    return ":".join([*head, tail])


def combined(steps: Iterable[Step]) -> Prospect:
    """Return what may be decided when all of *steps* must be allowed."""
    prospects = [step.prospect for step in steps]
    least = min(prospects, key=lambda each: _RANK[each.possibility]).possibility
    needs = tuple(dict.fromkeys(place for each in prospects for place in each.needs))
    return Prospect(least, needs, tuple(dict.fromkeys(each for one in prospects for each in one.unless)))
