"""
As much of JSON Schema (2020-12) as our own schemas use.

A keyword that is not known here is an error, so that a schema cannot rely on what nobody checked.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "number": (int, float),
}
_INSIDE = {"properties", "additionalProperties", "items", "minItems"}
_SILENT = {"$schema", "$id", "$defs", "title", "description"}


def complaints(schema: Mapping[str, Any], value: Any) -> list[str]:
    """Return what is wrong with *value*; nothing when it is valid."""
    return _check(schema, schema, value, "")


def _check(root: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str) -> list[str]:
    found: list[str] = []
    for keyword, wanted in schema.items():
        if keyword in _CHECKS:
            found += [f"{at}: {complaint}" for complaint in _CHECKS[keyword](wanted, value)]
        elif keyword == "$ref":
            found += _check(root, _resolve(root, wanted), value, at)
        elif keyword == "anyOf":
            branches = [_check(root, branch, value, at) for branch in wanted]
            found += [f"{at}: none of {branches}"] if all(branches) else []
        elif keyword not in _INSIDE | _SILENT:
            raise NotImplementedError(keyword)
    return found + _inside(root, schema, value, at)


def _type(wanted: str | list[str], value: Any) -> list[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    return [] if any(_is(name, value) for name in names) else [f"not of type {names}"]


def _pattern(wanted: str, value: Any) -> list[str]:
    return [f"does not match {wanted}"] if isinstance(value, str) and not re.search(wanted, value) else []


def _required(wanted: list[str], value: Any) -> list[str]:
    return [f"no {name}" for name in wanted if isinstance(value, dict) and name not in value]


_CHECKS: Mapping[str, Callable[[Any, Any], list[str]]] = {
    "type": _type,
    "enum": lambda wanted, value: [] if value in wanted else [f"not one of {wanted}"],
    "pattern": _pattern,
    "required": _required,
}


def _inside(root: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str) -> list[str]:
    found: list[str] = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        others = schema.get("additionalProperties", {})
        for name, member in value.items():
            below = known.get(name, others)
            if below is False:
                found.append(f"{at}/{name}: not known")
            else:
                found += _check(root, below, member, f"{at}/{name}")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            found.append(f"{at}: too few items")
        for number, item in enumerate(value):
            found += _check(root, schema.get("items", {}), item, f"{at}/{number}")
    return found


def _is(name: str, value: Any) -> bool:
    if name == "number" and isinstance(value, bool):
        return False
    return isinstance(value, _TYPES[name])


def _resolve(root: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
