"""Decisions that are remembered, and those that must not be."""

from tests.support.answers import arn, refusal
from tests.support.world import World, allow, deny, document

from iamd.auth.remembered import RememberedDecisions
from iampolicy import PolicyKind, PolicySet, Principal, PrincipalKind, Request, evaluate, parse

BOB = Principal(
    kind=PrincipalKind.USER,
    account="123456789012",
    arn=arn("user/bob"),
    identity_arn=arn("user/bob"),
    unique_id="AIDA",
)


def test_what_a_condition_asks_is_looked_at_each_time(world: World) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "right"}}
    role = world.root.iam.create_role(
        RoleName="partner",
        AssumeRolePolicyDocument=document(
            allow("sts:AssumeRole", None, Principal={"AWS": arn("root")}, Condition=condition)
        ),
    )["Role"]["Arn"]
    ann = world.user("ann", allow("sts:AssumeRole"))
    asked = {"RoleArn": role, "RoleSessionName": "ann"}
    for _ in range(2):
        assert refusal(ann.sts.assume_role, **asked, ExternalId="wrong")[0] == "AccessDenied"
        assert "Credentials" in ann.sts.assume_role(**asked, ExternalId="right")
        assert refusal(ann.sts.assume_role, **asked)[0] == "AccessDenied"


def test_a_deny_under_a_condition_is_asked_each_time_although_the_allow_has_none(world: World) -> None:
    carl = world.user(
        "carl",
        allow("sts:AssumeRole"),
        deny("sts:AssumeRole", Condition={"StringLike": {"sts:RoleSessionName": "root*"}}),
    )
    role = world.role("plain", {"AWS": arn("root")})
    for _ in range(2):
        assert "Credentials" in carl.sts.assume_role(RoleArn=role, RoleSessionName="carl")
        refused = refusal(carl.sts.assume_role, RoleArn=role, RoleSessionName="rooted")
        assert refused[0] == "AccessDenied"


def test_a_policy_variable_stands_for_each_caller_by_itself(world: World) -> None:
    policy = world.root.iam.create_policy(
        PolicyName="own-role",
        PolicyDocument=document(allow("sts:AssumeRole", arn("role/of-${aws:username}"))),
    )["Policy"]["Arn"]
    dora, emil = world.user("dora"), world.user("emil")
    for user in (dora, emil):
        world.root.iam.attach_user_policy(UserName=user.name, PolicyArn=policy)
    role = world.role("of-dora", {"AWS": arn("root")})
    for _ in range(2):
        assert "Credentials" in dora.sts.assume_role(RoleArn=role, RoleSessionName="ss")
        assert refusal(emil.sts.assume_role, RoleArn=role, RoleSessionName="ss")[0] == "AccessDenied"


def test_another_policy_is_another_question(world: World) -> None:
    finn = world.user("finn", allow("sts:AssumeRole"))
    role = world.role("changing", {"AWS": arn("root")})
    asked = {"RoleArn": role, "RoleSessionName": "finn"}
    assert "Credentials" in finn.sts.assume_role(**asked)
    assert "Credentials" in finn.sts.assume_role(**asked)
    world.root.iam.put_user_policy(UserName="finn", PolicyName="more", PolicyDocument=document(deny("sts:*")))
    assert refusal(finn.sts.assume_role, **asked)[0] == "AccessDenied"
    world.root.iam.delete_user_policy(UserName="finn", PolicyName="more")
    assert "Credentials" in finn.sts.assume_role(**asked)


def test_no_more_is_kept_than_may_be() -> None:
    text = document(allow("s3:GetObject"))
    policies = PolicySet(identity=(parse(text, PolicyKind.IDENTITY),))
    remembered = RememberedDecisions(most=2)
    for number in range(5):
        resource = f"arn:aws:s3:::bucket/{number}"
        request = Request(
            principal=BOB, action="s3:GetObject", resource=resource, resource_account=BOB.account
        )
        question = (policies, BOB, "s3:GetObject", resource, BOB.account)
        decision = evaluate(request, policies)
        remembered.keep(question, decision)
        assert remembered.find(question) is decision
        assert len(remembered) <= 2
    again = PolicySet(identity=(parse(text, PolicyKind.IDENTITY),))
    assert remembered.find((again, *question[1:])) is None


def test_sessions_that_differ_in_their_policies_alone_are_not_looked_for_in_one_place() -> None:
    identity = (parse(document(allow("s3:*")), PolicyKind.IDENTITY),)
    sets = [
        PolicySet(
            identity=identity,
            session=(parse(document(allow("s3:*", f"arn:aws:s3:::{number}")), PolicyKind.SESSION),),
        )
        for number in range(200)
    ]
    assert len(set(map(hash, sets))) > 190


def test_nothing_is_kept_about_very_long_names() -> None:
    """Whoever asks has chosen them: thousands of requests would fill the memory."""
    policies = PolicySet(identity=(parse(document(allow("s3:GetObject")), PolicyKind.IDENTITY),))
    remembered = RememberedDecisions()
    for length, kept in ((1_024, True), (8_192, False)):
        resource = "arn:aws:s3:::bucket/" + "k" * length
        request = Request(
            principal=BOB, action="s3:GetObject", resource=resource, resource_account=BOB.account
        )
        question = (policies, BOB, "s3:GetObject", resource, BOB.account)
        decision = evaluate(request, policies)
        assert remembered.keep(question, decision) is kept
        assert remembered.find(question) is (decision if kept else None)
