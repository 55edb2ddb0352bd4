"""Reports on access as jobs: who has them made, about whom, who is told them, and for how long."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import Actor, Credentials, World, allow, document

from iamd.catalogue.service_actions import service_names

POLICY = "arn:aws:iam::aws:policy/"
WITHOUT_A_TEXT = "lex.amazonaws.com"
"""A service whose role has a policy that is not among the installed ones."""
NO_JOB = "00000000-0000-4000-8000-000000000000"


def generate(actor: Actor, of: str, **more: Any) -> str:
    job_id: str = actor.iam.generate_service_last_accessed_details(Arn=of, **more)["JobId"]
    return job_id


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
    root.iam.put_user_policy(UserName="bob", PolicyName="test", PolicyDocument=document(allow("*")))
    found = root.iam.get_service_last_accessed_details(JobId=job_id)["ServicesLastAccessed"]
    assert [(each["ServiceNamespace"], each["TotalAuthenticatedEntities"]) for each in found] == [("sts", 0)]
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


def test_nobody_reports_on_another_account(root: Actor) -> None:
    """R-33."""
    of = arn("user/bob", "210987654321")
    assert refusal(root.iam.generate_service_last_accessed_details, Arn=of)[0] == "AccessDenied"
