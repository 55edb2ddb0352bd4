"""
Make a differing world small enough to read.

Greedy: whatever can be left out, or made plain, while the difference stays, is.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

Json = dict[str, Any]
Path = tuple[str | int, ...]

_PLAIN: Final = {
    "Action": "*",
    "NotAction": "*",
    "Resource": "*",
    "NotResource": "*",
    "Principal": "*",
    "NotPrincipal": "*",
}
_KEPT: Final = {"principal", "requests", "action", "resource_account", "Effect", "Version", "Statement"}
"""Members that a world is none without, or that say more when they stay."""


def shrink(world: Json, differs: Callable[[Json], bool]) -> Json:
    """Return a part of *world* that still differs; *differs* is False for what is no world."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(world):
            if differs(candidate):
                world, smaller = candidate, True
                break
    return world


def _candidates(world: Json) -> Iterator[Json]:
    for path in _paths(world):
        yield from _without(world, path)


def _paths(node: Any, path: Path = ()) -> Iterator[Path]:
    """Return the places in a world, whole policies before their parts."""
    children = list(
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    )
    for name, _ in children:
        yield (*path, name)
    for name, child in children:
        if (*path, name) != ("principal",):
            yield from _paths(child, (*path, name))


def _without(world: Json, path: Path) -> Iterator[Json]:
    name = path[-1]
    value = _at(world, path)
    if len(path) == 1:
        if name in {"boundary", "session", "resource", "endpoint"} and value is not None:
            yield _with(world, path, None)
        return
    if name in _PLAIN and value != _PLAIN[str(name)]:
        yield _with(world, path, _PLAIN[str(name)])
    if name == "Statement" and isinstance(value, list) and len(value) == 1:
        yield _with(world, path, value[0])
    if (
        isinstance(value, list)
        and len(value) == 1
        and path[0] != "scps"
        and path[0] != "rcps"
        and "context" not in path
    ):
        yield _with(world, path, value[0])
    if name not in _KEPT and not (path[0] == "requests" and len(path) <= 3):
        copy = deepcopy(world)
        del _at(copy, path[:-1])[name]
        yield copy


def _with(world: Json, path: Path, value: Any) -> Json:
    copy = deepcopy(world)
    _at(copy, path[:-1])[path[-1]] = value
    return copy


def _at(node: Any, path: Path) -> Any:
    for name in path:
        node = node[name]
    return node
