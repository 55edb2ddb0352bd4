"""Who makes something may not tag it by that alone: of the services that ask for an action of tags, with whatever takes them."""

import pytest
from tests.support.serialized import operations, request_of, service, signing_name
from tests.support.world import ACCOUNT

from iamd.enforcement.mapping import operations as mapping
from iamd.enforcement.mapping import services
from iamd.enforcement.mapping.actions import actions_of
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.context import tags_of
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.reference import service_of
from iamd.enforcement.mapping.resources import Home

MODELS = Models()
HOME = Home("eu-west-1", ACCOUNT)
TAGGING = {
    "athena": "athena:TagResource",
    "backup": "backup:TagResource",
    "batch": "batch:TagResource",
    "dynamodb": "dynamodb:TagResource",
    "ecs": "ecs:TagResource",
    "eks": "eks:TagResource",
    "emr": "elasticmapreduce:AddTags",
    "glue": "glue:TagResource",
    "lambda": "lambda:TagResource",
    "stepfunctions": "states:TagResource",
}


def parameter_of_tags(name: str, operation: str) -> dict[str, object]:
    """Return the parameter by which *operation* takes tags, with one in it; nothing where it takes none."""
    shape = service(name).operation_model(operation).input_shape
    for member, about in (shape.members if shape is not None else {}).items():
        if about.type_name == "map" and about.value.type_name == "string":
            given: object = {"team": "blue"}
        elif about.type_name == "list" and about.member.type_name == "structure":
            given = [{each: "team" if each.lower() == "key" else "blue" for each in about.member.members}]
        else:
            continue
        if tags_of({member: given}).get("aws:RequestTag/team") == "blue":
            return {member: given}
    return {}


@pytest.mark.parametrize("name", TAGGING)
def test_whatever_takes_tags_needs_the_action_of_tags(name: str) -> None:
    action = TAGGING[name]
    prefix = action.partition(":")[0]
    found, missing = [], []
    for operation in operations(name):
        given = parameter_of_tags(name, operation)
        known = [service_of(prefix).action(each) for each in actions_of(prefix, operation)]
        if (
            not given
            or "Tag" in operation
            or not any("aws:requesttag/${tagkey}" in each.keys for each in known)
        ):
            continue
        request = request_of(name, operation, **given)
        asked = mapping.find(request, MODELS.prepare(signing_name(name)))
        try:
            needs = list(services.needs_of(asked, request, signing_name(name), HOME))
        except UnmappedRequest:
            continue  # With values that are made up: nobody is let do it, then.
        found.append(operation)
        if not any(need.action == action and need.context["aws:RequestTag/team"] == "blue" for need in needs):
            missing.append(operation)
    assert missing == []
    assert found
