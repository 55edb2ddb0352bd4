"""The elements that say what is done, and to what."""

from functools import lru_cache
from typing import Final

from tests.iampolicy.judge.patterns import (
    Token,
    Values,
    Wild,
    expand,
    glob,
    plain,
    same,
    same_but_for_case,
)

_PARTS: Final = 6
_SERVICE: Final = 2
_WITHIN: Final = {"*": Wild.ANY_BUT_COLON, "?": Wild.ONE_BUT_COLON}


class UnusableError(Exception):
    """An entry that cannot be understood: it names nothing, and exempts nothing (semantics 10, 13, 17, 19)."""


@lru_cache(maxsize=65_536)
def action_matches(pattern: str, action: str) -> bool:
    """
    Tell whether one entry of an Action or NotAction names *action*.

    Raises:
        UnusableError: No action can be meant.
    """
    if pattern in {"*", "*:*"}:  # semantics 9
        return True
    service, colon, name = pattern.partition(":")
    if not colon or not name or any(character.isspace() for character in pattern):
        raise UnusableError  # semantics 10
    if "*" in service or "?" in service:
        raise UnusableError  # semantics 9
    asked_service, _, asked_name = action.partition(":")
    # semantics 8: the case of letters does not matter
    return service.lower() == asked_service.lower() and glob(plain(name), asked_name, same_but_for_case)


def resource_matches(
    entry: str, resource: str, *, kind: str, deny: bool, variables: bool, values: Values
) -> bool:
    """
    Tell whether one entry of a Resource or NotResource of an Allow or a Deny names *resource*.

    Raises:
        UnusableError: The entry cannot be understood.
    """
    if entry == "*":  # semantics 12
        return True
    legal = []
    for reading in _readings(entry, kind):
        tokens = _tokens(reading, deny=deny, variables=variables, values=values)
        if deny or not _type_has_wildcard(reading):  # semantics 16
            legal.append(tokens)
    if not legal:
        raise UnusableError
    if resource == "*":  # semantics 18: an action without a resource; only a literal "*" matches
        return False
    return any(_arn_matches(tokens, resource) for tokens in legal)


def _readings(entry: str, kind: str) -> list[str]:
    """Return the full ARN that *entry* stands for, in one way or in two."""
    parts = entry.split(":", _PARTS - 1)
    missing = _PARTS - len(parts)
    if not missing:
        return [entry]
    # semantics 13
    if kind == "rcp":
        raise UnusableError
    if kind == "scp" and not parts[-1].endswith("*"):
        raise UnusableError
    if kind in {"resource", "trust", "endpoint"} and "*" not in entry:
        raise UnusableError
    # semantics 12: as it stands, if a `*` at the end of a segment has crossed the colons that are missing
    return [entry + ":*" * missing, entry]


def _tokens(entry: str, *, deny: bool, variables: bool, values: Values) -> tuple[Token, ...]:
    head, tail = _head(entry, deny=deny, variables=variables)
    expanded = expand(tail, values) if variables else plain(tail)
    if expanded is None:  # semantics 17
        raise UnusableError
    return head + expanded


@lru_cache(maxsize=65_536)
def _head(entry: str, *, deny: bool, variables: bool) -> tuple[tuple[Token, ...], str]:
    """Return the tokens of all segments but the last one, and that as it is written."""
    words = entry.split(":", _PARTS - 1)
    if words[0] != "arn" or len(words) <= _SERVICE or "*" in words[_SERVICE] or "?" in words[_SERVICE]:
        raise UnusableError  # semantics 12: not in the service
    *parts, tail = words
    if variables and any("${" in part for part in parts):
        raise UnusableError  # semantics 17: variables stand only after the fifth colon
    tokens: list[Token] = []
    for index, part in enumerate(parts):
        for at, character in enumerate(part):
            # semantics 12: a star at the end crosses colons; but no wildcard stands for a service in an Allow
            if character == "*" and at == len(part) - 1 and (deny or index > _SERVICE):
                tokens.append(Wild.ANY)
            else:
                tokens.append(_WITHIN.get(character, character))
        tokens.append(":")
    return tuple(tokens), tail


def _type_has_wildcard(entry: str) -> bool:
    """Tell whether there is a wildcard in ``user`` of ``arn:aws:iam::123456789012:user/bob`` (semantics 16)."""
    parts = entry.split(":", _PARTS - 1)
    type_ = parts[-1].split("/")[0]
    return parts[_SERVICE].lower() == "iam" and type_ != "*" and ("*" in type_ or "?" in type_)


@lru_cache(maxsize=65_536)
def _arn_matches(tokens: tuple[Token, ...], resource: str) -> bool:
    colons = [at for at, character in enumerate(resource) if character == ":"]
    start = colons[_PARTS - 2] if len(colons) >= _PARTS - 1 else len(resource)

    def alike(wanted: str, seen: str, at: int) -> bool:
        # semantics 15: case matters in the resource part alone
        return same(wanted, seen, at) if at > start else same_but_for_case(wanted, seen, at)

    return glob(tokens, resource, alike)
