"""
What a policy grants, in a table: for each statement and service the access level, the resources and the conditions.

It is for a glance, as AWS's policy summaries are, and decides nothing: a Deny of one row may take away what another row
allows.  AWS: *Understand access level summaries within policy summaries*.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from iamd.catalogue.completions import actions_of
from iamd.catalogue.service_actions import service_names
from iampolicy import PolicyKind
from iampolicy.lints.collector import Collector, StatementNode
from iampolicy.positions import Lines
from iampolicy.source import Node, SourceError, read_source
from iampolicy.text import ascii_lower
from iampolicy.wildcard import compile_pattern, has_wildcard

_MOST_ROWS: Final = 200
_MOST_TEXTS: Final = 5
"""Resources, principals and conditions of one row; how many more there are is told."""
_LONGEST_TEXT: Final = 300
_MOST_MATCHES: Final = 500_000
"""Of a name of an action with a pattern; a fifth of a second.  No policy within the quotas comes near it."""

_LEVELS: Final = ("List", "Read", "Write", "Permissions management", "Tagging")
_EVERYTHING: Final = "All services"
_FULL: Final = "Full access"


def summarize(text: str, kind: PolicyKind) -> list[dict[str, Any]] | None:
    """
    Return the rows of the table, at most two hundred; None when *text* cannot be read.

    Whatever else is wrong with the document, what can be understood of it is told.
    """
    try:
        root = read_source(text)
    except SourceError:
        return None
    line = Lines(text).position
    levels = _Levels()
    rows: list[dict[str, Any]] = []
    for number, statement in enumerate(Collector(text, root, kind, None).statements, 1):
        about = {
            "statement": number,
            "sid": _shortened(_text(statement.element("Sid"))),
            "line": line(statement.node.begin).line,
            "effect": statement.effect if statement.effect in {"Allow", "Deny"} else "",
            "principals": _few(_principals(statement)),
            "resources": _few(_resources(statement)),
            "conditions": _few(_conditions(statement)),
        }
        for service, level in _grants(statement, levels):
            if len(rows) >= _MOST_ROWS:
                return rows
            rows.append(about | {"service": _shortened(service), "level": _shortened(level)})
    return rows


class _Levels:
    """Works out access levels, as long as it does not take too long."""

    def __init__(self) -> None:
        self._left = _MOST_MATCHES

    def of(self, prefix: str, patterns: Iterable[str]) -> str:
        """Say what *patterns*, all of them of one service and in lower case, come to."""
        actions = actions_of(prefix)
        if not actions:
            return "No such service"
        names = {ascii_lower(action.name): action.about for action in actions}
        granted: set[str] = set()
        for pattern in patterns:
            if not has_wildcard(pattern):
                granted |= {pattern} & names.keys()
                continue
            self._left -= len(names)
            if self._left < 0:
                return "Too many actions to say"
            granted.update(filter(compile_pattern(pattern), names))
        return _said(names, granted)


def _said(names: Mapping[str, str], granted: set[str]) -> str:
    if len(granted) == len(names):
        return _FULL
    of_level, granted_of = _by_level(names, names), _by_level(names, granted)
    full = [level for level in _LEVELS if level in granted_of and granted_of[level] == of_level[level]]
    limited = [level for level in _LEVELS if level in granted_of and level not in full]
    said = [
        f"{word}: {', '.join(levels)}" for word, levels in (("Full", full), ("Limited", limited)) if levels
    ]
    return "; ".join(said) or "No known action"


def _by_level(names: Mapping[str, str], some: Iterable[str]) -> Mapping[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for name in some:
        counts[names[name]] += 1
    return counts


def _grants(statement: StatementNode, levels: _Levels) -> Iterator[tuple[str, str]]:
    """Yield each service with its access level."""
    if statement.element("NotAction") is not None:
        named = [node.text or "" for node in statement.texts("NotAction")]
        yield _EVERYTHING, f"All but {', '.join(named)}"
        return
    patterns = {ascii_lower(node.text or "") for node in statement.texts("Action")}
    if "*" in patterns or "*:*" in patterns:
        yield _EVERYTHING, _FULL
        return
    services: defaultdict[str, list[str]] = defaultdict(list)
    for pattern in patterns:
        services[pattern.partition(":")[0]].append(pattern)
    names = service_names()
    for prefix, of_service in sorted(services.items()):
        called = f"{names[prefix]} ({prefix})" if prefix in names else prefix
        yield called, levels.of(prefix, of_service)


def _resources(statement: StatementNode) -> list[str]:
    found = [node.text or "" for node in statement.texts("Resource")]
    if "*" in found:
        return ["All resources"]
    return [*found, *(f"All but {node.text}" for node in statement.texts("NotResource"))]


def _principals(statement: StatementNode) -> list[str]:
    found: list[str] = []
    for name, before in (("Principal", ""), ("NotPrincipal", "All but ")):
        element = statement.element(name)
        if element is None:
            continue
        if element.text is not None:
            found.append(f"{before}{element.text}")
        for kind, values in element.members.items():
            found += (f"{before}{kind}: {value.text}" for value in values.listed if value.text is not None)
    return found


def _conditions(statement: StatementNode) -> list[str]:
    return [
        f"{condition.operator.name} {condition.key.name}: {', '.join(str(value.value) for value in condition.values)}"
        for condition in statement.conditions
    ]


def _few(texts: list[str]) -> dict[str, Any]:
    return {"texts": list(map(_shortened, texts[:_MOST_TEXTS])), "more": max(0, len(texts) - _MOST_TEXTS)}


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"


def _text(node: Node | None) -> str:
    return (node.text or "") if node else ""
