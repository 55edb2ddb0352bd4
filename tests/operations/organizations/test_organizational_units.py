"""Organizational units, and the tree that they make."""

import re

import pytest
from tests.support.answers import content, refusal
from tests.support.organization import SCP, Organized, reason
from tests.support.world import ACCOUNT, allow

from iamd.domain import organization_limits as limits
from iamd.domain.organizational_units import OrganizationalUnit
from iamd.store.interface import Transaction

NO_PARENT = ("ParentNotFoundException", "You specified a parent that doesn't exist.")
NO_UNIT = (
    "OrganizationalUnitNotFoundException",
    "You specified an organizational unit that doesn't exist.",
)
DUPLICATE = ("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")


def test_a_new_unit(org: Organized) -> None:
    unit = content(org.client.create_organizational_unit(ParentId=org.root_id, Name="Prod"))[
        "OrganizationalUnit"
    ]
    assert re.fullmatch(f"ou-{org.root_id[2:]}-[a-z0-9]{{8}}", unit["Id"])
    assert unit == {
        "Id": unit["Id"],
        "Arn": org.arn(f"ou/{unit['Id']}"),
        "Name": "Prod",
        "Path": f"{org.id}/{org.root_id}/{unit['Id']}/",
    }
    assert content(org.client.describe_organizational_unit(OrganizationalUnitId=unit["Id"])) == {
        "OrganizationalUnit": unit
    }
    listed = org.client.list_policies_for_target(TargetId=unit["Id"], Filter=SCP)["Policies"]
    assert [policy["Id"] for policy in listed] == ["p-FullAWSAccess"]


def test_names_are_unique_in_their_parent_with_regard_to_case(org: Organized) -> None:
    prod = org.unit("Prod")
    other = org.unit("prod")
    org.unit("Prod", prod)
    assert refusal(org.client.create_organizational_unit, ParentId=org.root_id, Name="Prod") == DUPLICATE
    assert (
        refusal(org.client.update_organizational_unit, OrganizationalUnitId=other, Name="Prod") == DUPLICATE
    )
    renamed = org.client.update_organizational_unit(OrganizationalUnitId=other, Name="dev")
    assert renamed["OrganizationalUnit"]["Name"] == "dev"
    same = org.client.update_organizational_unit(OrganizationalUnitId=other, Name="dev")
    assert same["OrganizationalUnit"] == renamed["OrganizationalUnit"]
    assert (
        org.client.update_organizational_unit(OrganizationalUnitId=other)["OrganizationalUnit"]
        == (renamed["OrganizationalUnit"])
    )


def test_units_are_five_deep_and_no_deeper(org: Organized) -> None:
    path = [org.root_id]
    for level in range(5):
        path.append(org.unit(f"level {level}", path[-1]))
    described = org.client.describe_organizational_unit(OrganizationalUnitId=path[-1])["OrganizationalUnit"]
    assert described["Path"] == "/".join([org.id, *path, ""])
    assert reason(org.client.create_organizational_unit, ParentId=path[-1], Name="six") == (
        "ConstraintViolationException",
        "OU_DEPTH_LIMIT_EXCEEDED",
    )


def test_there_are_not_more_units_than_allowed(org: Organized) -> None:
    def fill(tx: Transaction) -> None:
        for number in range(limits.ORGANIZATIONAL_UNITS - 1):
            unit = OrganizationalUnit(
                organization_id=org.id,  # type: ignore[arg-type]
                unit_id=f"ou-fill-{number:08}",
                parent_id=org.root_id,
                name=str(number),
            )
            tx.organizational_units.add(unit)

    org.world.app.store.write(fill).result()
    org.unit("last")
    assert reason(org.client.create_organizational_unit, ParentId=org.root_id, Name="one more") == (
        "ConstraintViolationException",
        "OU_NUMBER_LIMIT_EXCEEDED",
    )
    assert refusal(org.client.list_organizational_units_for_parent, ParentId="r-none") == NO_PARENT


def test_a_unit_is_removed_when_it_is_empty(org: Organized) -> None:
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    account_id = org.account("alpha", inner)
    for unit_id in (outer, inner):
        assert refusal(org.client.delete_organizational_unit, OrganizationalUnitId=unit_id)[0] == (
            "OrganizationalUnitNotEmptyException"
        )
    org.move(account_id, org.root_id)
    policy_id = org.attach(inner, "policy", allow("*"))
    assert content(org.client.delete_organizational_unit(OrganizationalUnitId=inner)) == {}
    assert refusal(org.client.describe_organizational_unit, OrganizationalUnitId=inner) == NO_UNIT
    assert refusal(org.client.delete_organizational_unit, OrganizationalUnitId=inner) == NO_UNIT
    # What was attached to it is attached to nothing.
    assert org.client.list_targets_for_policy(PolicyId=policy_id)["Targets"] == []
    org.client.delete_policy(PolicyId=policy_id)
    org.unit("inner", outer)


def test_the_tree_is_walked_up_and_down(org: Organized) -> None:
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    account_id = org.account("alpha", inner)

    def children(parent: str, type_: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = org.client.list_children(ParentId=parent, ChildType=type_)["Children"]
        return found

    assert children(org.root_id, "ORGANIZATIONAL_UNIT") == [{"Id": outer, "Type": "ORGANIZATIONAL_UNIT"}]
    assert children(org.root_id, "ACCOUNT") == [{"Id": ACCOUNT, "Type": "ACCOUNT"}]
    assert children(inner, "ORGANIZATIONAL_UNIT") == []
    assert children(inner, "ACCOUNT") == [{"Id": account_id, "Type": "ACCOUNT"}]
    listed = org.client.list_organizational_units_for_parent(ParentId=outer)["OrganizationalUnits"]
    assert listed == [
        org.client.describe_organizational_unit(OrganizationalUnitId=inner)["OrganizationalUnit"]
    ]
    parents = [
        org.client.list_parents(ChildId=child)["Parents"] for child in (account_id, inner, outer, ACCOUNT)
    ]
    assert parents == [
        [{"Id": inner, "Type": "ORGANIZATIONAL_UNIT"}],
        [{"Id": outer, "Type": "ORGANIZATIONAL_UNIT"}],
        [{"Id": org.root_id, "Type": "ROOT"}],
        [{"Id": org.root_id, "Type": "ROOT"}],
    ]


def test_children_come_in_pages(org: Organized) -> None:
    units = sorted(org.unit(name) for name in "abc")
    paginator = org.client.get_paginator("list_organizational_units_for_parent")
    pages = list(paginator.paginate(ParentId=org.root_id, PaginationConfig={"PageSize": 2}))
    assert [[unit["Id"] for unit in page["OrganizationalUnits"]] for page in pages] == [units[:2], units[2:]]
    first = org.client.list_children(ParentId=org.root_id, ChildType="ORGANIZATIONAL_UNIT", MaxResults=1)
    other = {"ParentId": units[0], "ChildType": "ORGANIZATIONAL_UNIT", "NextToken": first["NextToken"]}
    # A token belongs to the list that it was made for.
    assert reason(org.client.list_children, **other) == ("InvalidInputException", "INVALID_NEXT_TOKEN")


@pytest.mark.parametrize("parent", ["r-none", "ou-abcd-00000000"])
def test_a_parent_that_is_not_there(org: Organized, parent: str) -> None:
    assert refusal(org.client.create_organizational_unit, ParentId=parent, Name="n") == NO_PARENT
    assert refusal(org.client.list_children, ParentId=parent, ChildType="ACCOUNT") == NO_PARENT
    assert refusal(org.client.list_organizational_units_for_parent, ParentId=parent) == NO_PARENT


@pytest.mark.parametrize("child", ["000000000000", "ou-abcd-00000000"])
def test_a_child_that_is_not_there(org: Organized, child: str) -> None:
    assert refusal(org.client.list_parents, ChildId=child) == (
        "ChildNotFoundException",
        "You specified a child that doesn't exist.",
    )
