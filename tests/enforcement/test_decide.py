"""``POST /_iamd/authz/decide``: decisions about principals that have signed nothing here."""

from typing import Any

import pytest
from tests.support.points import call_page, post, signed, told
from tests.support.world import ACCOUNT, Actor, World, allow, deny

from iamd.enforcement.decide import PATH
from iamd.http import Response

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
BUCKET = "arn:aws:s3:::reports/june.pdf"


def ask(world: World, actor: Actor | None, body: object, service: str = "iam") -> Response:
    return call_page(world, signed(post(PATH, body), actor, service))


def question(
    principal: str = BOB, action: str = "s3:GetObject", resource: str = BUCKET, **context: Any
) -> Any:
    return {
        "principal": principal,
        "action": action,
        "resource": resource,
        "context": {key.replace("__", ":"): value for key, value in context.items()},
    }


def decided(world: World, body: object, actor: Actor | None = None) -> Any:
    response = ask(world, actor or world.root, body)
    assert response.status == 200, response.body
    return told(response)


def refused(response: Response) -> str:
    assert response.status in {400, 403, 404}
    return str(told(response)["__type"])


def test_an_allow_names_the_statement_that_allows(world: World) -> None:
    world.user("bob", allow("s3:GetObject", "arn:aws:s3:::reports/*", Sid="Reports"))
    assert decided(world, question()) == {
        "epoch": world.app.store.epoch,
        "allowed": True,
        "outcome": "Allow",
        "layer": "identity",
        "message": None,
        "decision_id": None,
        "statements": [
            {
                "layer": "identity",
                "effect": "Allow",
                "policy": "test",
                "arn": f"{BOB}/test",
                "index": 0,
                "sid": "Reports",
            }
        ],
    }


def test_a_denial_says_why_and_is_kept_to_be_asked_about(world: World) -> None:
    world.user("bob", allow("s3:*"), deny("s3:GetObject"))
    answer = decided(world, question())
    assert (answer["allowed"], answer["outcome"], answer["layer"]) == (False, "ExplicitDeny", "identity")
    assert answer["message"] == (
        f"User: {BOB} is not authorized to perform: s3:GetObject on resource: {BUCKET} "
        "with an explicit deny in an identity-based policy"
    )
    denial = world.app.pipeline.decisions.find(answer["decision_id"], ACCOUNT, world.clock.now())
    assert denial is not None
    assert (denial.caller_arn, denial.operation, denial.request.action) == (BOB, "Decide", "s3:GetObject")


def test_a_batch_is_answered_in_its_order(world: World) -> None:
    world.user("bob", allow("s3:GetObject"))
    batch = {"requests": [question(), question(action="s3:PutObject"), question(action="S3:getobject")]}
    answers = decided(world, batch)["decisions"]
    assert [each["allowed"] for each in answers] == [True, False, True]


def test_conditions_see_what_is_told_and_what_the_server_knows(world: World) -> None:
    world.user(
        "bob",
        allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        allow(
            "s3:PutObject",
            "arn:aws:s3:::${aws:username}-${aws:PrincipalTag/team}/*",
        ),
        allow("s3:ListBucket", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
        Tags=[{"Key": "team", "Value": "red"}],
    )
    inside = question(aws__SourceIp="10.1.2.3")
    outside = question(aws__SourceIp="192.0.2.1")
    silent = question()
    own = question(action="s3:PutObject", resource="arn:aws:s3:::bob-red/x")
    other = question(action="s3:PutObject", resource="arn:aws:s3:::eve-red/x")
    tags = question(action="s3:ListBucket", aws__TagKeys=["a", "b"])
    more = question(action="s3:ListBucket", aws__TagKeys=["a", "c"])
    batch = {"requests": [inside, outside, silent, own, other, tags, more]}
    answers = decided(world, batch)["decisions"]
    assert [each["allowed"] for each in answers] == [True, False, False, True, False, True, False]


def test_the_address_of_whoever_asks_is_not_that_of_the_request(world: World) -> None:
    world.user("bob", allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.1"}}))
    assert decided(world, question())["allowed"] is False


@pytest.mark.parametrize(
    "key",
    ["aws:PrincipalArn", "AWS:principaltag/team", "aws:username", "aws:CurrentTime", "aws:ResourceAccount"],
)
def test_what_the_server_knows_cannot_be_told(world: World, key: str) -> None:
    """R-14: the tags and the time that decide are the server's."""
    world.user("bob", allow("*"))
    body = {**question(), "context": {key: "x"}}
    assert refused(ask(world, world.root, body)) == "InvalidInputException"


def test_roles_are_decided_about_and_so_are_their_sessions(world: World) -> None:
    path = {"Path": "/team/"}
    arn = world.role(
        "reader", {"AWS": ACCOUNT}, allow("s3:GetObject", "arn:aws:s3:::reports/${aws:userid}"), **path
    )
    role_id = world.root.iam.get_role(RoleName="reader")["Role"]["RoleId"]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/june"
    own = question(session, resource=f"arn:aws:s3:::reports/{role_id}:june")
    other = question(session, resource=f"arn:aws:s3:::reports/{role_id}:july")
    bare = question(arn, resource=f"arn:aws:s3:::reports/{role_id}")
    answers = decided(world, {"requests": [own, other, bare]})["decisions"]
    assert [each["allowed"] for each in answers] == [True, False, True]


def test_the_root_user_may_what_nobody_forbids(world: World) -> None:
    assert decided(world, question(f"arn:aws:iam::{ACCOUNT}:root"))["allowed"] is True


def test_a_resource_of_another_account_needs_its_policy(world: World) -> None:
    world.user("bob", allow("*"))
    elsewhere = question(action="sqs:SendMessage", resource="arn:aws:sqs:us-east-1:210987654321:jobs")
    assert decided(world, elsewhere)["layer"] == "resource"


def test_boundaries_bear_on_it(world: World) -> None:
    boundary = world.root.iam.create_policy(
        PolicyName="most",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:List*","Resource":"*"}}',
    )["Policy"]["Arn"]
    world.user("bob", allow("*"), PermissionsBoundary=boundary)
    assert decided(world, question())["layer"] == "boundary"


def test_it_holds_from_the_next_question_on(world: World) -> None:
    world.user("bob", allow("s3:*"))
    assert decided(world, question())["allowed"] is True
    world.root.iam.delete_user_policy(UserName="bob", PolicyName="test")
    assert decided(world, question())["allowed"] is False
    for key in world.root.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        world.root.iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    world.root.iam.delete_user(UserName="bob")
    assert refused(ask(world, world.root, question())) == "NoSuchEntity"


def test_passing_a_role_is_decided_with_the_tags_of_the_role(world: World) -> None:
    world.user("bob", allow("iam:PassRole", Condition={"StringEquals": {"iam:ResourceTag/for": "batch"}}))
    batch = world.role("batch", {"Service": "ec2.amazonaws.com"}, Tags=[{"Key": "for", "Value": "batch"}])
    other = world.role("other", {"Service": "ec2.amazonaws.com"})
    answers = decided(
        world, {"requests": [question(action="iam:PassRole", resource=each) for each in (batch, other)]}
    )["decisions"]
    assert [each["allowed"] for each in answers] == [True, False]
    lie = question(action="iam:PassRole", resource=other, iam__ResourceTag="x")
    lie["context"] = {"iam:ResourceTag/for": "batch"}
    assert refused(ask(world, world.root, lie)) == "InvalidInputException"


@pytest.mark.parametrize(
    "action", ["iam:CreateUser", "sts:AssumeRole", "STS:GetCallerIdentity", "organizations:ListRoots"]
)
def test_what_the_server_answers_itself_is_not_decided_here(world: World, action: str) -> None:
    world.user("bob", allow("*"))
    assert refused(ask(world, world.root, question(action=action))) == "InvalidInputException"


def test_whoever_asks_needs_the_permission_on_each_principal(world: World) -> None:
    """R-02, R-26."""
    world.user("bob", allow("s3:*"))
    eve = f"arn:aws:iam::{ACCOUNT}:user/eve"
    world.user("eve")
    nobody = world.user("nobody")
    point = world.user("point", allow("iam:SimulatePrincipalPolicy", BOB))
    assert refused(ask(world, nobody, question())) == "AccessDeniedException"
    assert decided(world, question(), point)["allowed"] is True
    both = {"requests": [question(), question(eve)]}
    assert refused(ask(world, point, both)) == "AccessDeniedException"


def test_who_may_not_ask_learns_nobodys_existence(world: World) -> None:
    """R-28."""
    world.user("bob")
    nobody = world.user("nobody")
    absent = f"arn:aws:iam::{ACCOUNT}:user/not-there"
    answers = [told(ask(world, nobody, question(each))) for each in (BOB, absent)]
    assert answers[0]["__type"] == answers[1]["__type"] == "AccessDeniedException"
    assert answers[0]["message"].replace(BOB, absent) == answers[1]["message"]


def test_principals_of_other_accounts_are_nobodys(world: World) -> None:
    for foreign in ("arn:aws:iam::210987654321:user/bob", "arn:aws:iam::210987654321:root"):
        assert refused(ask(world, world.root, question(foreign))) == "AccessDeniedException"


def test_nobody_asks_unsigned_or_for_another_service(world: World) -> None:
    """R-02, R-10: an ordinary signed request, of S3 for one, opens nothing here."""
    assert refused(ask(world, None, question())) == "MissingAuthenticationTokenException"
    assert refused(ask(world, world.root, question(), "s3")) == "InvalidSignatureException"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"principal": 1}',
        b'{"requests": []}',
        b'{"principal":"a","principal":"b","action":"s3:GetObject","resource":"*"}',
        b'{"principal":"nobody","action":"s3:GetObject","resource":"*"}',
        b'{"principal":"arn:aws:iam::123456789012:root","action":"s3:*","resource":"*"}',
        b'{"principal":"arn:aws:iam::123456789012:root","action":"s3:GetObject","resource":"reports"}',
        b'{"principal":"arn:aws:iam::123456789012:root","action":"s3:GetObject","resource":"*","sudo":true}',
        b'{"principal":"arn:aws:iam::123456789012:root","action":"s3:GetObject","resource":"*","context":{"x":"y"}}',
        b"[" * 50_000,
        b"\xff",
    ],
)
def test_what_cannot_be_read_is_refused(world: World, body: bytes) -> None:
    """R-67, R-68."""
    assert refused(ask(world, world.root, body)) == "InvalidInputException"


def test_a_batch_has_an_end(world: World) -> None:
    assert refused(ask(world, world.root, {"requests": [question()] * 101})) == "InvalidInputException"


def test_a_batch_may_be_about_whom_nobody_has_asked_about(world: World) -> None:
    """As long as a batch may be, with a principal and a foreign account of its own in each question."""
    names = [f"user{number}" for number in range(100)]
    for name in names:
        world.root.iam.create_user(UserName=name)
    asked = [
        question(
            f"arn:aws:iam::{ACCOUNT}:user/{name}", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{place:012}:q"
        )
        for place, name in enumerate(names)
    ]
    answers = decided(world, {"requests": asked})["decisions"]
    assert {each["outcome"] for each in answers} == {"ImplicitDeny"}
    # Each was noted once, however often something had to be looked up first.
    assert len(world.app.pipeline.decisions) == 100
