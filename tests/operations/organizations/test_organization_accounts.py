"""Accounts: creating, looking, moving, closing."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import content, refusal
from tests.support.organization import ROLE, Organized, reason
from tests.support.world import ACCOUNT, Actor, Credentials, allow

NO_ACCOUNT = ("AccountNotFoundException", "You specified an account that doesn't exist.")


def test_an_account_is_made_and_its_making_looks_asynchronous(org: Organized) -> None:
    asked = content(org.client.create_account(AccountName="Alpha", Email="alpha@example.com"))
    status = asked["CreateAccountStatus"]
    assert re.fullmatch("car-[a-z0-9]{32}", status["Id"])
    assert status == {
        "Id": status["Id"],
        "AccountName": "Alpha",
        "State": "IN_PROGRESS",
        "RequestedTimestamp": status["RequestedTimestamp"],
    }

    told = org.client.describe_create_account_status(CreateAccountRequestId=status["Id"])[
        "CreateAccountStatus"
    ]
    assert re.fullmatch("[1-9][0-9]{11}", told["AccountId"])
    assert told == status | {
        "State": "SUCCEEDED",
        "AccountId": told["AccountId"],
        "CompletedTimestamp": status["RequestedTimestamp"],
    }

    account = content(org.client.describe_account(AccountId=told["AccountId"]))["Account"]
    assert account == {
        "Id": told["AccountId"],
        "Arn": org.arn(f"account/{told['AccountId']}"),
        "Email": "alpha@example.com",
        "Name": "Alpha",
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "Paths": [f"{org.id}/{org.root_id}/{told['AccountId']}/"],
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": status["RequestedTimestamp"],
    }
    listed = org.client.list_accounts()["Accounts"]
    assert account in listed
    assert [each["Id"] for each in listed] == sorted([ACCOUNT, told["AccountId"]])


def test_the_management_account_is_a_member_too(org: Organized) -> None:
    account = org.client.describe_account(AccountId=ACCOUNT)["Account"]
    assert account == {
        "Id": ACCOUNT,
        "Arn": org.arn(f"account/{ACCOUNT}"),
        "Name": ACCOUNT,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "Paths": [f"{org.id}/{org.root_id}/{ACCOUNT}/"],
        "JoinedMethod": "INVITED",
        "JoinedTimestamp": account["JoinedTimestamp"],
    }


def test_the_management_account_reaches_a_new_account_through_a_role(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    assert member.sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{account_id}:assumed-role/{ROLE}/session"
    role = member.iam.get_role(RoleName=ROLE)["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
    ]
    policy = member.iam.get_role_policy(RoleName=ROLE, PolicyName="AdministratorAccess")["PolicyDocument"]
    assert policy["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    # Nobody without permission for it, and nobody from elsewhere.
    bare = org.world.user("bare")
    arn = f"arn:aws:iam::{account_id}:role/{ROLE}"
    assert refusal(bare.sts.assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"
    other = org.enter(org.account("beta"))
    assert refusal(other.sts.assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"


def test_the_role_may_have_another_name(org: Organized) -> None:
    account_id = org.account("alpha", RoleName="Landlord")
    assert org.enter(account_id, "Landlord").sts.get_caller_identity()["Account"] == account_id


def test_the_name_of_a_service_s_role_is_refused(org: Organized) -> None:
    params = {"AccountName": "a", "Email": "a@example.com", "RoleName": "AWSServiceRoleForMe"}
    assert reason(org.client.create_account, **params) == ("InvalidInputException", "INVALID_ROLE_NAME")
    assert org.client.list_create_account_status()["CreateAccountStatuses"] == []


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("alpha@example.com", "EMAIL_ALREADY_EXISTS"),
        ("älpha@example.com", "INVALID_EMAIL"),
        (".alpha@example.com", "INVALID_EMAIL"),
        ("al(pha@example.com", "INVALID_EMAIL"),
        ("alpha@-example.com", "INVALID_EMAIL"),
        ("alpha@exam_ple.com", "INVALID_EMAIL"),
    ],
)
def test_a_wrong_address_fails_the_request_and_not_the_operation(
    org: Organized, email: str, why: str
) -> None:
    org.account("alpha")
    before = org.client.list_accounts()["Accounts"]
    asked = org.client.create_account(AccountName="again", Email=email)["CreateAccountStatus"]
    assert asked["State"] == "IN_PROGRESS"
    told = org.client.describe_create_account_status(CreateAccountRequestId=asked["Id"])[
        "CreateAccountStatus"
    ]
    assert told == asked | {
        "State": "FAILED",
        "FailureReason": why,
        "CompletedTimestamp": asked["RequestedTimestamp"],
    }
    assert org.client.list_accounts()["Accounts"] == before


def test_requests_for_accounts_are_listed_newest_first(org: Organized) -> None:
    org.account("alpha")
    org.world.clock.advance(timedelta(minutes=1))
    org.client.create_account(AccountName="again", Email="alpha@example.com")
    org.world.clock.advance(timedelta(minutes=1))
    org.account("beta")

    def names(**params: Any) -> list[str]:
        listed = org.client.list_create_account_status(**params)["CreateAccountStatuses"]
        return [each["AccountName"] for each in listed]

    assert names() == ["beta", "again", "alpha"]
    assert names(States=["SUCCEEDED"]) == ["beta", "alpha"]
    assert names(States=["FAILED"]) == ["again"]
    assert names(States=["IN_PROGRESS"]) == []
    first = org.client.list_create_account_status(MaxResults=2)
    assert [each["AccountName"] for each in first["CreateAccountStatuses"]] == ["beta", "again"]
    assert names(MaxResults=2, NextToken=first["NextToken"]) == ["alpha"]


def test_a_request_that_was_not_made_is_not_found(org: Organized) -> None:
    assert refusal(org.client.describe_create_account_status, CreateAccountRequestId="car-12345678") == (
        "CreateAccountStatusNotFoundException",
        "You specified a create account request that doesn't exist.",
    )


def test_accounts_are_listed_in_pages(org: Organized) -> None:
    made = {ACCOUNT, *(org.account(name) for name in ("alpha", "beta", "gamma"))}
    pages = list(org.client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 3}))
    assert [[each["Id"] for each in page["Accounts"]] for page in pages] == [
        sorted(made)[:3],
        sorted(made)[3:],
    ]
    token = pages[0]["NextToken"]
    invalid = ("InvalidInputException", "INVALID_NEXT_TOKEN")
    assert reason(org.client.list_accounts, NextToken="x" + token) == invalid
    assert reason(org.client.list_roots, NextToken=token) == invalid
    assert "NextToken" not in pages[1]


def test_accounts_of_a_parent_are_those_directly_in_it(org: Organized) -> None:
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    alpha, beta = org.account("alpha", outer), org.account("beta", inner)

    def within(parent: str) -> list[str]:
        listed = org.client.list_accounts_for_parent(ParentId=parent)["Accounts"]
        assert listed == [org.client.describe_account(AccountId=each["Id"])["Account"] for each in listed]
        return [each["Id"] for each in listed]

    assert (within(org.root_id), within(outer), within(inner)) == ([ACCOUNT], [alpha], [beta])
    assert refusal(org.client.list_accounts_for_parent, ParentId="r-none") == (
        "ParentNotFoundException",
        "You specified a parent that doesn't exist.",
    )


def test_an_account_moves(org: Organized) -> None:
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    account_id = org.account("alpha")
    move = {"AccountId": account_id, "SourceParentId": org.root_id, "DestinationParentId": inner}
    assert content(org.client.move_account(**move)) == {}
    assert content(org.client.list_parents(ChildId=account_id)) == {
        "Parents": [{"Id": inner, "Type": "ORGANIZATIONAL_UNIT"}]
    }
    described = org.client.describe_account(AccountId=account_id)["Account"]
    assert described["Paths"] == [f"{org.id}/{org.root_id}/{outer}/{inner}/{account_id}/"]

    move["SourceParentId"] = inner
    assert refusal(org.client.move_account, **move)[0] == "DuplicateAccountException"
    move |= {"SourceParentId": org.root_id, "DestinationParentId": outer}
    assert refusal(org.client.move_account, **move)[0] == "SourceParentNotFoundException"
    move["SourceParentId"] = "ou-abcd-00000000"
    assert refusal(org.client.move_account, **move)[0] == "SourceParentNotFoundException"
    move |= {"SourceParentId": inner, "DestinationParentId": "ou-abcd-00000000"}
    assert refusal(org.client.move_account, **move)[0] == "DestinationParentNotFoundException"
    move |= {"AccountId": "000000000000", "DestinationParentId": outer}
    assert refusal(org.client.move_account, **move) == NO_ACCOUNT


def test_of_a_closed_account_nobody_can_do_anything(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    member.iam.create_user(UserName="eve")
    key = member.iam.create_access_key(UserName="eve")["AccessKey"]
    eve = Actor(org.world, Credentials.of(key), "eve").sts
    assert eve.get_caller_identity()["Account"] == account_id

    assert content(org.client.close_account(AccountId=account_id)) == {}

    invalid = ("InvalidClientTokenId", "The security token included in the request is invalid.")
    assert refusal(eve.get_caller_identity) == invalid
    assert refusal(member.iam.list_users) == invalid
    assert refusal(member.iam.create_user, UserName="mallory") == invalid
    assert refusal(member.organizations.describe_organization)[0] == "UnrecognizedClientException"
    described = org.client.describe_account(AccountId=account_id)["Account"]
    assert (described["Status"], described["State"]) == ("SUSPENDED", "CLOSED")
    assert refusal(org.client.close_account, AccountId=account_id)[0] == "AccountAlreadyClosedException"


def test_what_cannot_be_closed(org: Organized) -> None:
    assert reason(org.client.close_account, AccountId=ACCOUNT) == (
        "ConstraintViolationException",
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
    )
    assert refusal(org.client.close_account, AccountId="000000000000") == NO_ACCOUNT
    assert refusal(org.client.describe_account, AccountId="000000000000") == NO_ACCOUNT


def test_another_organization_s_account_is_not_found(org: Organized) -> None:
    stranger = org.account("stranger")
    other = org.enter(stranger).organizations
    other.leave_organization()
    other.create_organization()
    assert refusal(org.client.describe_account, AccountId=stranger) == NO_ACCOUNT
    assert refusal(org.client.close_account, AccountId=stranger) == NO_ACCOUNT
    assert refusal(org.client.list_parents, ChildId=stranger)[0] == "ChildNotFoundException"
    attaching = {"PolicyId": "p-FullAWSAccess", "TargetId": stranger}
    assert refusal(org.client.attach_policy, **attaching)[0] == "TargetNotFoundException"
    assert refusal(org.client.list_tags_for_resource, ResourceId=stranger)[0] == "TargetNotFoundException"


def test_tags_of_a_new_account_need_the_permission_to_tag(org: Organized) -> None:
    params = {
        "AccountName": "alpha",
        "Email": "alpha@example.com",
        "Tags": [{"Key": "team", "Value": "red"}],
    }
    maker = org.world.user("maker", allow("organizations:CreateAccount"))
    assert refusal(maker.organizations.create_account, **params)[0] == "AccessDeniedException"
    assert len(org.client.list_accounts()["Accounts"]) == 1
    allowed = org.world.user(
        "allowed",
        allow("organizations:CreateAccount"),
        allow(
            "organizations:TagResource",
            org.arn("account/*"),
            Condition={"StringEquals": {"aws:RequestTag/team": "red"}},
        ),
    )
    allowed.organizations.create_account(**params)
    (account_id,) = {each["Id"] for each in org.client.list_accounts()["Accounts"]} - {ACCOUNT}
    assert org.client.list_tags_for_resource(ResourceId=account_id)["Tags"] == params["Tags"]


def test_a_trust_policy_of_a_new_account_is_json_as_iam_shows_it(org: Organized) -> None:
    """The role is like any other: it can be changed, and deleted."""
    member = org.enter(org.account("alpha"))
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    member.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))
    assert member.iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"] == trust
