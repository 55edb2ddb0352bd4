"""Tags of roots, units, accounts and policies."""

from collections.abc import Callable

import pytest
from tests.support.answers import content, refusal
from tests.support.organization import Organized, reason
from tests.support.world import ACCOUNT, allow

RESOURCES: dict[str, Callable[[Organized], str]] = {
    "root": lambda org: org.root_id,
    "unit": lambda org: org.unit("prod"),
    "account": lambda _org: ACCOUNT,
    "policy": lambda org: org.policy("policy", allow("*")),
}


def tags(org: Organized, resource_id: str) -> dict[str, str]:
    listed = org.client.list_tags_for_resource(ResourceId=resource_id)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def wire(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


@pytest.mark.parametrize("kind", RESOURCES)
def test_tags_are_put_and_taken_away(org: Organized, kind: str) -> None:
    id_ = RESOURCES[kind](org)
    assert tags(org, id_) == {}
    assert (
        content(org.client.tag_resource(ResourceId=id_, Tags=wire(team="red", Team="blue", empty=""))) == {}
    )
    assert tags(org, id_) == {"Team": "blue", "empty": "", "team": "red"}
    org.client.tag_resource(ResourceId=id_, Tags=wire(team="green"))
    assert tags(org, id_)["team"] == "green"
    assert content(org.client.untag_resource(ResourceId=id_, TagKeys=["Team", "not there"])) == {}
    assert tags(org, id_) == {"empty": "", "team": "green"}


def test_what_is_made_with_tags_has_them(org: Organized) -> None:
    given = wire(team="red")
    assert tags(org, org.unit("prod", Tags=given)) == {"team": "red"}
    assert tags(org, org.account("alpha", Tags=given)) == {"team": "red"}
    assert tags(org, org.policy("policy", allow("*"), Tags=given)) == {"team": "red"}


def test_unacceptable_tags_are_refused(org: Organized) -> None:
    twice = [*wire(team="red"), *wire(team="blue")]
    assert reason(org.client.tag_resource, ResourceId=ACCOUNT, Tags=twice) == (
        "InvalidInputException",
        "DUPLICATE_TAG_KEY",
    )
    system = [{"Key": "AWS:team", "Value": "red"}]
    assert reason(org.client.tag_resource, ResourceId=ACCOUNT, Tags=system) == (
        "InvalidInputException",
        "INVALID_SYSTEM_TAGS_PARAMETER",
    )
    fifty = [{"Key": str(number), "Value": ""} for number in range(50)]
    org.client.tag_resource(ResourceId=ACCOUNT, Tags=fifty)
    too_many = ("ConstraintViolationException", "MAX_TAG_LIMIT_EXCEEDED")
    assert reason(org.client.tag_resource, ResourceId=ACCOUNT, Tags=wire(one="more")) == too_many
    one_more = [*fifty, *wire(one="more")]
    assert reason(org.client.create_organizational_unit, ParentId=org.root_id, Name="n", Tags=one_more) == (
        too_many
    )


@pytest.mark.parametrize(
    "id_", ["r-none", "ou-abcd-00000000", "000000000000", "p-00000000", "p-FullAWSAccess", "rp-0000"]
)
def test_what_is_not_there_has_no_tags(org: Organized, id_: str) -> None:
    missing = ("TargetNotFoundException", "You specified a target that doesn't exist.")
    assert refusal(org.client.tag_resource, ResourceId=id_, Tags=wire(team="red")) == missing
    assert refusal(org.client.untag_resource, ResourceId=id_, TagKeys=["team"]) == missing
    assert refusal(org.client.list_tags_for_resource, ResourceId=id_) == missing


def test_units_and_policies_made_with_tags_need_the_permission_to_tag(org: Organized) -> None:
    maker = org.world.user(
        "maker", allow(["organizations:CreateOrganizationalUnit", "organizations:CreatePolicy"])
    ).organizations
    given = wire(team="red")
    unit = {"ParentId": org.root_id, "Name": "prod"}
    code, message = refusal(maker.create_organizational_unit, **unit, Tags=given)
    assert code == "AccessDeniedException"
    assert "organizations:TagResource" in message
    maker.create_organizational_unit(**unit)
    policy = {
        "Name": "n",
        "Description": "",
        "Type": "SERVICE_CONTROL_POLICY",
        "Content": '{"Version": "2012-10-17", "Statement": '
        '[{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    }
    assert refusal(maker.create_policy, **policy, Tags=given)[0] == "AccessDeniedException"
    maker.create_policy(**policy)
