"""
How many operations of each service the gateway can map, counted from requests with made-up parameters.

``python -m tests.enforcement.mapped_operations --write`` (`make mapped`) writes the table anew: what the mapping has lost
stands in the difference.  What it has won in guesses does not: that is for test_mapping_needs.py.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.serialized import operations, request_of, service, services, signing_name

from iamd.enforcement.mapping import operations as found_by
from iamd.enforcement.mapping.actions import actions_of, prefix_of
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.names import fold
from iamd.enforcement.mapping.reference import service_of
from iamd.enforcement.mapping.resources import Home, Kind, collection_of
from iamd.enforcement.mapping.services import needs_of

TABLE = Path(__file__).with_name("mapped_operations.txt")
OTHERS = {"iam", "organizations", "s3", "sts"}
"""Services that do not go this way."""

_ACCOUNTS = {"AccountId", "CatalogId", "QueueOwnerAWSAccountId", "registryId"}
_MODELS = Models()
_HOME = Home("eu-west-1", "123456789012")


def counted(name: str) -> tuple[int, int]:
    """Return how many operations of a service are mapped, and how many there are."""
    names = list(operations(name))
    return sum(_is_mapped(name, operation) for operation in names), len(names)


def _is_mapped(name: str, operation: str) -> bool:
    return any(_maps(name, operation, parameters) for parameters in _made_up(name, operation))


def _maps(name: str, operation: str, parameters: dict[str, Any]) -> bool:
    request = request_of(name, operation, **parameters)
    signed_for = signing_name(name)
    try:
        found = found_by.find(request, _MODELS.prepare(signed_for))
        return bool(list(needs_of(found, request, signed_for, _HOME)))
    except UnmappedRequest:
        return False


def _made_up(name: str, operation: str) -> Iterator[dict[str, Any]]:
    shape = service(name).operation_model(operation).input_shape
    accounts = {each: _HOME.account_id for each in shape.members if each in _ACCOUNTS} if shape else {}
    yield accounts
    prefix = prefix_of(signing_name(name))
    actions = [service_of(prefix).action(each) for each in actions_of(prefix, operation)]
    kinds = [kind for action in actions for kind in action.kinds]
    if shape is None or not kinds:
        return
    made: dict[str, Any] = dict(accounts)
    for member, told in shape.members.items():
        of_list = told.type_name == "list" and told.member.type_name == "string"
        if fold(member).endswith(("arn", "arns", "resource", "resourceid")) and (
            told.type_name == "string" or of_list
        ):
            arn = collection_of(_likely(kinds, fold(member)), _HOME, "x")
            made[member] = [arn] if of_list else arn
    yield made


def _likely(kinds: list[Kind], member: str) -> Kind:
    return next((kind for kind in kinds if fold(kind.name) in member), kinds[0])


def lines() -> Iterator[str]:
    """Yield the lines of the table."""
    mapped_in_all = all_of_them = 0
    for name in services():
        if name not in OTHERS:
            mapped, there_are = counted(name)
            mapped_in_all, all_of_them = mapped_in_all + mapped, all_of_them + there_are
            yield f"{name} {mapped}/{there_are}"
    yield f"all {mapped_in_all}/{all_of_them}"


def table() -> dict[str, str]:
    """Return the table as it is kept."""
    rows: list[list[str]] = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return {row[0]: row[1] for row in rows}


if __name__ == "__main__":
    if "--write" in sys.argv:
        TABLE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
    else:
        sys.stdout.write("\n".join(lines()) + "\n")
