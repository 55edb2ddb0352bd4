"""
GetFederationToken, and what federated users may do.

Of the services that are here a federated user may use Organizations; IAM and nearly all of STS are closed to it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn, content, denial, refusal
from tests.support.decisions import last_decision
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings
from iampolicy import Request

BROKER = [allow(["sts:GetFederationToken", "sts:TagSession"]), allow("organizations:*")]
READ = document(allow("organizations:Describe*"))
FED = f"arn:aws:sts::{ACCOUNT}:federated-user/fed"


def federated(actor: Actor, name: str = "fed", **parameters: Any) -> Actor:
    answer = actor.sts.get_federation_token(Name=name, **parameters)
    return Actor(actor.world, Credentials.of(answer["Credentials"]), name)


def reads(actor: Actor) -> bool:
    """Tell whether *actor* may ask about the organization, of which there is one."""
    answer = refusal_or_none(actor.organizations.describe_organization)
    assert answer in {None, "AccessDeniedException"}
    return answer is None


def refusal_or_none(operation: Callable[..., Any], **params: Any) -> str | None:
    try:
        operation(**params)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


@pytest.fixture
def broker(world: World) -> Actor:
    """A user that may federate others, in an account with an organization."""
    world.root.organizations.create_organization()
    return world.user("broker", *BROKER, Tags=[{"Key": "Team", "Value": "red"}])


def question_of(world: World) -> Request:
    """Return what the engine was asked last."""
    denied = world.app.pipeline.decisions.find(last_decision(world), ACCOUNT, world.clock.now())
    assert denied is not None
    return denied.request


def test_the_answer(broker: Actor) -> None:
    # fact 82
    answer = content(broker.sts.get_federation_token(Name="fed", DurationSeconds=900))
    credentials = answer.pop("Credentials")
    assert set(credentials) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert credentials["AccessKeyId"].startswith("ASIA")
    length = len(credentials["SessionToken"])
    assert length < 1024
    assert answer == {
        "FederatedUser": {"FederatedUserId": f"{ACCOUNT}:fed", "Arn": FED},
        "PackedPolicySize": 0,
        "SessionTokenSize": length,
        "SessionTokenUtilization": -(-length * 100 // 4096),
    }


def test_what_is_packed_is_told(broker: Actor) -> None:
    size = broker.sts.get_federation_token(Name="fed", Policy=READ)["PackedPolicySize"]
    assert 0 < size < 10
    tagged = broker.sts.get_federation_token(Name="fed", Tags=[{"Key": "k", "Value": "v"}])
    assert 0 < tagged["PackedPolicySize"] < 10


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [({}, 43200), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 129600}, 129600)],
)
def test_it_lasts_as_long_as_was_asked(broker: Actor, asked: dict[str, int], seconds: int) -> None:
    answer = broker.sts.get_federation_token(Name="fed", **asked)
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=seconds - 5) < left <= timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [899, 129601, -1])
def test_other_durations_are_refused(broker: Actor, seconds: int) -> None:
    """R-36"""
    code, _ = refusal(broker.sts.get_federation_token, Name="fed", DurationSeconds=seconds)
    assert code == "ValidationError"


@pytest.mark.parametrize("asked", [{}, {"DurationSeconds": 7200}])
def test_for_the_root_it_lasts_an_hour_at_most(root: Actor, asked: dict[str, int]) -> None:
    # semantics 70
    answer = root.sts.get_federation_token(Name="fed", **asked)
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=3595) < left <= timedelta(hours=1)


def test_it_ends(broker: Actor) -> None:
    session = federated(broker, DurationSeconds=900)
    broker.world.clock.advance(timedelta(seconds=901))
    assert refusal(session.sts.get_caller_identity)[0] == "ExpiredToken"


@pytest.mark.parametrize("name", ["x", "n" * 33, "a b", "a/b", "a:b"])
def test_names(broker: Actor, name: str) -> None:
    assert refusal(broker.sts.get_federation_token, Name=name)[0] == "ValidationError"


def test_who_the_caller_is(broker: Actor) -> None:
    assert content(federated(broker).sts.get_caller_identity()) == {
        "UserId": f"{ACCOUNT}:fed",
        "Account": ACCOUNT,
        "Arn": FED,
    }


class TestPermission:
    def test_it_is_asked_on_the_federated_user(self, world: World) -> None:
        # semantics 81
        outsider = world.user(
            "outsider",
            allow("sts:GetFederationToken", None, NotResource=FED),
            {"Effect": "Allow", "NotAction": "sts:GetFederationToken", "Resource": "*"},
        )
        refused = refusal(outsider.sts.get_federation_token, Name="fed")
        assert refused == denial(arn("user/outsider"), "sts:GetFederationToken", FED)
        insider = world.user("insider", allow("sts:GetFederationToken", FED))
        assert federated(insider).sts.get_caller_identity()["Arn"] == FED

    def test_tags_need_a_permission_of_their_own(self, world: World) -> None:
        tags = [{"Key": "k", "Value": "v"}]
        bob = world.user("bob", allow("sts:GetFederationToken"))
        refused = refusal(bob.sts.get_federation_token, Name="fed", Tags=tags)
        assert refused == denial(arn("user/bob"), "sts:TagSession", FED)
        world.root.iam.put_user_policy(
            UserName="bob", PolicyName="tag", PolicyDocument=document(allow("sts:TagSession", FED))
        )
        assert bob.sts.get_federation_token(Name="fed", Tags=tags)["PackedPolicySize"] > 0

    def test_tags_are_condition_keys(self, world: World) -> None:
        red = {
            "StringEquals": {"aws:RequestTag/Team": "red"},
            "ForAllValues:StringEquals": {"aws:TagKeys": "Team"},
        }
        bob = world.user("bob", allow(["sts:GetFederationToken", "sts:TagSession"], Condition=red))

        def asked(*tags: tuple[str, str]) -> str | None:
            given = [{"Key": key, "Value": value} for key, value in tags]
            return refusal_or_none(bob.sts.get_federation_token, Name="fed", Tags=given)

        assert asked(("Team", "red")) is None
        assert asked(("Team", "blue")) == "AccessDenied"
        assert asked(("Team", "red"), ("More", "x")) == "AccessDenied"
        assert asked() == "AccessDenied"

    def test_a_boundary_and_a_deny_hold(self, world: World) -> None:
        edge = world.root.iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("s3:*")))[
            "Policy"
        ]
        bounded = world.user("bounded", allow("*"), PermissionsBoundary=edge["Arn"])
        assert "no permissions boundary allows" in refusal(bounded.sts.get_federation_token, Name="fed")[1]
        denied = world.user("denied", allow("*"), deny("sts:GetFederationToken"))
        assert "explicit deny" in refusal(denied.sts.get_federation_token, Name="fed")[1]

    @pytest.mark.parametrize("kind", ["role", "session", "federated"])
    def test_temporary_credentials_get_none(self, world: World, kind: str) -> None:
        """R-12: sessions are not made out of sessions without end."""
        bob = world.user("bob", allow("*"))
        if kind == "role":
            caller = bob.assume(world.role("r", {"AWS": arn("user/bob")}, allow("*")))
        elif kind == "session":
            caller = Actor(world, Credentials.of(bob.sts.get_session_token()["Credentials"]))
        else:
            caller = federated(bob, Policy=document(allow("*")))
        assert refusal(caller.sts.get_federation_token, Name="fed") == (
            "AccessDenied",
            "Cannot call GetFederationToken with session credentials",
        )


class TestPolicies:
    def test_user_and_session_policy_decide_together(self, broker: Actor) -> None:
        session = federated(broker, Policy=READ)
        assert reads(session)
        denied = f"User: {FED} is not authorized to perform: organizations:ListRoots on resource: * "
        denied += "because no session policy allows the organizations:ListRoots action"
        assert refusal(session.organizations.list_roots) == ("AccessDeniedException", denied)

    def test_a_session_policy_adds_nothing(self, broker: Actor) -> None:
        everything = federated(broker, Policy=document(allow("*")))
        assert reads(everything)
        name = broker.name
        broker.world.root.iam.delete_user_policy(UserName=name, PolicyName="test")
        code, message = refusal(everything.organizations.describe_organization)
        assert code == "AccessDeniedException"
        assert "no identity-based policy allows" in message

    def test_without_one_nothing_is_allowed(self, broker: Actor) -> None:
        code, message = refusal(federated(broker).organizations.describe_organization)
        assert code == "AccessDeniedException"
        assert "no session policy allows" in message

    def test_managed_policies(self, broker: Actor) -> None:
        iam = broker.world.root.iam
        read = iam.create_policy(PolicyName="read", PolicyDocument=READ)["Policy"]["Arn"]
        session = federated(broker, PolicyArns=[{"arn": read}])
        assert reads(session)
        nothing = document(allow("s3:*"))
        iam.create_policy_version(PolicyArn=read, PolicyDocument=nothing, SetAsDefault=True)
        assert not reads(session)

    def test_policies_of_others_are_none(self, broker: Actor) -> None:
        for text in (arn("policy/missing"), arn("policy/theirs", "210987654321")):
            assert refusal(broker.sts.get_federation_token, Name="fed", PolicyArns=[{"arn": text}]) == (
                "MalformedPolicyDocument",
                f"Policy {text} does not exist or is not attachable.",
            )

    def test_policies_have_a_length(self, broker: Actor) -> None:
        # fact 82, semantics 82
        long = document(allow("s3:*", [f"arn:aws:s3:::{number:0100}" for number in range(20)]))
        code, message = refusal(broker.sts.get_federation_token, Name="fed", Policy=long)
        assert (code, "less than or equal to 2048" in message) == ("ValidationError", True)
        half = document(allow("s3:*", [f"arn:aws:s3:::{number:0100}" for number in range(16)]))
        arns = [{"arn": arn(f"policy/{number:0100}")} for number in range(2)]
        code, _ = refusal(broker.sts.get_federation_token, Name="fed", Policy=half, PolicyArns=arns)
        assert code == "PackedPolicyTooLarge"

    def test_a_bad_policy_is_refused(self, broker: Actor) -> None:
        refused = refusal(broker.sts.get_federation_token, Name="fed", Policy='{"Version":"2012-10-17"}')
        assert refused[0] == "MalformedPolicyDocument"

    def test_the_root_s_rights_are_limited_by_a_session_policy_alone(self, world: World) -> None:
        # semantics 90
        world.root.organizations.create_organization()
        assert reads(federated(world.root, Policy=READ))
        assert not reads(federated(world.root))

    def test_a_boundary_of_the_user_holds_for_the_session(self, broker: Actor) -> None:
        iam = broker.world.root.iam
        session = federated(broker, Policy=READ)
        edge = iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
        iam.put_user_permissions_boundary(UserName="broker", PermissionsBoundary=edge)
        assert not reads(session)


class TestTags:
    def test_the_session_has_the_user_s_tags_and_its_own(self, broker: Actor) -> None:
        # semantics 81: those that were passed win, without regard to case
        session = federated(
            broker,
            Tags=[{"Key": "team", "Value": "blue"}, {"Key": "Cost", "Value": "1"}],
            Policy=document(allow("s3:*")),
        )
        assert not reads(session)
        keys = question_of(broker.world).context
        tags = {key: value for key, value in keys.items() if key.startswith("aws:PrincipalTag/")}
        assert tags == {"aws:PrincipalTag/team": "blue", "aws:PrincipalTag/Cost": "1"}

    @pytest.mark.parametrize(
        ("keys", "message"),
        [
            (["a", "A"], "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
            (["AWS:x"], "Tag keys that begin with aws: are reserved."),
        ],
    )
    def test_keys(self, broker: Actor, keys: list[str], message: str) -> None:
        tags = [{"Key": key, "Value": "v"} for key in keys]
        refused = refusal(broker.sts.get_federation_token, Name="fed", Tags=tags)
        assert refused == ("InvalidParameterValue", message)

    def test_tags_have_a_size(self, broker: Actor) -> None:
        tags = [{"Key": f"{number}" * 100, "Value": f"v{number}" * 100} for number in range(10, 60)]
        refused = refusal(broker.sts.get_federation_token, Name="fed", Tags=[*tags, tags[0]])
        assert refused[0] == "ValidationError"
        ids = broker.world.app.tools.ids
        random = [{"Key": f"k{number}", "Value": ids.token(96).hex()} for number in range(50)]
        code, message = refusal(broker.sts.get_federation_token, Name="fed", Tags=random)
        assert (code, message.endswith("of allotted space, please use smaller policy.")) == (
            "PackedPolicyTooLarge",
            True,
        )


class TestTheSession:
    @pytest.mark.parametrize(
        "call",
        [
            lambda sts: sts.get_session_token(),
            lambda sts: sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE"),
            lambda sts: sts.assume_role(RoleArn=arn("role/r"), RoleSessionName="ss"),
            lambda sts: sts.decode_authorization_message(EncodedMessage="x"),
        ],
    )
    def test_of_sts_it_opens_caller_identity_only(self, world: World, call: Callable[[Any], Any]) -> None:
        # semantics 71
        session = federated(world.user("bob", allow("*")), Policy=document(allow("*")))
        code, message = refusal(lambda: call(session.sts))
        assert (code, message.endswith(" with session credentials")) == ("AccessDenied", True)

    def test_it_opens_no_operation_of_iam(self, world: World) -> None:
        # semantics 71
        session = federated(world.user("bob", allow("*")), Policy=document(allow("*")))
        assert refusal(session.iam.list_users) == (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )

    @pytest.mark.parametrize("of_root", [False, True])
    def test_its_context_keys(self, world: World, of_root: bool) -> None:
        # semantics 43, 72
        asker = world.root if of_root else world.user("bob", allow("sts:GetFederationToken"))
        session = federated(asker, Policy=document(allow("s3:*")))
        assert refusal(session.organizations.describe_organization)[0] == "AccessDeniedException"
        keys = question_of(world).context
        of_caller = {
            key: value
            for key, value in keys.items()
            if key.startswith(("aws:Principal", "aws:user", "aws:Multi", "aws:Token", "aws:Source"))
        }
        assert of_caller.pop("aws:TokenIssueTime")
        of_caller.pop("aws:SourceIp")
        assert of_caller == {
            "aws:PrincipalArn": FED,
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalType": "FederatedUser",
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": f"{ACCOUNT}:fed",
            "aws:MultiFactorAuthPresent": "false",
        }

    def test_it_is_no_use_of_a_role_and_none_of_the_key(self, broker: Actor) -> None:
        session = federated(broker, Policy=READ)
        assert reads(session)
        uses = broker.world.app.tools.usage.noted()
        assert set(uses.roles) == set()
        assert broker.credentials is not None
        assert uses.access_keys[broker.credentials.access_key_id].service == "sts"

    def test_it_ends_with_its_user_and_not_with_its_key(self, broker: Actor) -> None:
        session, iam = federated(broker, Policy=READ), broker.world.root.iam
        assert broker.credentials is not None
        key = {"UserName": "broker", "AccessKeyId": broker.credentials.access_key_id}
        iam.update_access_key(**key, Status="Inactive")
        assert reads(session)
        iam.delete_access_key(**key)
        iam.delete_user_policy(UserName="broker", PolicyName="test")
        iam.delete_user(UserName="broker")
        assert refusal(session.sts.get_caller_identity)[0] == "InvalidClientTokenId"

    def test_by_a_setting_it_ends_with_its_key(self, loop: LoopThread) -> None:
        settings = Settings(
            root_access_key_id="AKIAROOTEXAMPLE00000",
            root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
            sessions_end_with_their_key=True,
        )
        world = World(loop, settings)
        try:
            bob = world.user("bob", allow("sts:GetFederationToken"))
            session = federated(bob)
            assert bob.credentials is not None
            key = {"UserName": "bob", "AccessKeyId": bob.credentials.access_key_id}
            world.root.iam.update_access_key(**key, Status="Inactive")
            assert refusal(session.sts.get_caller_identity)[0] == "InvalidClientTokenId"
        finally:
            world.close()

    def test_no_answer_has_a_longer_token_than_there_may_be(self, broker: Actor) -> None:
        ids = broker.world.app.tools.ids
        tags = [{"Key": f"k{number}", "Value": ids.token(40).hex()} for number in range(50)]
        answer = broker.sts.get_federation_token(Name="n" * 32, Tags=tags, MinimumSessionTokenSize=4096)
        assert len(answer["Credentials"]["SessionToken"]) == answer["SessionTokenSize"] == 4096
        assert answer["SessionTokenUtilization"] == 100
        assert answer["PackedPolicySize"] <= 100
