"""The tree: its root, and who is whose parent and child."""

from typing import Any

from iamd.domain.organizational_units import PREFIX as UNIT
from iamd.domain.organizations import ROOT_NAME, ROOT_PREFIX, Organization
from iamd.errors.organizations import (
    AccountNotFoundException,
    ChildNotFoundException,
    ParentNotFoundException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import check_parent, get_member, page
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_resources import entities, whole
from iamd.operations.paginate import slice_of
from iamd.operations.registry import Mode, organizations_operation


@organizations_operation("ListRoots", on=whole(Delegable.READING), mode=Mode.READ)
def list_roots(call: Call, params: Params) -> Result:
    """List the roots, of which there is one."""
    organization = readable_organization(call)
    return page(
        call,
        params,
        "Roots",
        slice_of([organization], lambda each: each.root_id),
        lambda each: each.root_id,
        show_root,
    )


@organizations_operation("ListChildren", on=entities("ParentId", delegable=Delegable.READING), mode=Mode.READ)
def list_children(call: Call, params: Params) -> Result:
    """
    List the ids of the accounts, or of the units, directly in the root or in a unit.

    Raises:
        ParentNotFoundException: There is no such root or unit.
    """
    organization = readable_organization(call)
    parent_id = check_parent(call, organization, params["ParentId"], ParentNotFoundException)
    type_ = params["ChildType"]

    def fetch(after: str | None, limit: int) -> list[str]:
        where = (organization.organization_id, parent_id, after, limit)
        if type_ == "ACCOUNT":
            return [member.account_id for member in call.store.organization_members.children(*where)]
        return [unit.unit_id for unit in call.store.organizational_units.children(*where)]

    return page(call, params, "Children", fetch, str, lambda id_: {"Id": id_, "Type": type_})


@organizations_operation("ListParents", on=entities("ChildId", delegable=Delegable.READING), mode=Mode.READ)
def list_parents(call: Call, params: Params) -> Result:
    """
    Tell where an account or a unit is; a list, though it has one member.

    Raises:
        ChildNotFoundException: There is no such account or unit.
    """
    organization = readable_organization(call)
    parent_id = _parent_of(call, organization, params["ChildId"])
    return page(
        call,
        params,
        "Parents",
        slice_of([parent_id], str),
        str,
        lambda id_: {
            "Id": id_,
            "Type": "ROOT" if id_.startswith(ROOT_PREFIX) else "ORGANIZATIONAL_UNIT",
        },
    )


def show_root(organization: Organization) -> dict[str, Any]:
    return {
        "Id": organization.root_id,
        "Arn": organization.root_arn,
        "Name": ROOT_NAME,
        "PolicyTypes": [{"Type": type_.value, "Status": "ENABLED"} for type_ in organization.policy_types],
    }


def _parent_of(call: Call, organization: Organization, child_id: str) -> str:
    if child_id.startswith(UNIT):
        unit = call.store.organizational_units.find(organization.organization_id, child_id)
        if unit is None:
            raise ChildNotFoundException
        return unit.parent_id
    try:
        return get_member(call, organization, child_id).parent_id
    except AccountNotFoundException:
        raise ChildNotFoundException from None
