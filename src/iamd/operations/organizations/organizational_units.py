"""
Organizational units.

What holds for every operation here:

* A name is unique in its parent, with regard to case.
* A unit never moves, and units are at most five deep.
* A new unit has the policies attached that allow everything, one for each type that is enabled.
"""

from dataclasses import replace
from typing import Any

from iamd.directory.organizations import path_to
from iamd.domain import organization_limits as limits
from iamd.domain.organizational_units import DEEPEST, PREFIX, OrganizationalUnit
from iamd.domain.organizations import ROOT_PREFIX, Organization
from iamd.errors.organizations import (
    ConstraintViolationException,
    DuplicateOrganizationalUnitException,
    OrganizationalUnitNotEmptyException,
    OrganizationalUnitNotFoundException,
    ParentNotFoundException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import (
    attach_full_access,
    check_parent,
    managed_organization,
    page,
    path_of,
)
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_resources import demand_tagging, entities, entity
from iamd.operations.organizations.tags import checked_tags
from iamd.operations.registry import Mode, organizations_operation


@organizations_operation("CreateOrganizationalUnit", on=entities("ParentId"), mode=Mode.WRITE)
def create_organizational_unit(call: Call, params: Params) -> Result:
    """
    Make a unit in the root or in another unit.

    Raises:
        ParentNotFoundException: There is no such root or unit.
        DuplicateOrganizationalUnitException: The parent has a unit of this name.
        ConstraintViolationException: It would be the sixth level, or one unit too many.
    """
    organization = managed_organization(call)
    parent_id = check_parent(call, organization, params["ParentId"], ParentNotFoundException)
    tags = checked_tags(params.get("Tags", ()))
    # The root is the first on the path, and no level of units.
    if len(path_to(call.store, organization, parent_id)) > DEEPEST:
        raise ConstraintViolationException(
            "You attempted to create an OU tree that is too many levels deep.",
            reason="OU_DEPTH_LIMIT_EXCEEDED",
        )
    units = call.store.organizational_units
    if units.find_by_name(organization.organization_id, parent_id, params["Name"]) is not None:
        raise DuplicateOrganizationalUnitException
    unit = OrganizationalUnit(
        organization_id=organization.organization_id,
        unit_id=call.ids.lower_id(f"{PREFIX}{organization.root_id.removeprefix(ROOT_PREFIX)}-", 8),
        parent_id=parent_id,
        name=params["Name"],
        tags=tags,
    )
    units.add(unit)
    limits.check_quota(
        "OU_NUMBER_LIMIT_EXCEEDED",
        "You have exceeded the number of OUs that you can have in an organization.",
        units.count(organization.organization_id),
        limits.ORGANIZATIONAL_UNITS,
    )
    attach_full_access(call, organization, unit.unit_id, organization.policy_types)
    demand_tagging(call, params, entity(call, organization, unit.unit_id))
    return {"OrganizationalUnit": show_unit(call, organization, unit)}


@organizations_operation("UpdateOrganizationalUnit", on=entities("OrganizationalUnitId"), mode=Mode.WRITE)
def update_organizational_unit(call: Call, params: Params) -> Result:
    """
    Give a unit another name.

    Raises:
        OrganizationalUnitNotFoundException: There is no such unit.
        DuplicateOrganizationalUnitException: The parent has another unit of this name.
    """
    organization = managed_organization(call)
    unit = _get(call, organization, params["OrganizationalUnitId"])
    unit = replace(unit, name=params.get("Name", unit.name))
    call.store.organizational_units.put(unit)
    return {"OrganizationalUnit": show_unit(call, organization, unit)}


@organizations_operation("DeleteOrganizationalUnit", on=entities("OrganizationalUnitId"), mode=Mode.WRITE)
def delete_organizational_unit(call: Call, params: Params) -> Result:
    """
    Remove an empty unit.

    Raises:
        OrganizationalUnitNotFoundException: There is no such unit.
        OrganizationalUnitNotEmptyException: It has accounts or units in it.
    """
    organization = managed_organization(call)
    unit = _get(call, organization, params["OrganizationalUnitId"])
    where = (organization.organization_id, unit.unit_id, None, 1)
    if call.store.organization_members.children(*where) or call.store.organizational_units.children(*where):
        raise OrganizationalUnitNotEmptyException
    call.store.organization_policy_attachments.remove_target(organization.organization_id, unit.unit_id)
    call.store.organizational_units.delete(unit)
    return None


@organizations_operation(
    "DescribeOrganizationalUnit",
    on=entities("OrganizationalUnitId", delegable=Delegable.READING),
    mode=Mode.READ,
)
def describe_organizational_unit(call: Call, params: Params) -> Result:
    """
    Tell of a unit.

    Raises:
        OrganizationalUnitNotFoundException: There is no such unit.
    """
    organization = readable_organization(call)
    unit = _get(call, organization, params["OrganizationalUnitId"])
    return {"OrganizationalUnit": show_unit(call, organization, unit)}


@organizations_operation(
    "ListOrganizationalUnitsForParent", on=entities("ParentId", delegable=Delegable.READING), mode=Mode.READ
)
def list_organizational_units_for_parent(call: Call, params: Params) -> Result:
    """
    List the units directly in the root or in a unit.

    Raises:
        ParentNotFoundException: There is no such root or unit.
    """
    organization = readable_organization(call)
    parent_id = check_parent(call, organization, params["ParentId"], ParentNotFoundException)
    return page(
        call,
        params,
        "OrganizationalUnits",
        lambda after, limit: call.store.organizational_units.children(
            organization.organization_id, parent_id, after, limit
        ),
        lambda unit: unit.unit_id,
        lambda unit: show_unit(call, organization, unit),
    )


def show_unit(call: Call, organization: Organization, unit: OrganizationalUnit) -> dict[str, Any]:
    return {
        "Id": unit.unit_id,
        "Arn": organization.arn_of("ou", unit.unit_id),
        "Name": unit.name,
        "Path": path_of(call, organization, unit.unit_id),
    }


def _get(call: Call, organization: Organization, unit_id: str) -> OrganizationalUnit:
    unit = call.store.organizational_units.find(organization.organization_id, unit_id)
    if unit is None:
        raise OrganizationalUnitNotFoundException
    return unit
