"""
Which parameters may name a variable of an ARN: ``${FunctionName}`` is told by ``FunctionName``, or by ``Function`` …

A name stays a name and an id an id: a service that knows both knows two things by them.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_GENERIC: Final = frozenset({"id", "name", "resourceid", "resourcename", "resource", "identifier"})
_PREFIXES: Final = ("source", "target", "destination", "new")
_ENDINGS: Final = {
    "name": ("name", "identifier", "", "url"),
    "id": ("id", "identifier", ""),
    "identifier": ("identifier", "id", "name", ""),
}


def fold(name: str) -> str:
    """Return *name* as it is compared: in lower case, without hyphens and underscores."""
    return name.replace("-", "").replace("_", "").lower()


@lru_cache(maxsize=16384)
def spellings(variable: str, kind: str) -> tuple[str, ...]:
    """Return the names, folded, that a parameter for *variable* may have; the first one is its own."""
    return tuple(dict.fromkeys(_spellings(fold(variable), fold(kind))))


def _spellings(variable: str, kind: str) -> Iterator[str]:
    yield variable
    if variable in _GENERIC:
        yield from (kind + ending for ending in ("name", "id", "identifier", ""))
        return
    for own, endings in _ENDINGS.items():
        if variable.endswith(own):
            stem = variable.removesuffix(own)
            yield from (stem + ending for ending in endings)
            return
    yield from (variable + ending for ending in ("name", "id", "identifier"))


@lru_cache(maxsize=16384)
def generic_spellings(variable: str, kind: str) -> tuple[str, ...]:
    """Return the names that say *variable* where the request is about one thing alone, which is of *kind*."""
    folded, thing = fold(variable), fold(kind)
    stem = folded
    ending = ""
    for own in ("identifier", "name", "id"):
        if folded.endswith(own):
            stem, ending = folded.removesuffix(own), own
            break
    if stem not in {thing, "", "resource"} and not (len(stem) > 2 and thing.endswith(stem)):
        return ()
    # `Name` alone is that of the one thing that the request is about.
    return tuple(dict.fromkeys((*((ending,) if ending else ("name", "id")), "identifier", "resourceid")))


def prefixed(names: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of what is copied, or comes of it: ``SourceSnapshotName`` and ``TargetSnapshotName``."""
    return (prefix + name for name in names if name for prefix in _PREFIXES)
