"""Reports on access: what somebody may use, and when it was used last."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.answers import arn, content, refusal
from tests.support.loops import LoopThread
from tests.support.sqlite import sqlite
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.assemble import Application
from iamd.catalogue.service_actions import service_actions, service_names
from iamd.clock import SystemClock
from iamd.operations.uses import Asked, Use
from iamd.secret import Secret
from iamd.settings import Settings

POLICY = "arn:aws:iam::aws:policy/"
ROOT_KEY = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")
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


def used(namespace: str, by: str, at: datetime, total: int = 1) -> dict[str, Any]:
    return unused(namespace) | {
        "LastAuthenticated": at,
        "LastAuthenticatedEntity": by,
        "LastAuthenticatedRegion": "us-east-1",
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
        with sqlite(tmp_path / "iamd.sqlite") as connection:
            return [
                name for (name,) in connection.execute("SELECT DISTINCT service FROM accesses").fetchall()
            ]

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
    world.app.tools.usage.keep(use, asked=Asked(ACCOUNT, user_id, "s3", "getobject"))
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
