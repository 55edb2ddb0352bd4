"""
Tags of roots, units, accounts and policies.

Keys compare with regard to case.  AWS: *Tagging AWS Organizations resources*.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from iamd.domain import organization_limits as limits
from iamd.domain.ids import AccountId
from iamd.domain.organization_policies import PREFIX as POLICY
from iamd.domain.organization_resource_policies import PREFIX as RESOURCE_POLICY
from iamd.domain.organizational_units import PREFIX as UNIT
from iamd.domain.organizations import Organization
from iamd.domain.tags import RESERVED_PREFIX, Tag, merge, without
from iamd.errors.organizations import InvalidInputException, TargetNotFoundException
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import find_policy, page
from iamd.operations.organization_delegation import Delegable, changeable_organization, readable_organization
from iamd.operations.organization_resources import entities
from iamd.operations.paginate import slice_of
from iamd.operations.registry import Mode, organizations_operation


@organizations_operation(
    "TagResource", on=entities("ResourceId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def tag_resource(call: Call, params: Params) -> Result:
    """
    Add tags, or give those that are there other values.

    Raises:
        TargetNotFoundException: There is no such thing in the organization.
        InvalidInputException: A key occurs twice, or is AWS's own.
        ConstraintViolationException: There would be more tags than allowed.
    """
    organization = changeable_organization(call)
    tags = merge(
        _tags_of(call, organization, params["ResourceId"]), checked_tags(params["Tags"]), ignore_case=False
    )
    _check_number(tags)
    _put(call, organization, params["ResourceId"], tags)
    return None


@organizations_operation(
    "UntagResource", on=entities("ResourceId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def untag_resource(call: Call, params: Params) -> Result:
    """
    Remove tags; keys that are not there are no error.

    Raises:
        TargetNotFoundException: There is no such thing in the organization.
    """
    organization = changeable_organization(call)
    tags = _tags_of(call, organization, params["ResourceId"])
    _put(call, organization, params["ResourceId"], without(tags, params["TagKeys"], ignore_case=False))
    return None


@organizations_operation(
    "ListTagsForResource", on=entities("ResourceId", delegable=Delegable.READING), mode=Mode.READ
)
def list_tags_for_resource(call: Call, params: Params) -> Result:
    """
    List tags, in the order of their keys.

    Raises:
        TargetNotFoundException: There is no such thing in the organization.
    """
    organization = readable_organization(call)
    tags = sorted(_tags_of(call, organization, params["ResourceId"]), key=lambda tag: tag.key)
    return page(
        call,
        params,
        "Tags",
        slice_of(tags, lambda tag: tag.key),
        lambda tag: tag.key,
        lambda tag: tag.wire,
    )


def checked_tags(wire: Iterable[Mapping[str, Any]]) -> tuple[Tag, ...]:
    """
    Read the ``Tags`` of a request.

    Raises:
        InvalidInputException: A key occurs twice, or is AWS's own.
        ConstraintViolationException: They are more than allowed.
    """
    tags = tuple(Tag(item["Key"], item["Value"]) for item in wire)
    if len({tag.key for tag in tags}) != len(tags):
        raise InvalidInputException(
            "Tag keys must be unique among the tags attached to the same entity.", reason="DUPLICATE_TAG_KEY"
        )
    if any(tag.key.lower().startswith(RESERVED_PREFIX) for tag in tags):
        raise InvalidInputException(
            "You specified a tag key that is a system tag.", reason="INVALID_SYSTEM_TAGS_PARAMETER"
        )
    _check_number(tags)
    return tags


def _check_number(tags: tuple[Tag, ...]) -> None:
    limits.check_quota(
        "MAX_TAG_LIMIT_EXCEEDED",
        "You have exceeded the number of tags allowed on this resource.",
        len(tags),
        limits.TAGS,
    )


def _tags_of(call: Call, organization: Organization, id_: str) -> tuple[Tag, ...]:
    if id_.startswith(RESOURCE_POLICY):
        found = call.store.organization_resource_policies.find(organization.organization_id)
        if found is not None and found.policy_id == id_:
            return found.tags
    elif id_.startswith(POLICY):
        policy = find_policy(call, organization, id_)
        if policy is not None and not policy.aws_managed:
            return policy.tags
    elif id_.startswith(UNIT):
        unit = call.store.organizational_units.find(organization.organization_id, id_)
        if unit is not None:
            return unit.tags
    elif id_ == organization.root_id:
        return organization.root_tags
    else:
        member = call.store.organization_members.find(AccountId(id_))
        if member is not None and member.organization_id == organization.organization_id:
            return member.tags
    raise TargetNotFoundException


def _put(call: Call, organization: Organization, id_: str, tags: tuple[Tag, ...]) -> None:
    """Give *tags* to what `_tags_of` has found."""
    store = call.store
    delegation = store.organization_resource_policies.find(organization.organization_id)
    if delegation is not None and delegation.policy_id == id_:
        store.organization_resource_policies.put(replace(delegation, tags=tags))
    elif policy := store.organization_policies.find(organization.organization_id, id_):
        store.organization_policies.put(replace(policy, tags=tags))
    elif unit := store.organizational_units.find(organization.organization_id, id_):
        store.organizational_units.put(replace(unit, tags=tags))
    elif id_ == organization.root_id:
        store.organizations.put(replace(organization, root_tags=tags))
    elif member := store.organization_members.find(AccountId(id_)):
        store.organization_members.put(replace(member, tags=tags))
