"""The versions of managed policies."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.answers import arn, refusal
from tests.support.world import Actor, World, allow, document

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ANY = document(allow("s3:*"))
P = arn("policy/P")


def numbered(number: int) -> str:
    return document(allow("s3:*", Sid=f"s{number}"))


def versions(iam: Any, policy_arn: str = P) -> list[tuple[str, bool]]:
    answer = iam.list_policy_versions(PolicyArn=policy_arn)
    return [(version["VersionId"], version["IsDefaultVersion"]) for version in answer["Versions"]]


@pytest.fixture
def iam(root: Actor) -> Any:
    """Return the client of the root, in an account with the policy `P`."""
    root.iam.create_policy(PolicyName="P", PolicyDocument=ANY)
    return root.iam


def test_a_version_tells_no_document_when_it_is_made(iam: Any) -> None:
    version = iam.create_policy_version(PolicyArn=P, PolicyDocument=numbered(2))["PolicyVersion"]
    assert version == {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": version["CreateDate"]}
    version = iam.create_policy_version(PolicyArn=P, PolicyDocument=ANY, SetAsDefault=True)["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v3", True)
    policy = iam.get_policy(PolicyArn=P)["Policy"]
    assert (policy["DefaultVersionId"], policy["UpdateDate"]) == ("v3", version["CreateDate"])


def test_versions_are_listed_newest_first_and_in_pages(iam: Any) -> None:
    for number in (2, 3):
        iam.create_policy_version(PolicyArn=P, PolicyDocument=numbered(number))
    answer = iam.list_policy_versions(PolicyArn=P)
    assert answer["IsTruncated"] is False
    assert [sorted(version) for version in answer["Versions"]] == [
        ["CreateDate", "IsDefaultVersion", "VersionId"]
    ] * 3
    assert versions(iam) == [("v3", False), ("v2", False), ("v1", True)]
    first = iam.list_policy_versions(PolicyArn=P, MaxItems=1)
    assert [version["VersionId"] for version in first["Versions"]] == ["v3"]
    # A version that has gone meanwhile takes none of the others along.
    iam.delete_policy_version(PolicyArn=P, VersionId="v3")
    rest = iam.list_policy_versions(PolicyArn=P, Marker=first["Marker"])
    assert [version["VersionId"] for version in rest["Versions"]] == ["v2", "v1"]


def test_numbers_are_never_used_again_and_five_versions_are_the_most(iam: Any) -> None:
    for number in (2, 3, 4, 5):
        iam.create_policy_version(PolicyArn=P, PolicyDocument=numbered(number))
    create = iam.create_policy_version
    assert refusal(create, PolicyArn=P, PolicyDocument=numbered(6)) == (
        "LimitExceeded",
        (
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
            "version."
        ),
    )
    iam.delete_policy_version(PolicyArn=P, VersionId="v5")
    assert create(PolicyArn=P, PolicyDocument=numbered(6))["PolicyVersion"]["VersionId"] == "v6"
    assert [name for name, _ in versions(iam)] == ["v6", "v4", "v3", "v2", "v1"]


def test_a_document_round_trips_exactly(world: World, iam: Any) -> None:
    sent = (
        '{ "Version":"2012-10-17",\n\t"Statement":{"Sid":"x", "Effect":"Allow", "Action":"s3:*",'
        '"Resource":"arn:aws:s3:::a%3Ab+c/d é~*"} }'
    )
    iam.create_policy_version(PolicyArn=P, PolicyDocument=sent)
    version = iam.get_policy_version(PolicyArn=P, VersionId="v2")["PolicyVersion"]
    assert version == {
        "Document": json.loads(sent),
        "VersionId": "v2",
        "IsDefaultVersion": False,
        "CreateDate": version["CreateDate"],
    }
    body = world.responses[-1].body.decode()
    assert f"<Document>{quote(sent, safe='')}</Document>" in body


def test_the_default_version_of_a_policy_of_aws_can_be_read(root: Actor) -> None:
    policy = root.iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    version_id = policy["DefaultVersionId"]
    version = root.iam.get_policy_version(PolicyArn=READ_ONLY, VersionId=version_id)["PolicyVersion"]
    assert version == {
        "Document": version["Document"],
        "VersionId": version_id,
        "IsDefaultVersion": True,
        "CreateDate": policy["UpdateDate"],
    }
    assert "s3:Get*" in str(version["Document"]["Statement"])
    assert versions(root.iam, READ_ONLY) == [(version_id, True)]
    assert refusal(root.iam.get_policy_version, PolicyArn=READ_ONLY, VersionId="v9999") == (
        "NoSuchEntity",
        f"Policy {READ_ONLY} version v9999 does not exist or is not attachable.",
    )


def test_another_version_can_be_made_the_default(world: World, iam: Any) -> None:
    bob = world.user("bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=P)
    iam.create_policy_version(PolicyArn=P, PolicyDocument=document(allow("iam:ListUsers")))
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"
    updated = iam.get_policy(PolicyArn=P)["Policy"]["UpdateDate"]
    iam.set_default_policy_version(PolicyArn=P, VersionId="v2")
    bob.iam.list_users()
    policy = iam.get_policy(PolicyArn=P)["Policy"]
    assert (policy["DefaultVersionId"], policy["UpdateDate"]) == ("v2", updated)
    assert versions(iam) == [("v2", True), ("v1", False)]


def test_the_default_version_is_not_deleted(iam: Any) -> None:
    iam.create_policy_version(PolicyArn=P, PolicyDocument=ANY, SetAsDefault=True)
    assert refusal(iam.delete_policy_version, PolicyArn=P, VersionId="v2") == (
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    )
    iam.delete_policy_version(PolicyArn=P, VersionId="v1")
    assert versions(iam) == [("v2", True)]


@pytest.mark.parametrize(
    "method", ["get_policy_version", "delete_policy_version", "set_default_policy_version"]
)
def test_a_missing_version_is_reported_like_a_missing_policy(iam: Any, method: str) -> None:
    operation = getattr(iam, method)
    for policy_arn in (P, arn("policy/ghost")):
        for version_id in ("v9", "v1.beta", "v99999999999999999999", "v" + "9" * 5000):
            assert refusal(operation, PolicyArn=policy_arn, VersionId=version_id) == (
                "NoSuchEntity",
                f"Policy {policy_arn} version {version_id} does not exist or is not attachable.",
            )


def test_a_version_id_has_its_form(iam: Any) -> None:
    assert refusal(iam.get_policy_version, PolicyArn=P, VersionId="1") == (
        "ValidationError",
        (
            "1 validation error detected: Value at 'versionId' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"
        ),
    )
