"""Reports on access: what somebody may use, and when it was used last."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, Credentials, LoopThread, World, allow, deny, document

from iamd.assemble import Application
from iamd.catalogue.service_actions import service_actions, service_names
from iamd.clock import SystemClock
from iamd.domain.ids import AccountId
from iamd.operations.usage import Asked, Use
from iamd.secret import Secret
from iamd.settings import Settings

POLICY = "arn:aws:iam::aws:policy/"
WITHOUT_A_TEXT = "lex.amazonaws.com"
"""A service whose role has a policy that is not among the installed ones."""
ROOT_KEY = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")
NO_JOB = "00000000-0000-4000-8000-000000000000"
NAMES = {
    "iam": "AWS Identity and Access Management (IAM)",
    "sts": "AWS Security Token Service",
    "s3": "Amazon S3",
    "sqs": "Amazon SQS",
}


def generate(actor: Actor, of: str, **more: Any) -> str:
    job_id: str = actor.iam.generate_service_last_accessed_details(Arn=of, **more)["JobId"]
    return job_id


def report(actor: Actor, of: str, **more: Any) -> dict[str, dict[str, Any]]:
    """Make a report and return its services by namespace."""
    job_id = generate(actor, of, **more)
    found = actor.iam.get_service_last_accessed_details(JobId=job_id, MaxItems=1000)
    assert (found["JobStatus"], found["IsTruncated"]) == ("COMPLETED", False)
    return {each["ServiceNamespace"]: each for each in found["ServicesLastAccessed"]}


def entities(actor: Actor, of: str, namespace: str) -> list[dict[str, Any]]:
    asked = actor.iam.get_service_last_accessed_details_with_entities
    listed: list[dict[str, Any]] = asked(JobId=generate(actor, of), ServiceNamespace=namespace)[
        "EntityDetailsList"
    ]
    return listed


def unused(namespace: str) -> dict[str, Any]:
    return {
        "ServiceName": NAMES[namespace],
        "ServiceNamespace": namespace,
        "TotalAuthenticatedEntities": 0,
    }


def used(namespace: str, by: str, at: datetime, region: str = "us-east-1", total: int = 1) -> dict[str, Any]:
    return unused(namespace) | {
        "LastAuthenticated": at,
        "LastAuthenticatedEntity": by,
        "LastAuthenticatedRegion": region,
        "TotalAuthenticatedEntities": total,
    }


def second(at: datetime) -> datetime:
    """Return a time as answers tell it."""
    return at.replace(microsecond=0)


def put(root: Actor, user: str, *statements: Mapping[str, Any], name: str = "test") -> None:
    root.iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=document(*statements))


# What is recorded


def test_a_report_tells_what_a_user_may_use_and_has_used(world: World, root: Actor) -> None:
    bob = world.user("bob", allow(["iam:ListUsers", "s3:Get*", "sts:*"]))
    bob.iam.list_users()
    at = second(world.clock.now())

    job_id = generate(root, arn("user/bob"))
    found = content(root.iam.get_service_last_accessed_details(JobId=job_id))
    assert [(len(job_id), job_id.count("-"))] == [(36, 4)]
    assert found == {
        "JobStatus": "COMPLETED",
        "JobType": "SERVICE_LEVEL",
        "JobCreationDate": found["JobCreationDate"],
        "JobCompletionDate": found["JobCompletionDate"],
        "ServicesLastAccessed": [
            used("iam", arn("user/bob"), found["ServicesLastAccessed"][0]["LastAuthenticated"]),
            unused("s3"),
            unused("sts"),
        ],
        "IsTruncated": False,
    }
    last = found["ServicesLastAccessed"][0]["LastAuthenticated"]
    assert timedelta(0) <= second(last) - at + timedelta(seconds=1) < timedelta(seconds=3)
    assert abs(found["JobCreationDate"] - world.clock.now()) < timedelta(seconds=60)


def test_what_was_denied_counts_and_what_was_not_signed_does_not(world: World, root: Actor) -> None:
    """AWS: "all attempts to access an AWS API, not just the successful ones"; no unauthenticated ones."""
    bob = world.user("bob", allow(["iam:ListUsers", "organizations:*"]))
    assert refusal(bob.iam.create_user, UserName="eve")[0] == "AccessDenied"
    assert refusal(bob.organizations.describe_organization)[0] == "AWSOrganizationsNotInUseException"
    assert bob.credentials is not None
    impostor = Actor(world, Credentials(bob.credentials.access_key_id, "wrong"))
    put(root, "bob", allow(["iam:ListUsers", "organizations:*", "sts:*"]))
    assert refusal(impostor.sts.get_caller_identity)[0] == "SignatureDoesNotMatch"

    found = report(root, arn("user/bob"), Granularity="ACTION_LEVEL")
    totals = {namespace: each["TotalAuthenticatedEntities"] for namespace, each in found.items()}
    assert totals == {"iam": 1, "organizations": 1, "sts": 0}


def test_sessions_count_for_whom_they_are_of(world: World, root: Actor) -> None:
    bob = world.user("bob", allow(["sts:*", "iam:*"]))
    role = world.role("worker", {"AWS": arn("root")}, allow("iam:*"))
    session = bob.assume(role)
    session.iam.list_users()
    temporary = bob.sts.get_session_token()["Credentials"]
    assert temporary["SessionToken"]

    of_role, of_bob = report(root, role), report(root, arn("user/bob"))
    assert of_role["iam"]["LastAuthenticatedEntity"] == role
    assert of_role["iam"]["TotalAuthenticatedEntities"] == 1
    assert of_bob["iam"] == unused("iam")
    assert of_bob["sts"]["LastAuthenticatedEntity"] == arn("user/bob")


def test_services_that_are_not_global_have_a_region(world: World, root: Actor) -> None:
    bob = world.user("bob", allow(["sts:*", "iam:*"]))
    for region in ("us-west-2", "eu-central-1"):
        world.client("sts", bob.credentials, region=region).get_caller_identity()
        world.client("iam", bob.credentials, region=region).list_users()
    found = report(root, arn("user/bob"))
    regions = {namespace: each["LastAuthenticatedRegion"] for namespace, each in found.items()}
    assert regions == {"iam": "us-east-1", "sts": "eu-central-1"}


def test_the_last_use_is_told_and_forgotten_after_400_days(world: World, root: Actor) -> None:
    """AWS: "the tracking period for services is the last 400 days"."""
    bob = world.user("bob", allow("sts:*"))
    bob.sts.get_caller_identity()
    world.clock.advance(timedelta(days=399))
    first = report(root, arn("user/bob"))["sts"]["LastAuthenticated"]
    bob.sts.get_session_token()
    assert report(root, arn("user/bob"))["sts"]["LastAuthenticated"] - first >= timedelta(days=399)
    world.clock.advance(timedelta(days=400, seconds=5))
    assert report(root, arn("user/bob"))["sts"] == unused("sts")


def test_what_others_have_used_is_told_by_none_of_their_names(world: World, root: Actor) -> None:
    world.user("bob", allow("iam:*"))
    carol = world.user("carol", allow("iam:*"))
    carol.iam.list_users()
    root.iam.delete_user_policy(UserName="bob", PolicyName="test")
    put(root, "bob", allow("iam:*"))
    assert report(root, arn("user/bob"))["iam"] == unused("iam")
    assert entities(root, arn("user/bob"), "iam") == [{"EntityInfo": info(root, "bob")}]


def test_uses_outlast_the_server(loop: LoopThread, tmp_path: Path) -> None:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id=ROOT_KEY[0],
        root_secret_access_key=Secret(ROOT_KEY[1]),
        data=tmp_path / "iamd.sqlite",
    )
    first = World(loop, settings)
    first.user("bob", allow("sts:*")).sts.get_caller_identity()
    told = report(first.root, arn("user/bob"))
    first.close()
    again = World(loop, settings)
    assert report(again.root, arn("user/bob")) == told
    assert told["sts"]["TotalAuthenticatedEntities"] == 1
    again.close()

    def kept() -> list[str]:
        with sqlite3.connect(tmp_path / "iamd.sqlite") as connection:
            return [name for (name,) in connection.execute("SELECT DISTINCT service FROM accesses")]

    assert kept() == ["iam", "sts"]
    Application(settings, clock=SystemClock(timedelta(days=401))).close()
    assert kept() == []


# Actions


def test_actions_are_told_when_they_are_asked_for(world: World, root: Actor) -> None:
    bob = world.user(
        "bob", allow(["iam:ListUsers", "iam:ListRoles", "iam:PassRole", "sts:GetCallerIdentity"])
    )
    bob.iam.list_users()

    def told(granularity: str) -> Any:
        job_id = generate(root, arn("user/bob"), Granularity=granularity)
        found = root.iam.get_service_last_accessed_details(JobId=job_id)
        assert found["JobType"] == granularity
        return [each.get("TrackedActionsLastAccessed") for each in found["ServicesLastAccessed"]]

    assert told("SERVICE_LEVEL") == [None, None]
    of_iam, of_sts = told("ACTION_LEVEL")
    # AWS: *ServiceLastAccessed*: null if no tracked action was used; and ``iam:PassRole`` is not tracked.
    assert of_sts is None
    assert of_iam == [
        {"ActionName": "ListRoles"},
        {
            "ActionName": "ListUsers",
            "LastAccessedEntity": arn("user/bob"),
            "LastAccessedTime": of_iam[1]["LastAccessedTime"],
            "LastAccessedRegion": "us-east-1",
        },
    ]


def test_an_action_that_is_not_allowed_is_not_told(world: World, root: Actor) -> None:
    """AWS: "the IAM identity does not have permissions for the action"."""
    bob = world.user("bob", allow(["iam:ListRoles", "iam:Get*"]), deny("iam:GetRole"))
    refusal(bob.iam.list_users)
    refusal(bob.iam.get_role, RoleName="x")
    bob.iam.list_roles()
    found = report(root, arn("user/bob"), Granularity="ACTION_LEVEL")["iam"]["TrackedActionsLastAccessed"]
    names = {each["ActionName"] for each in found}
    assert {each["ActionName"] for each in found if "LastAccessedTime" in each} == {"ListRoles"}
    assert names & {"ListRoles", "ListUsers", "GetUser", "GetRole"} == {"ListRoles", "GetUser"}


def test_the_last_of_several_who_asked_for_an_action(world: World, root: Actor) -> None:
    root.iam.create_group(GroupName="staff")
    root.iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=document(allow("iam:List*")))
    actors = [world.user(name) for name in ("ann", "bob")]
    for actor in actors:
        root.iam.add_user_to_group(GroupName="staff", UserName=actor.name)
        actor.iam.list_users()
        world.clock.advance(timedelta(minutes=1))
    actors[0].iam.list_roles()
    found = report(root, arn("group/staff"), Granularity="ACTION_LEVEL")["iam"]
    by = {
        each["ActionName"]: each["LastAccessedEntity"]
        for each in found["TrackedActionsLastAccessed"]
        if "LastAccessedEntity" in each
    }
    assert by == {"ListUsers": arn("user/bob"), "ListRoles": arn("user/ann")}
    assert (found["LastAuthenticatedEntity"], found["TotalAuthenticatedEntities"]) == (arn("user/ann"), 2)


def test_other_services_are_told_as_far_as_they_ask_here(world: World, root: Actor) -> None:
    """What services ask of iamd counts as what their callers use."""
    world.user("bob", allow(["s3:GetObject", "s3:PutObject"]))
    user_id = root.iam.get_user(UserName="bob")["User"]["UserId"]
    use = Use(world.clock.now(), "s3", "eu-west-1")
    world.app.tools.usage.note_access(Asked(AccountId(ACCOUNT), user_id, "s3", "getobject"), use)
    found = report(root, arn("user/bob"), Granularity="ACTION_LEVEL")["s3"]
    assert found["LastAuthenticatedRegion"] == "eu-west-1"
    assert [each["ActionName"] for each in found["TrackedActionsLastAccessed"]] == ["GetObject"]


# What is allowed


def test_which_services_policies_allow(world: World, root: Actor) -> None:
    world.user("bob")
    assert report(root, arn("user/bob")) == {}
    put(root, "bob", allow("*"))
    assert list(report(root, arn("user/bob"))) == sorted(service_names()) == sorted(service_actions())
    put(root, "bob", {"Effect": "Allow", "NotAction": ["s3:*", "iam:Get*"], "Resource": "*"})
    assert set(service_names()) - set(report(root, arn("user/bob"))) == {"s3"}
    put(root, "bob", allow("*"), deny(["s3:*", "iam:Get*"]), deny("sqs:*", "arn:aws:sqs:*:*:x"))
    assert set(service_names()) - set(report(root, arn("user/bob"))) == {"s3"}
    put(root, "bob", allow(["s3:NoSuchAction", "nosuchservice:*", "sqs:SendMessage"], "arn:aws:sqs:::q"))
    assert report(root, arn("user/bob")) == {"sqs": unused("sqs")}


def test_policies_of_groups_count_and_boundaries_do_not(world: World, root: Actor) -> None:
    """AWS: "policies attached to a role or attached to a user directly or through a group"."""
    own = root.iam.create_policy(PolicyName="own", PolicyDocument=document(allow("sqs:*")))["Policy"]["Arn"]
    world.user("bob", allow("s3:*"), PermissionsBoundary=own)
    root.iam.create_group(GroupName="staff")
    root.iam.add_user_to_group(GroupName="staff", UserName="bob")
    root.iam.attach_group_policy(GroupName="staff", PolicyArn=POLICY + "IAMReadOnlyAccess")
    root.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    assert list(report(root, arn("user/bob"))) == ["iam", "s3"]
    assert list(report(root, arn("group/staff"))) == ["iam"]
    assert list(report(root, own)) == ["sqs"]
    # The version that is in force.
    root.iam.create_policy_version(PolicyArn=own, PolicyDocument=document(allow("sts:*")), SetAsDefault=True)
    assert list(report(root, own)) == ["sts"]


# Groups and policies


def info(root: Actor, name: str, kind: str = "user") -> dict[str, Any]:
    found = (
        root.iam.get_user(UserName=name)["User"]
        if kind == "user"
        else root.iam.get_role(RoleName=name)["Role"]
    )
    return {
        "Arn": found["Arn"],
        "Name": name,
        "Type": kind.upper(),
        "Id": found[f"{kind.title()}Id"],
        "Path": found["Path"],
    }


def test_who_could_have_used_a_policy(world: World, root: Actor) -> None:
    policy = root.iam.create_policy(PolicyName="p", PolicyDocument=document(allow(["iam:*", "sts:*"])))
    policy_arn = policy["Policy"]["Arn"]
    assert (report(root, policy_arn)["iam"], entities(root, policy_arn, "iam")) == (unused("iam"), [])
    ann, bob = (world.user(name, Path="/it/") for name in ("ann", "bob"))
    world.user("carol")
    role = world.role("worker", {"AWS": arn("root")})
    root.iam.create_group(GroupName="staff")
    for member in ("ann", "bob"):
        root.iam.add_user_to_group(GroupName="staff", UserName=member)
    root.iam.attach_group_policy(GroupName="staff", PolicyArn=policy_arn)
    root.iam.attach_user_policy(UserName="bob", PolicyArn=policy_arn)
    root.iam.attach_role_policy(RoleName="worker", PolicyArn=policy_arn)
    for actor in (ann, bob):
        actor.iam.list_users()
        world.clock.advance(timedelta(minutes=1))
    bob.assume(role)

    found = report(root, policy_arn)
    assert found["iam"] == used("iam", arn("user/it/bob"), found["iam"]["LastAuthenticated"], total=2)
    assert found["sts"]["TotalAuthenticatedEntities"] == 1
    listed = entities(root, policy_arn, "iam")
    assert [each["EntityInfo"] for each in listed] == [
        info(root, "bob"),
        info(root, "ann"),
        info(root, "worker", "role"),
    ]
    assert [set(each) - {"EntityInfo"} for each in listed] == [{"LastAuthenticated"}] * 2 + [set()]
    assert listed[0]["LastAuthenticated"] == found["iam"]["LastAuthenticated"]
    of_group = entities(root, arn("group/staff"), "sts")
    assert [each["EntityInfo"]["Name"] for each in of_group] == ["bob", "ann"]
    assert entities(root, policy_arn, "s3") == []


def test_who_could_have_used_a_service_in_pages(world: World, root: Actor) -> None:
    root.iam.create_group(GroupName="staff")
    root.iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=document(allow("iam:*")))
    for name in ("ann", "bob", "carol"):
        actor = world.user(name)
        root.iam.add_user_to_group(GroupName="staff", UserName=name)
        if name != "ann":
            actor.iam.list_users()
            world.clock.advance(timedelta(minutes=1))
    job = {"JobId": generate(root, arn("group/staff")), "ServiceNamespace": "iam"}
    asked = root.iam.get_service_last_accessed_details_with_entities
    whole = content(asked(**job))
    assert whole == {
        "JobStatus": "COMPLETED",
        "JobCreationDate": whole["JobCreationDate"],
        "JobCompletionDate": whole["JobCompletionDate"],
        "EntityDetailsList": whole["EntityDetailsList"],
        "IsTruncated": False,
    }
    pages = [asked(**job, MaxItems=2)]
    pages.append(asked(**job, MaxItems=2, Marker=pages[0]["Marker"]))
    assert [page["IsTruncated"] for page in pages] == [True, False]
    together = [each for page in pages for each in page["EntityDetailsList"]]
    assert together == whole["EntityDetailsList"]
    assert [each["EntityInfo"]["Name"] for each in together] == ["carol", "bob", "ann"]


# Jobs


def test_a_report_comes_in_pages(world: World, root: Actor) -> None:
    world.user("bob", allow("*"))
    asked = root.iam.get_service_last_accessed_details
    job_id = generate(root, arn("user/bob"))
    first = asked(JobId=job_id)
    assert (len(first["ServicesLastAccessed"]), first["IsTruncated"]) == (100, True)
    names = [each["ServiceNamespace"] for each in first["ServicesLastAccessed"]]
    marker = first["Marker"]
    while marker:
        page = asked(JobId=job_id, MaxItems=150, Marker=marker)
        names += [each["ServiceNamespace"] for each in page["ServicesLastAccessed"]]
        marker = page.get("Marker")
    assert names == list(service_names())
    invalid = ("ValidationError", "Invalid Marker.")
    assert refusal(asked, JobId=generate(root, arn("user/bob")), Marker=first["Marker"]) == invalid


def test_a_report_is_of_the_moment_in_which_it_was_made(world: World, root: Actor) -> None:
    """AWS: "you must generate a new report to view the updated information"."""
    bob = world.user("bob", allow("sts:*"))
    job_id = generate(root, arn("user/bob"))
    bob.sts.get_caller_identity()
    put(root, "bob", allow("*"))
    found = root.iam.get_service_last_accessed_details(JobId=job_id)["ServicesLastAccessed"]
    assert found == [unused("sts")]
    root.iam.delete_user_policy(UserName="bob", PolicyName="test")
    (key,) = root.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]
    root.iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    root.iam.delete_user(UserName="bob")
    assert root.iam.get_service_last_accessed_details(JobId=job_id)["ServicesLastAccessed"] == found


def test_a_report_can_be_had_for_a_day(world: World, root: Actor) -> None:
    world.user("bob", allow("s3:*"))
    job_id = generate(root, arn("user/bob"))
    world.clock.advance(timedelta(hours=23, minutes=59))
    assert root.iam.get_service_last_accessed_details(JobId=job_id)["JobStatus"] == "COMPLETED"
    world.clock.advance(timedelta(minutes=2))
    missing = ("NoSuchEntity", f"The job with id {job_id} cannot be found.")
    assert refusal(root.iam.get_service_last_accessed_details, JobId=job_id) == missing


def test_a_report_is_told_to_whom_it_was_made_for(world: World, root: Actor) -> None:
    """AWS: "Only the principal that generates a report can view the report details"; of a role, the same session."""
    ann = world.user("ann", allow("*"))
    role = world.role("worker", {"AWS": arn("root")}, allow("*"))
    sessions = [ann.assume(role, session_name=name) for name in ("one", "two", "one")]
    job_id = generate(sessions[0], arn("user/ann"))
    missing = ("NoSuchEntity", f"The job with id {job_id} cannot be found.")
    for actor in (root, ann, sessions[1]):
        assert refusal(actor.iam.get_service_last_accessed_details, JobId=job_id) == missing
        with_entities = actor.iam.get_service_last_accessed_details_with_entities
        assert refusal(with_entities, JobId=job_id, ServiceNamespace="iam") == missing
    for actor in (sessions[0], sessions[2]):
        assert actor.iam.get_service_last_accessed_details(JobId=job_id)["JobStatus"] == "COMPLETED"
    of_ann = generate(ann, arn("user/ann"))
    wire = ann.sts.get_session_token()["Credentials"]
    session = Actor(world, Credentials.of(wire))
    # Such a session may not ask IAM without MFA; it is of the same user all the same.
    assert refusal(session.iam.get_service_last_accessed_details, JobId=of_ann)[0] == "InvalidClientTokenId"
    # A report about an organization is another thing.
    assert refusal(ann.iam.get_organizations_access_report, JobId=of_ann)[0] == "NoSuchEntity"


def test_a_policy_without_a_text_fails_the_job(root: Actor) -> None:
    made = root.iam.create_service_linked_role(AWSServiceName=WITHOUT_A_TEXT)["Role"]
    (attached,) = root.iam.list_attached_role_policies(RoleName=made["RoleName"])["AttachedPolicies"]
    reason = f"The text of the policy {attached['PolicyArn']} is not installed."
    job_id = generate(root, made["Arn"], Granularity="ACTION_LEVEL")
    found = content(root.iam.get_service_last_accessed_details(JobId=job_id))
    failed = {
        "JobStatus": "FAILED",
        "JobCreationDate": found["JobCreationDate"],
        "JobCompletionDate": found["JobCompletionDate"],
        "Error": {"Code": "ServiceFailure", "Message": reason},
        "IsTruncated": False,
    }
    assert found == failed | {"JobType": "ACTION_LEVEL", "ServicesLastAccessed": []}
    with_entities = root.iam.get_service_last_accessed_details_with_entities
    assert content(with_entities(JobId=job_id, ServiceNamespace="iam")) == failed | {"EntityDetailsList": []}
    listing = root.iam.list_policies_granting_service_access
    refused = refusal(listing, Arn=made["Arn"], ServiceNamespaces=["iam"])
    assert refused == ("ServiceFailure", reason)


# Who is asked about


@pytest.mark.parametrize(
    "of",
    [
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:user/",
        "arn:aws:iam::12345678901:user/bob",
        "arn:aws:s3:::a-bucket-of-ours",
        "arn:aws-cn:iam::123456789012:user/bob",
        "not an ARN, but long enough",
    ],
)
def test_what_is_no_user_group_role_or_policy(root: Actor, of: str) -> None:
    wrong = ("InvalidInput", f"ARN {of} is not valid.")
    assert refusal(root.iam.generate_service_last_accessed_details, Arn=of) == wrong
    listing = root.iam.list_policies_granting_service_access
    assert refusal(listing, Arn=of, ServiceNamespaces=["iam"]) == wrong


def test_what_is_not_there(root: Actor) -> None:
    root.iam.create_user(UserName="bob", Path="/it/")
    expected = {
        arn("user/bob"): "The user with name bob cannot be found.",
        arn("group/staff"): "The group with name staff cannot be found.",
        arn("role/worker"): "The role with name worker cannot be found.",
        arn("policy/p"): f"Policy {arn('policy/p')} does not exist or is not attachable.",
        POLICY + "NoSuch": f"Policy {POLICY}NoSuch does not exist or is not attachable.",
    }
    answers = {of: refusal(root.iam.generate_service_last_accessed_details, Arn=of) for of in expected}
    assert answers == {of: ("NoSuchEntity", text) for of, text in expected.items()}
    short = root.iam.get_service_last_accessed_details
    assert refusal(short, JobId="short")[0] == "ValidationError"
    assert refusal(short, JobId=NO_JOB) == ("NoSuchEntity", f"The job with id {NO_JOB} cannot be found.")


def test_a_wrong_granularity(root: Actor) -> None:
    asked = root.iam.generate_service_last_accessed_details
    assert refusal(asked, Arn=arn("user/bob"), Granularity="ALL")[0] == "ValidationError"


@pytest.mark.parametrize("of", ["user/bob", "group/staff", "role/worker", "policy/p"])
def test_who_may_have_a_report_made(world: World, root: Actor, of: str) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_group(GroupName="staff")
    world.role("worker", {"AWS": arn("root")})
    root.iam.create_policy(PolicyName="p", PolicyDocument=document(allow("s3:*")))
    action = "iam:GenerateServiceLastAccessedDetails"
    operation = "generate_service_last_accessed_details"
    check_permission(world, operation, action, arn(of), arn(of), Arn=arn(of))


def test_a_policy_of_aws_may_be_reported_on(world: World) -> None:
    aws = POLICY + "IAMReadOnlyAccess"
    action = "iam:GenerateServiceLastAccessedDetails"
    check_permission(world, "generate_service_last_accessed_details", action, aws, aws, Arn=aws)


def test_who_may_be_told(world: World) -> None:
    world.user("bob", allow("s3:*"))
    reader = world.user("reader", allow("iam:GenerateServiceLastAccessedDetails"))
    job_id = generate(reader, arn("user/bob"))
    for operation, action, more in (
        ("get_service_last_accessed_details", "iam:GetServiceLastAccessedDetails", {}),
        (
            "get_service_last_accessed_details_with_entities",
            "iam:GetServiceLastAccessedDetailsWithEntities",
            {"ServiceNamespace": "s3"},
        ),
    ):
        asked = getattr(reader.iam, operation)
        refused = denial(arn("user/reader"), action, "*")
        assert refusal(asked, JobId=job_id, **more) == refused
        world.root.iam.put_user_policy(
            UserName="reader", PolicyName=operation.replace("_", "-"), PolicyDocument=document(allow(action))
        )
        assert asked(JobId=job_id, **more)["JobStatus"] == "COMPLETED"


def test_nobody_reports_on_another_account(world: World, root: Actor) -> None:
    of = arn("user/bob", "210987654321")
    assert refusal(root.iam.generate_service_last_accessed_details, Arn=of)[0] == "AccessDenied"
    assert (
        refusal(root.iam.list_policies_granting_service_access, Arn=of, ServiceNamespaces=["iam"])[0]
        == "AccessDenied"
    )


# ListPoliciesGrantingServiceAccess


def granting(actor: Actor, of: str, *namespaces: str, **more: Any) -> dict[str, Any]:
    return content(
        actor.iam.list_policies_granting_service_access(Arn=of, ServiceNamespaces=list(namespaces), **more)
    )


def managed(name: str, policy_arn: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyType": "MANAGED", "PolicyArn": policy_arn}


def inline(name: str, kind: str, owner: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyType": "INLINE", "EntityType": kind, "EntityName": owner}


def test_which_policies_allow_services(world: World, root: Actor) -> None:
    own = root.iam.create_policy(PolicyName="own", PolicyDocument=document(allow(["s3:*", "iam:Get*"])))
    own_arn = own["Policy"]["Arn"]
    world.user("bob", allow("s3:GetObject"))
    put(root, "bob", allow("sqs:*"), name="Other")
    root.iam.create_group(GroupName="Staff")
    root.iam.add_user_to_group(GroupName="Staff", UserName="bob")
    root.iam.put_group_policy(GroupName="Staff", PolicyName="g", PolicyDocument=document(allow("iam:*")))
    root.iam.attach_group_policy(GroupName="Staff", PolicyArn=own_arn)
    root.iam.attach_user_policy(UserName="bob", PolicyArn=own_arn)
    root.iam.attach_user_policy(UserName="bob", PolicyArn=POLICY + "IAMReadOnlyAccess")
    world.role("worker", {"AWS": arn("root")}, allow("*"))

    aws = managed("IAMReadOnlyAccess", POLICY + "IAMReadOnlyAccess")
    of_group = [managed("own", own_arn), inline("g", "GROUP", "Staff")]
    assert granting(root, arn("user/bob"), "iam", "s3", "sqs", "ec2", "iam", "nosuch") == {
        "PoliciesGrantingServiceAccess": [
            {"ServiceNamespace": "iam", "Policies": [aws, *of_group]},
            {"ServiceNamespace": "s3", "Policies": [managed("own", own_arn), inline("test", "USER", "bob")]},
            {"ServiceNamespace": "sqs", "Policies": [inline("Other", "USER", "bob")]},
            {"ServiceNamespace": "ec2", "Policies": []},
            {"ServiceNamespace": "nosuch", "Policies": []},
        ],
        "IsTruncated": False,
    }
    assert granting(root, arn("group/Staff"), "iam")["PoliciesGrantingServiceAccess"] == [
        {"ServiceNamespace": "iam", "Policies": of_group}
    ]
    assert granting(root, arn("role/worker"), "ec2")["PoliciesGrantingServiceAccess"] == [
        {"ServiceNamespace": "ec2", "Policies": [inline("test", "ROLE", "worker")]}
    ]


def test_a_deny_elsewhere_leaves_nothing_to_grant(world: World, root: Actor) -> None:
    world.user("bob", allow(["s3:*", "sqs:*"]))
    put(root, "bob", deny("s3:*"), name="no")
    found = granting(root, arn("user/bob"), "s3", "sqs")["PoliciesGrantingServiceAccess"]
    assert found == [
        {"ServiceNamespace": "s3", "Policies": []},
        {"ServiceNamespace": "sqs", "Policies": [inline("test", "USER", "bob")]},
    ]


def test_a_boundary_grants_nothing(world: World, root: Actor) -> None:
    """AWS: "Policies that are attached to users and roles as permissions boundaries are not returned"."""
    world.user("bob", PermissionsBoundary=POLICY + "IAMReadOnlyAccess")
    found = granting(root, arn("user/bob"), "iam")["PoliciesGrantingServiceAccess"]
    assert found == [{"ServiceNamespace": "iam", "Policies": []}]


def test_many_namespaces_come_in_pages(world: World, root: Actor) -> None:
    world.user("bob", allow("*"))
    names = list(service_names())[:200]
    first = granting(root, arn("user/bob"), *names)
    assert (len(first["PoliciesGrantingServiceAccess"]), first["IsTruncated"]) == (100, True)
    second = granting(root, arn("user/bob"), *names, Marker=first["Marker"])
    assert second["IsTruncated"] is False
    found = [*first["PoliciesGrantingServiceAccess"], *second["PoliciesGrantingServiceAccess"]]
    assert [each["ServiceNamespace"] for each in found] == names


@pytest.mark.parametrize("namespaces", [[], ["a"] * 201, ["a b"], [""], ["a" * 65]])
def test_namespaces_that_are_none(root: Actor, namespaces: list[str]) -> None:
    asked = root.iam.list_policies_granting_service_access
    assert refusal(asked, Arn=arn("user/bob"), ServiceNamespaces=namespaces)[0] == "ValidationError"


@pytest.mark.parametrize("of", ["user/bob", "group/staff", "role/worker"])
def test_who_may_list_granting_policies(world: World, root: Actor, of: str) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_group(GroupName="staff")
    world.role("worker", {"AWS": arn("root")})
    check_permission(
        world,
        "list_policies_granting_service_access",
        "iam:ListPoliciesGrantingServiceAccess",
        arn(of),
        arn(of),
        Arn=arn(of),
        ServiceNamespaces=["iam"],
    )
    assert refusal(
        root.iam.list_policies_granting_service_access, Arn=arn("policy/p"), ServiceNamespaces=["iam"]
    ) == (
        "InvalidInput",
        f"ARN {arn('policy/p')} is not valid.",
    )
