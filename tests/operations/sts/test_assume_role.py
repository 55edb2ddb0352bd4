"""AssumeRole: who may, for how long, and what the session carries."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.operations.sts.test_session_tokens import device_of, session_of
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
TRUST_ACTIONS = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def role_with(world: World, name: str, *trust: Mapping[str, Any], **parameters: Any) -> str:
    """Make a role with exactly the trust statements given."""
    answer = world.root.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=document(*trust), **parameters
    )
    return str(answer["Role"]["Arn"])


def trusting(*principals: str, **condition: Any) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return allow(TRUST_ACTIONS, None, Principal={"AWS": list(principals)}, **more)


def error_of(actor: Actor, arn: str, **parameters: Any) -> dict[str, str]:
    with pytest.raises(ClientError) as refused:
        actor.sts.assume_role(**{"RoleArn": arn, "RoleSessionName": "ss"} | parameters)
    error = refused.value.response["Error"]
    return {"Code": error["Code"], "Message": error["Message"]}


def denied(principal: str, arn: str, reason: str, action: str = "sts:AssumeRole") -> dict[str, str]:
    text = f"User: {principal} is not authorized to perform: {action} on resource: {arn} {reason}"
    return {"Code": "AccessDenied", "Message": text}


def test_the_answer(world: World) -> None:
    # fact 80
    bob = world.user("bob")
    role = role_with(world, "deploy", trusting(BOB), Path="/ci/")
    answer = bob.sts.assume_role(RoleArn=role, RoleSessionName="build-7")
    role_id = world.root.iam.get_role(RoleName="deploy")["Role"]["RoleId"]
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role_id}:build-7",
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/build-7",
    }
    assert set(answer) == {"Credentials", "AssumedRoleUser", "ResponseMetadata"}
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=3595) < left <= timedelta(hours=1)
    assert len(answer["Credentials"]["SessionToken"]) < 1024


TRUST = {
    "names the user": trusting(BOB),
    "names the account": trusting(ACCOUNT),
    "is silent": trusting(f"arn:aws:iam::{ACCOUNT}:user/other"),
    "denies": deny("sts:AssumeRole", None, Principal={"AWS": BOB}),
}
IDENTITY: dict[str, tuple[dict[str, Any], ...]] = {
    "allows": (allow("sts:AssumeRole"),),
    "is silent": (),
    "denies": (allow("*"), deny("sts:AssumeRole")),
}
NO_TRUST = "because no role trust policy allows the sts:AssumeRole action"
NO_IDENTITY = "because no identity-based policy allows the sts:AssumeRole action"


@pytest.mark.parametrize(
    ("trust", "identity", "reason"),
    [
        ("names the user", "allows", ""),
        ("names the user", "is silent", ""),
        ("names the user", "denies", "with an explicit deny in an identity-based policy"),
        ("names the account", "allows", ""),
        ("names the account", "is silent", NO_IDENTITY),
        ("names the account", "denies", "with an explicit deny in an identity-based policy"),
        ("is silent", "allows", NO_TRUST),
        ("is silent", "is silent", None),
        ("is silent", "denies", "with an explicit deny in an identity-based policy"),
        ("denies", "allows", "with an explicit deny in the role trust policy"),
        ("denies", "is silent", "with an explicit deny in the role trust policy"),
        ("denies", "denies", None),
    ],
)
def test_trust_policy_and_identity_policy_decide_together(
    world: World, trust: str, identity: str, reason: str | None
) -> None:
    """R-32: both sides are evaluated, in one account (semantics 65)."""
    world.user("other")
    bob = world.user("bob", *IDENTITY[identity])
    arn = role_with(world, "r", TRUST[trust])
    if reason == "":
        assert bob.assume(arn).sts.get_caller_identity()["Arn"].endswith("assumed-role/r/session")
        return
    error = error_of(bob, arn)
    assert error["Code"] == "AccessDenied"
    if reason is not None:
        assert error == denied(BOB, arn, reason)


def test_a_role_that_does_not_exist_answers_like_one_that_trusts_nobody(world: World) -> None:
    """R-28"""
    bob = world.user("bob", allow("sts:AssumeRole"))
    world.user("other")
    there = role_with(world, "there", trusting(f"arn:aws:iam::{ACCOUNT}:user/other"))
    assert error_of(bob, there) == denied(BOB, there, NO_TRUST)
    assert error_of(bob, role_arn("gone")) == denied(BOB, role_arn("gone"), NO_TRUST)


def test_the_path_is_part_of_the_arn(world: World) -> None:
    bob = world.user("bob", allow("sts:AssumeRole"))
    role_with(world, "r", trusting(BOB), Path="/deep/")
    assert error_of(bob, role_arn("r"))["Code"] == "AccessDenied"


def test_the_root_assumes_nothing(world: World) -> None:
    arn = role_with(world, "r", trusting(ACCOUNT))
    assert error_of(world.root, arn) == {
        "Code": "AccessDenied",
        "Message": "Roles may not be assumed by root accounts.",
    }


@pytest.mark.parametrize(
    "arn",
    [
        "not-an-arn-but-long-enough",
        "arn:aws:iam::123456789012:user/bob",
        "arn:aws:iam::1234:role/some-role-name",
        "arn:aws:sts::123456789012:assumed-role/r/s",
        "arn:aws:iam:us-east-1:123456789012:role/r",
        "arn:aws:iam::123456789012:role/",
    ],
)
def test_what_is_no_role_arn_is_invalid(world: World, arn: str) -> None:
    # fact 81
    assert error_of(world.user("bob"), arn) == {"Code": "ValidationError", "Message": f"{arn} is invalid"}


def test_a_deleted_and_recreated_user_is_not_trusted(world: World) -> None:
    """Semantics 46: principals are kept as unique ids."""
    world.user("bob")
    arn = role_with(world, "r", trusting(BOB))
    iam = world.root.iam
    for key in iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="bob")
    again = world.user("bob", allow("sts:AssumeRole"))
    assert error_of(again, arn) == denied(BOB, arn, NO_TRUST)


def test_a_deleted_role_ends_its_sessions(world: World) -> None:
    """R-41"""
    bob = world.user("bob")
    session = bob.assume(role_with(world, "r", trusting(BOB)))
    world.root.iam.delete_role(RoleName="r")
    role_with(world, "r", trusting(BOB))
    with pytest.raises(ClientError) as refused:
        session.sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_a_session_expires(world: World) -> None:
    session = world.user("bob").assume(role_with(world, "r", trusting(BOB)), DurationSeconds=900)
    assert session.sts.get_caller_identity()
    world.clock.advance(timedelta(seconds=900))
    with pytest.raises(ClientError) as refused:
        session.sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"


def test_changes_of_the_role_bear_on_its_sessions_at_once(world: World) -> None:
    session = world.user("bob").assume(role_with(world, "r", trusting(BOB)))
    with pytest.raises(ClientError):
        session.iam.list_users()
    world.root.iam.put_role_policy(
        RoleName="r", PolicyName="p", PolicyDocument=document(allow("iam:ListUsers"))
    )
    assert session.iam.list_users()["Users"]
    world.root.iam.delete_role_policy(RoleName="r", PolicyName="p")
    with pytest.raises(ClientError):
        session.iam.list_users()


class TestDuration:
    """R-36: bounds of DurationSeconds."""

    def test_up_to_the_maximum_of_the_role(self, world: World) -> None:
        bob = world.user("bob")
        arn = role_with(world, "r", trusting(BOB), MaxSessionDuration=7200)
        assert bob.sts.assume_role(RoleArn=arn, RoleSessionName="ss", DurationSeconds=7200)["Credentials"]
        assert error_of(bob, arn, DurationSeconds=7201) == {
            "Code": "ValidationError",
            "Message": "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        }

    @pytest.mark.parametrize("seconds", [899, 43201])
    def test_within_the_bounds_of_the_model(self, world: World, seconds: int) -> None:
        bob = world.user("bob")
        arn = role_with(world, "r", trusting(BOB), MaxSessionDuration=43200)
        error = error_of(bob, arn, DurationSeconds=seconds)
        assert error["Code"] == "ValidationError"
        assert f"Value '{seconds}' at 'durationSeconds' failed to satisfy constraint" in error["Message"]

    def test_an_hour_in_a_chain(self, world: World) -> None:
        bob = world.user("bob")
        first = role_with(world, "first", trusting(BOB), MaxSessionDuration=43200)
        second = role_with(world, "second", trusting(first), MaxSessionDuration=43200)
        session = bob.assume(first)
        assert session.assume(second, DurationSeconds=3600).sts.get_caller_identity()
        assert error_of(session, second, DurationSeconds=3601) == {
            "Code": "ValidationError",
            "Message": "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
            "chaining",
        }


class TestExternalId:
    """R-39: the confused deputy.  semantics 67."""

    @pytest.mark.parametrize(("given", "works"), [("secret-7", True), ("Secret-7", False), (None, False)])
    def test_must_be_the_one(self, world: World, given: str | None, *, works: bool) -> None:
        bob = world.user("bob")
        arn = role_with(world, "r", trusting(BOB, StringEquals={"sts:ExternalId": "secret-7"}))
        asked = {} if given is None else {"ExternalId": given}
        if works:
            assert bob.assume(arn, **asked).sts.get_caller_identity()
        else:
            assert error_of(bob, arn, **asked) == denied(BOB, arn, NO_TRUST)


class TestMfa:
    def test_a_code_satisfies_the_trust_policy_but_does_not_stay(self, world: World) -> None:
        # semantics 68
        bob = world.user("bob")
        serial, totp = device_of(world, "bob")
        arn = role_with(world, "r", trusting(BOB, Bool={"aws:MultiFactorAuthPresent": "true"}))
        world.root.iam.put_role_policy(
            RoleName="r",
            PolicyName="p",
            PolicyDocument=document(
                allow("iam:ListUsers", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
            ),
        )
        assert error_of(bob, arn) == denied(BOB, arn, NO_TRUST)
        session = bob.assume(arn, SerialNumber=serial, TokenCode=totp.at(world.clock.now()))
        with pytest.raises(ClientError) as refused:
            session.iam.list_users()
        assert refused.value.response["Error"]["Code"] == "AccessDenied"

    def test_a_session_with_mfa_needs_no_code(self, world: World) -> None:
        bob = world.user("bob")
        serial, totp = device_of(world, "bob")
        arn = role_with(world, "r", trusting(BOB, Bool={"aws:MultiFactorAuthPresent": "true"}))
        session = session_of(bob, SerialNumber=serial, TokenCode=totp.at(world.clock.now()))
        assert session.assume(arn).sts.get_caller_identity()

    def test_a_wrong_code_is_refused_even_if_the_trust_policy_asks_for_none(self, world: World) -> None:
        bob = world.user("bob")
        serial, _ = device_of(world, "bob")
        arn = role_with(world, "r", trusting(BOB))
        assert error_of(bob, arn, SerialNumber=serial, TokenCode="000000") == {
            "Code": "AccessDenied",
            "Message": "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        }


class TestSessionPolicy:
    def test_can_only_take_away(self, world: World) -> None:
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB}, allow("iam:ListUsers"))
        wide = bob.assume(arn, Policy=document(allow("iam:*")))
        assert wide.iam.list_users()["Users"]
        with pytest.raises(ClientError):
            wide.iam.list_roles()
        narrow = bob.assume(arn, Policy=document(allow("s3:*")))
        with pytest.raises(ClientError) as refused:
            narrow.iam.list_users()
        assert refused.value.response["Error"]["Message"].endswith(
            "because no session policy allows the iam:ListUsers action"
        )

    def test_managed_ones_join_the_inline_one(self, world: World) -> None:
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB}, allow("iam:*"))
        policy = world.root.iam.create_policy(
            PolicyName="list-roles", PolicyDocument=document(allow("iam:ListRoles"))
        )["Policy"]["Arn"]
        session = bob.assume(arn, Policy=document(allow("iam:ListUsers")), PolicyArns=[{"arn": policy}])
        assert session.iam.list_users()["Users"]
        assert session.iam.list_roles()["Roles"]
        with pytest.raises(ClientError):
            session.iam.list_groups()

    def test_is_counted_in_the_packed_size(self, world: World) -> None:
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB})
        answer = bob.sts.assume_role(RoleArn=arn, RoleSessionName="ss", Policy=document(allow("s3:*")))
        assert 0 < answer["PackedPolicySize"] <= 10

    def test_must_parse(self, world: World) -> None:
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB})
        assert error_of(bob, arn, Policy="{")["Code"] == "MalformedPolicyDocument"
        assert (
            error_of(bob, arn, Policy=document(allow("s3:*", Principal="*")))["Code"]
            == "MalformedPolicyDocument"
        )

    def test_that_is_too_long_is_refused(self, world: World) -> None:
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB})
        long = document(allow("s3:*", [f"arn:aws:s3:::bucket-{n}" for n in range(100)]))
        error = error_of(bob, arn, Policy=long)
        # semantics 82: 2,048 characters of plain text
        assert error["Code"] == "PackedPolicyTooLarge"

    def test_that_does_not_exist_is_refused(self, world: World) -> None:
        bob = world.user("bob")
        arn = world.role("r", {"AWS": BOB})
        gone = f"arn:aws:iam::{ACCOUNT}:policy/gone"
        assert error_of(bob, arn, PolicyArns=[{"arn": gone}])["Code"] == "MalformedPolicyDocument"


def test_contexts_of_identity_center_are_refused(world: World) -> None:
    bob = world.user("bob")
    arn = world.role("r", {"AWS": BOB})
    provider = "arn:aws:iam::aws:contextProvider/IdentityCenter"
    contexts = [{"ProviderArn": provider, "ContextAssertion": "e30.e30.x"}]
    assert error_of(bob, arn, ProvidedContexts=contexts)["Code"] == "InvalidParameterValue"


def test_a_token_that_was_changed_is_refused_everywhere(world: World) -> None:
    """R-15, R-35: one error, whichever byte was changed."""
    bob = world.user("bob")
    answer = bob.sts.assume_role(RoleArn=world.role("r", {"AWS": BOB}), RoleSessionName="ss")["Credentials"]
    token = answer["SessionToken"]
    errors = set()
    for place in range(0, len(token), 37):
        other = "A" if token[place] != "A" else "B"
        changed = Actor(
            world,
            Credentials(
                answer["AccessKeyId"], answer["SecretAccessKey"], token[:place] + other + token[place + 1 :]
            ),
        )
        with pytest.raises(ClientError) as refused:
            changed.sts.get_caller_identity()
        errors.add(json.dumps(refused.value.response["Error"], sort_keys=True))
    assert len(errors) == 1
    assert "InvalidClientTokenId" in errors.pop()
