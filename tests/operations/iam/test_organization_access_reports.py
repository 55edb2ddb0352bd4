"""Reports on access in an organization."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.organization import RCP, SCP, Organized
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.catalogue.service_actions import service_names
from iamd.domain.ids import AccountId
from iamd.operations.running_reports import MOST_AT_ONCE

ACTION = "iam:GenerateOrganizationsAccessReport"
FULL_ACCESS = "p-FullAWSAccess"
ALL = tuple(service_names())
NEEDED = (
    "organizations:DescribePolicy",
    "organizations:ListChildren",
    "organizations:ListParents",
    "organizations:ListPoliciesForTarget",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
)


@pytest.fixture
def org(world: World) -> Organized:
    """An organization, whose root has service control policies from the beginning."""
    return Organized.found(world)


def path(org: Organized, *ids: str) -> str:
    return "/".join([org.id, org.root_id, *ids])


def generate(actor: Actor, entity: str, policy: str | None = None) -> str:
    given = {} if policy is None else {"OrganizationsPolicyId": policy}
    job_id: str = actor.iam.generate_organizations_access_report(EntityPath=entity, **given)["JobId"]
    return job_id


def report(actor: Actor, entity: str, policy: str | None = None, **more: Any) -> dict[str, Any]:
    job_id = generate(actor, entity, policy)
    found = content(actor.iam.get_organizations_access_report(JobId=job_id, **({"MaxItems": 1000} | more)))
    assert abs((found["JobCompletionDate"] - found["JobCreationDate"]).total_seconds()) < 60
    return found


def services(actor: Actor, entity: str, policy: str | None = None) -> dict[str, dict[str, Any]]:
    found = report(actor, entity, policy)
    assert found["JobStatus"] == "COMPLETED", found
    return {each["ServiceNamespace"]: each for each in found["AccessDetails"]}


def failure(actor: Actor, entity: str, policy: str | None = None) -> tuple[str, str]:
    """Return the reason for which a job has failed; it must have."""
    found = report(actor, entity, policy)
    reason = found["ErrorDetails"]
    assert found == {
        "JobStatus": "FAILED",
        "JobCreationDate": found["JobCreationDate"],
        "JobCompletionDate": found["JobCompletionDate"],
        "ErrorDetails": reason,
        "IsTruncated": False,
    }
    return reason["Code"], reason["Message"]


def unused(namespace: str) -> dict[str, Any]:
    return {
        "ServiceName": service_names()[namespace],
        "ServiceNamespace": namespace,
        "TotalAuthenticatedEntities": 0,
    }


def replace_full_access(org: Organized, target: str, name: str, *statements: dict[str, Any]) -> str:
    """Have nothing attached to *target* but a policy of *statements*."""
    policy_id = org.attach(target, name, *statements)
    org.client.detach_policy(PolicyId=FULL_ACCESS, TargetId=target)
    return policy_id


# What is allowed, and to whom


def test_a_whole_report(org: Organized) -> None:
    unit = org.unit("dev")
    account = org.account("build", unit)
    replace_full_access(org, unit, "some", allow(["iam:*", "sqs:*"]))
    org.enter(account).iam.list_users()

    found = report(org.world.root, path(org, unit))
    assert found == {
        "JobStatus": "COMPLETED",
        "JobCreationDate": found["JobCreationDate"],
        "JobCompletionDate": found["JobCompletionDate"],
        "NumberOfServicesAccessible": 2,
        "NumberOfServicesNotAccessed": 1,
        "AccessDetails": [
            unused("iam")
            | {
                "Region": "us-east-1",
                "EntityPath": path(org, unit, account),
                "LastAuthenticatedTime": found["AccessDetails"][0]["LastAuthenticatedTime"],
                "TotalAuthenticatedEntities": 1,
            },
            unused("sqs"),
        ],
        "IsTruncated": False,
    }
    at = found["AccessDetails"][0]["LastAuthenticatedTime"]
    assert abs((org.world.clock.now() - at).total_seconds()) < 60


def test_policies_of_all_levels_must_allow(org: Organized) -> None:
    """AWS: "services allowed by SCPs that are attached to the account and its parents"."""
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    account = org.account("build", inner)
    org.attach(org.root_id, "root", deny("s3:*"), allow("*"))
    replace_full_access(org, outer, "outer", allow(["iam:*", "s3:*", "sqs:*", "ec2:Describe*"]))
    org.attach(inner, "inner", deny("sqs:*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}))
    replace_full_access(
        org,
        account,
        "account",
        {"Effect": "Allow", "NotAction": ["iam:*", "ec2:DescribeRegions"], "Resource": "*"},
    )
    root = org.world.root
    assert set(ALL) - set(services(root, path(org))) == {"s3"}
    assert list(services(root, path(org, outer))) == ["ec2", "iam", "sqs"]
    assert list(services(root, path(org, outer, inner))) == ["ec2", "iam", "sqs"]
    assert list(services(root, path(org, outer, inner, account))) == ["ec2", "sqs"]


def test_other_policies_do_not_count(org: Organized) -> None:
    """AWS: "It only applies SCP logic"."""
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
    org.attach(org.root_id, "closed", deny("sqs:*", Principal="*"), type_=RCP)
    assert list(services(org.world.root, path(org))) == list(ALL)


def test_accounts_are_counted_and_the_last_is_told(org: Organized) -> None:
    unit = org.unit("dev")
    accounts = [org.account(name, unit) for name in ("one", "two", "three")]
    other = org.account("four")
    for account in (*accounts[:2], other):
        org.enter(account).iam.list_users()
        org.world.clock.advance(timedelta(minutes=1))
    root = org.world.root

    of_unit = services(root, path(org, unit))["iam"]
    assert (of_unit["TotalAuthenticatedEntities"], of_unit["EntityPath"]) == (2, path(org, unit, accounts[1]))
    # The management account, which has used IAM the most, counts in a report of its own alone.
    of_root = services(root, path(org))["iam"]
    assert (of_root["TotalAuthenticatedEntities"], of_root["EntityPath"]) == (3, path(org, other))
    of_one = services(root, path(org, unit, accounts[0]))["iam"]
    assert (of_one["TotalAuthenticatedEntities"], of_one["EntityPath"]) == (1, path(org, unit, accounts[0]))
    assert services(root, path(org, unit, accounts[2]))["iam"] == unused("iam")


def test_the_management_account_may_do_everything(org: Organized) -> None:
    """AWS: "the resulting report lists all AWS services"; and a policy is ignored, whatever it is."""
    org.attach(org.root_id, "closed", deny("s3:*"))
    for policy in (None, "p-nosuchpolicy"):
        found = services(org.world.root, path(org, ACCOUNT), policy)
        assert list(found) == list(ALL)
        assert found["iam"]["EntityPath"] == path(org, ACCOUNT)
        assert found["iam"]["TotalAuthenticatedEntities"] == 1


def test_the_roots_of_accounts_count(org: Organized) -> None:
    """AWS: "principals (IAM users, IAM roles, or the AWS account root user)"."""
    assert services(org.world.root, path(org, ACCOUNT))["organizations"]["TotalAuthenticatedEntities"] == 1


def test_a_use_stays_when_its_user_goes(org: Organized) -> None:
    account = org.account("build")
    admin = org.enter(account)
    admin.iam.create_user(UserName="bob")
    key = admin.iam.create_access_key(UserName="bob")["AccessKey"]
    client = org.world.client("sts", Credentials.of(key))
    client.get_caller_identity()
    admin.iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    admin.iam.delete_user(UserName="bob")
    assert services(org.world.root, path(org, account))["sts"]["TotalAuthenticatedEntities"] == 1


# One policy


def test_a_report_about_a_policy(org: Organized) -> None:
    unit = org.unit("dev")
    inside, outside = org.account("in", unit), org.account("out")
    for account in (inside, outside):
        org.enter(account).iam.list_users()
    policy = org.policy("some", allow(["iam:*", "sqs:*"]), deny("sqs:*"))
    root = org.world.root
    # Attached to nothing: services without data.
    assert services(root, path(org), policy) == {"iam": unused("iam")}
    org.client.attach_policy(PolicyId=policy, TargetId=unit)
    found = services(root, path(org), policy)["iam"]
    assert (found["TotalAuthenticatedEntities"], found["EntityPath"]) == (1, path(org, unit, inside))
    assert services(root, path(org, unit), policy)["iam"]["TotalAuthenticatedEntities"] == 1
    # Not attached to the account itself: AWS speaks of "a list of services with no data".
    assert services(root, path(org, unit, inside), policy) == {"iam": unused("iam")}
    org.client.attach_policy(PolicyId=policy, TargetId=inside)
    assert services(root, path(org, unit, inside), policy)["iam"]["TotalAuthenticatedEntities"] == 1
    assert services(root, path(org, outside), policy) == {"iam": unused("iam")}


def test_a_report_about_the_policy_of_aws(org: Organized) -> None:
    account = org.account("build")
    org.enter(account).iam.list_users()
    found = services(org.world.root, path(org), FULL_ACCESS)
    assert (list(found), found["iam"]["TotalAuthenticatedEntities"]) == (list(ALL), 1)


# Order and pages


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({}, ["iam", "organizations", "s3", "sts"]),
        ({"SortKey": "SERVICE_NAMESPACE_ASCENDING"}, ["iam", "organizations", "s3", "sts"]),
        ({"SortKey": "SERVICE_NAMESPACE_DESCENDING"}, ["sts", "s3", "organizations", "iam"]),
        ({"SortKey": "LAST_AUTHENTICATED_TIME_ASCENDING"}, ["s3", "organizations", "sts", "iam"]),
        ({"SortKey": "LAST_AUTHENTICATED_TIME_DESCENDING"}, ["iam", "sts", "organizations", "s3"]),
    ],
    ids=lambda each: each.get("SortKey", "none") if isinstance(each, dict) else "",
)
def test_in_which_order_services_come(org: Organized, key: dict[str, str], expected: list[str]) -> None:
    account = org.account("build")
    replace_full_access(org, account, "some", allow(["iam:*", "s3:*", "sts:*", "organizations:*"]))
    admin = org.enter(account)
    for ask in (
        admin.organizations.describe_organization,
        admin.sts.get_caller_identity,
        admin.iam.list_users,
    ):
        ask()
        org.world.clock.advance(timedelta(minutes=1))
    job_id = generate(org.world.root, path(org, account))
    asked = org.world.root.iam.get_organizations_access_report
    names: list[str] = []
    marker: dict[str, str] = {}
    while True:
        page = asked(JobId=job_id, MaxItems=3, **key, **marker)
        names += [each["ServiceNamespace"] for each in page["AccessDetails"]]
        assert page["NumberOfServicesAccessible"] == 4
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
        another = {"SortKey": "SERVICE_NAMESPACE_DESCENDING"} if not key else {}
        assert refusal(asked, JobId=job_id, MaxItems=3, **another, **marker)[1] == "Invalid Marker."
    assert names == expected


def test_an_order_that_is_none(org: Organized) -> None:
    asked = org.world.root.iam.get_organizations_access_report
    job_id = generate(org.world.root, path(org))
    assert refusal(asked, JobId=job_id, SortKey="NAME")[0] == "ValidationError"


# Jobs that fail


def test_without_an_organization_the_job_fails(world: World) -> None:
    reason = ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    assert failure(world.root, "o-abcdefghij/r-abcd") == reason


def test_a_member_account_has_no_reports(org: Organized) -> None:
    account = org.account("build")
    admin = org.enter(account)
    reason = ("AccessDeniedException", "You don't have permissions to access this resource.")
    assert failure(admin, path(org, account)) == reason


def test_policies_must_be_enabled(org: Organized) -> None:
    """AWS: "SCPs must be enabled for your organization root"."""
    org.client.disable_policy_type(RootId=org.root_id, PolicyType=SCP)
    reason = "This operation can be performed only for enabled policy types."
    assert failure(org.world.root, path(org)) == ("PolicyTypeNotEnabledException", reason)


def test_paths_that_lead_nowhere(org: Organized) -> None:
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    account = org.account("build", inner)
    other = org.account("other")
    reason = ("TargetNotFoundException", "You specified a target that doesn't exist.")
    paths = {
        "another organization": f"o-zzzzzzzzzz/{org.root_id}",
        "another root": f"{org.id}/r-zzzz",
        "a unit left out": path(org, inner),
        "the root left out of an account's": path(org, account),
        "a unit too many": path(org, outer, other),
        "a unit that is not there": path(org, "ou-zzzz-zzzzzzzz"),
        "an account that is not there": path(org, "999999999999"),
        "units the wrong way round": path(org, inner, outer),
        "a slash at the end": path(org, outer, ""),
    }
    assert {name: failure(org.world.root, each) for name, each in paths.items()} == dict.fromkeys(
        paths, reason
    )
    wrong = refusal(org.world.root.iam.generate_organizations_access_report, EntityPath="o-a/r-b")
    assert wrong[0] == "ValidationError"


def test_an_account_of_another_organization(org: Organized) -> None:
    """R-33."""
    account = org.account("build")
    org.client.remove_account_from_organization(AccountId=account)
    reason = ("TargetNotFoundException", "You specified a target that doesn't exist.")
    assert failure(org.world.root, path(org, account)) == reason
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    theirs = org.steward.assume(role).organizations.create_organization()["Organization"]
    assert failure(org.world.root, path(org, account)) == reason
    assert failure(org.world.root, f"{theirs['Id']}/{org.root_id}/{account}") == reason


def test_policies_that_are_none(org: Organized) -> None:
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
    other = org.policy("rcp", deny("sqs:*", Principal="*"), type_=RCP)
    reason = ("PolicyNotFoundException", "You specified a policy that doesn't exist.")
    for policy in ("p-nosuchpolicy", other, "p-RCPFullAWSAccess"):
        assert failure(org.world.root, path(org), policy) == reason
    asked = org.world.root.iam.generate_organizations_access_report
    assert refusal(asked, EntityPath=path(org), OrganizationsPolicyId="x")[0] == "ValidationError"


# Who may


def test_who_may_have_a_report_made(org: Organized) -> None:
    entity = path(org)
    resource = arn(f"access-report/{entity}")
    check_permission(
        org.world, "generate_organizations_access_report", ACTION, resource, resource, EntityPath=entity
    )


def test_a_condition_on_the_policy(org: Organized) -> None:
    """AWS: *IAM: View service last accessed information for an Organizations policy*."""
    policy = org.policy("some", allow("iam:*"))
    only: Any = {"Condition": {"StringEquals": {"iam:OrganizationsPolicyId": policy}}}
    user = org.world.user("user", allow(ACTION, **only), allow(["organizations:*", "iam:GetOrganizations*"]))
    entity = path(org)
    assert list(services(user, entity, policy)) == ["iam"]
    refused = denial(arn("user/user"), ACTION, arn(f"access-report/{entity}"))
    asked = user.iam.generate_organizations_access_report
    assert refusal(asked, EntityPath=entity) == refused
    assert refusal(asked, EntityPath=entity, OrganizationsPolicyId=FULL_ACCESS) == refused


@pytest.mark.parametrize("lacking", NEEDED)
def test_a_report_needs_what_it_is_made_of(org: Organized, lacking: str) -> None:
    """AWS: *Permissions required*; the job fails without one of them."""
    unit = org.unit("dev")
    policy = org.policy("some", allow("iam:*"))
    needed = [action for action in NEEDED if action != lacking]
    user = org.world.user("user", allow([ACTION, "iam:GetOrganizationsAccessReport", *needed]))
    code, message = failure(user, path(org, unit), policy)
    assert (code, f"is not authorized to perform: {lacking} on resource: " in message) == (
        "AccessDenied",
        True,
    )
    statements = document(allow([ACTION, "iam:GetOrganizationsAccessReport", *NEEDED]))
    org.world.root.iam.put_user_policy(UserName="user", PolicyName="test", PolicyDocument=statements)
    assert list(services(user, path(org, unit), policy)) == ["iam"]


def test_who_may_be_told(org: Organized) -> None:
    user = org.world.user("user", allow([ACTION, "organizations:*"]))
    job_id = generate(user, path(org))
    asked = user.iam.get_organizations_access_report
    action = "iam:GetOrganizationsAccessReport"
    assert refusal(asked, JobId=job_id) == denial(arn("user/user"), action, "*")
    missing = ("NoSuchEntity", f"The job with id {job_id} cannot be found.")
    assert refusal(org.world.root.iam.get_organizations_access_report, JobId=job_id) == missing
    org.world.root.iam.put_user_policy(
        UserName="user", PolicyName="read", PolicyDocument=document(allow(action))
    )
    assert asked(JobId=job_id)["JobStatus"] == "COMPLETED"
    org.world.clock.advance(timedelta(hours=24, seconds=1))
    assert refusal(asked, JobId=job_id) == missing
    of_services = generate_for_user(org.world.root)
    assert refusal(org.world.root.iam.get_organizations_access_report, JobId=of_services)[0] == "NoSuchEntity"


def generate_for_user(root: Actor) -> str:
    answer = root.iam.generate_service_last_accessed_details(Arn=arn("user/user"))
    job_id: str = answer["JobId"]
    return job_id


def test_so_many_reports_at_once_and_no_more(org: Organized) -> None:
    running = org.world.app.tools.running_reports
    ask: Callable[..., Any] = org.world.root.iam.generate_organizations_access_report
    slots = [running.one_more(AccountId(ACCOUNT)) for _ in range(MOST_AT_ONCE)]
    for slot in slots:
        assert ask(EntityPath=path(org))["JobId"]
        slot.__enter__()
    refused = ("ReportGenerationLimitExceeded", "Maximum number of concurrent jobs exceeded")
    assert refusal(ask, EntityPath=path(org)) == refused
    assert org.world.responses[-1].status == 409
    slots.pop().__exit__(None, None, None)
    assert ask(EntityPath=path(org))["JobId"]
    with running.one_more(AccountId("210987654321")):
        pass
