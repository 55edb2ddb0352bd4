"""
Indices over statements, so that what a decision costs does not grow with the statements that do not bear on it.

Both only leave out: what they find is a superset of what matches, in the order of the document.
"""

from collections.abc import Iterable
from typing import Final

from iampolicy.arn import Target, resource_start
from iampolicy.statement import Statement
from iampolicy.text import ascii_lower
from iampolicy.wildcard import has_wildcard

FEWEST: Final = 8
"""Statements; so few are asked sooner than looked up."""

_MOST_LENGTHS: Final = 8
"""How many beginnings of an ARN are looked up at most."""


class ActionIndex:
    """The statements of a policy, by the actions they name."""

    __slots__ = ("_anywhere", "_exact", "_service")

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._anywhere: list[Statement] = []
        self._service: dict[str, list[Statement]] = {}
        self._exact: dict[str, list[Statement]] = {}
        for statement in statements:
            patterns = frozenset(map(ascii_lower, statement.text.action or ()))
            if statement.text.not_action is not None or not patterns.isdisjoint({"*", "*:*"}):
                self._anywhere.append(statement)
                continue
            services = {pattern.partition(":")[0] for pattern in patterns if has_wildcard(pattern)}
            for service in services:
                self._service.setdefault(service, []).append(statement)
            for pattern in patterns:
                # A pattern that is not valid matches not even itself.
                if pattern.partition(":")[0] not in services and statement.covers(pattern):
                    self._exact.setdefault(pattern, []).append(statement)

    def about(self, action: str) -> tuple[Statement, ...]:
        """Return the statements that speak of *action*, which is in lower case."""
        named = self._exact.get(action, ())
        of_service = self._service.get(action.partition(":")[0], ())
        found = [statement for statement in (*self._anywhere, *of_service) if statement.covers(action)]
        found += named
        found.sort(key=_place)
        return tuple(found)


def _place(statement: Statement) -> int:
    return statement.index


class ResourceIndex:
    """
    Many statements about one action, by how the ARNs begin that they speak of.

    Attributes:
        statements: All of them.
    """

    __slots__ = ("_anywhere", "_beginning", "_lengths", "statements")

    def __init__(self, statements: tuple[Statement, ...]) -> None:
        self.statements = statements
        starts = {
            statement.index: frozenset(map(resource_start, statement.text.resource or ("*",)))
            for statement in statements
        }
        self._lengths = _lengths({len(start) for each in starts.values() for start in each if "" not in each})
        self._anywhere: list[Statement] = []
        self._beginning: dict[str, list[Statement]] = {}
        for statement in statements:
            if "" in starts[statement.index]:
                self._anywhere.append(statement)
                continue
            for beginning in {self._cut(start) for start in starts[statement.index]}:
                self._beginning.setdefault(beginning, []).append(statement)

    def about(self, target: Target) -> list[Statement]:
        """Return the statements that may speak of *target*; not to be changed."""
        folded, beginning = target.folded, self._beginning
        found = [self._anywhere] if self._anywhere else []
        for length in self._lengths:
            bucket = beginning.get(folded[:length])
            if bucket is not None:
                found.append(bucket)
        if len(found) == 1:
            return found[0]
        # A statement with several resources may be found by more than one of them.
        by_index = {statement.index: statement for bucket in found for statement in bucket}
        return [by_index[index] for index in sorted(by_index)]

    def _cut(self, start: str) -> str:
        """Return the longest beginning of *start* that is looked up."""
        return start[: max(length for length in self._lengths if length <= len(start))]


def _lengths(occurring: set[int]) -> tuple[int, ...]:
    """Return some of the lengths that occur, the shortest always among them, so that each text has a beginning."""
    ordered = sorted(occurring)
    step = -(-len(ordered) // _MOST_LENGTHS) or 1
    return tuple(ordered[::step])
