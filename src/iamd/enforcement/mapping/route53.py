"""
The condition keys of Route 53, which its bodies tell.

AWS: *Using IAM policy conditions for fine-grained access control* (Amazon Route 53), with how their values are normalized.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from iamd.enforcement.mapping.context import Context
from iamd.enforcement.mapping.parameters import Parameters

PREFIX: Final = "route53"
_CHANGES: Final = "ChangeResourceRecordSets"
_escaped = re.compile(r"\\([0-3][0-7]{2})", re.ASCII)
_ALONE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def context_of(operation: str, parameters: Parameters) -> Context:
    """Return the keys of a request."""
    if operation == _CHANGES:
        return _of_changes(parameters)
    vpc = parameters.get("VPC")
    if not isinstance(vpc, Mapping):
        vpc = {key: parameters[key] for key in ("VPCId", "VPCRegion") if key in parameters}
    told = [f"{key}={vpc[key]}" for key in ("VPCId", "VPCRegion") if isinstance(vpc.get(key), str)]
    return {"route53:VPCs": (",".join(told),)} if told else {}


def _of_changes(parameters: Parameters) -> Context:
    names, types, actions = [], [], []
    for change in _changes(parameters):
        record = change.get("ResourceRecordSet")
        record = record if isinstance(record, Mapping) else {}
        names.append(normalized(str(record.get("Name", ""))))
        types.append(str(record.get("Type", "")).upper())
        actions.append(str(change.get("Action", "")).upper())
    if not names:
        return {}
    return {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": tuple(dict.fromkeys(names)),
        "route53:ChangeResourceRecordSetsRecordTypes": tuple(dict.fromkeys(types)),
        "route53:ChangeResourceRecordSetsActions": tuple(dict.fromkeys(actions)),
    }


def _changes(parameters: Parameters) -> Iterator[Mapping[str, Any]]:
    batch = parameters.get("ChangeBatch")
    changes = batch.get("Changes") if isinstance(batch, Mapping) else None
    yield from (each for each in changes or () if isinstance(each, Mapping))


def normalized(name: str) -> str:
    """Return a name of DNS as conditions see it: in lower case, without a dot at its end, what is unusual in octal."""
    plain = _escaped.sub(lambda found: chr(int(found[1], 8)), name).lower().removesuffix(".")
    return "".join(
        each if each in _ALONE else "".join(f"\\{byte:03o}" for byte in each.encode()) for each in plain
    )
