"""GetSessionToken, and what its sessions may not do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def session_of(actor: Actor, **parameters: Any) -> Actor:
    return Actor(
        actor.world, Credentials.of(actor.sts.get_session_token(**parameters)["Credentials"]), actor.name
    )


def device_of(world: World, name: str) -> tuple[str, pyotp.TOTP]:
    """Give *name* a virtual MFA device; its first code that is not used up is that of a minute from now."""
    iam = world.root.iam
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    totp = pyotp.TOTP(device["Base32StringSeed"].decode())
    now = world.clock.now()
    iam.enable_mfa_device(
        UserName=name,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=totp.at(now - timedelta(seconds=30)),
        AuthenticationCode2=totp.at(now),
    )
    world.clock.advance(timedelta(seconds=60))
    return str(device["SerialNumber"]), totp


def test_only_credentials_are_answered(world: World) -> None:
    # fact 83
    answer = world.user("bob").sts.get_session_token(DurationSeconds=900)
    assert set(answer) == {"Credentials", "ResponseMetadata"}
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert len(credentials["AccessKeyId"]) == 20
    assert len(credentials["SecretAccessKey"]) == 40
    assert len(credentials["SessionToken"]) < 1024


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [({}, 43200), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 129600}, 129600)],
)
def test_a_user_gets_the_time_it_asks_for(world: World, asked: dict[str, int], seconds: int) -> None:
    answer = world.user("bob").sts.get_session_token(**asked)
    left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=seconds - 5) < left <= timedelta(seconds=seconds)


def test_the_root_gets_an_hour_at_most(root: Actor) -> None:
    # semantics 70
    answer = root.sts.get_session_token(DurationSeconds=7200)
    assert answer["Credentials"]["Expiration"] - datetime.now(UTC) <= timedelta(hours=1)


def test_it_needs_no_permission_and_heeds_no_deny(world: World) -> None:
    assert session_of(world.user("bob", deny("*"))).sts.get_caller_identity()["Arn"].endswith(":user/bob")


def test_a_session_ends_when_it_expires(world: World) -> None:
    session = session_of(world.user("bob"), DurationSeconds=900)
    world.clock.advance(timedelta(seconds=901))
    with pytest.raises(ClientError) as refused:
        session.sts.get_caller_identity()
    assert refused.value.response["Error"] == {
        "Type": "Sender",
        "Code": "ExpiredToken",
        "Message": "The security token included in the request is expired",
    }


def test_without_mfa_it_opens_no_operation_of_iam(world: World) -> None:
    # semantics 71
    with pytest.raises(ClientError) as refused:
        session_of(world.user("bob", allow("*"))).iam.list_users()
    assert code_of(refused) == "InvalidClientTokenId"


@pytest.mark.parametrize(
    "call",
    [
        lambda sts: sts.get_session_token(),
        lambda sts: sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE"),
        lambda sts: sts.get_federation_token(Name="bob"),
    ],
)
def test_of_sts_it_opens_assume_role_and_caller_identity_only(
    world: World, call: Callable[[Any], Any]
) -> None:
    session = session_of(world.user("bob", allow("*")))
    with pytest.raises(ClientError) as refused:
        call(session.sts)
    assert code_of(refused) == "AccessDenied"


def test_a_role_session_gets_no_session_token(world: World) -> None:
    """R-12: sessions are not made out of sessions without end."""
    bob = world.user("bob")
    session = bob.assume(world.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, allow("*")))
    with pytest.raises(ClientError) as refused:
        session.sts.get_session_token()
    assert (
        refused.value.response["Error"]["Message"] == "Cannot call GetSessionToken with session credentials"
    )


def test_with_mfa_it_opens_iam_and_satisfies_conditions(world: World) -> None:
    bob = world.user(
        "bob", allow("iam:ListUsers", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    )
    serial, totp = device_of(world, "bob")
    with pytest.raises(ClientError):
        bob.iam.list_users()
    session = session_of(bob, SerialNumber=serial, TokenCode=totp.at(world.clock.now()))
    assert [user["UserName"] for user in session.iam.list_users()["Users"]] == ["bob"]


def test_the_age_of_mfa_counts(world: World) -> None:
    young = allow("iam:ListUsers", Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})
    bob = world.user("bob", young)
    serial, totp = device_of(world, "bob")
    session = session_of(bob, SerialNumber=serial, TokenCode=totp.at(world.clock.now()))
    assert session.iam.list_users()["Users"]
    world.clock.advance(timedelta(seconds=3601))
    with pytest.raises(ClientError) as refused:
        session.iam.list_users()
    assert code_of(refused) == "AccessDenied"


def test_a_code_works_once(world: World) -> None:
    """R-77"""
    bob = world.user("bob")
    serial, totp = device_of(world, "bob")
    code = totp.at(world.clock.now())
    session_of(bob, SerialNumber=serial, TokenCode=code)
    with pytest.raises(ClientError) as refused:
        bob.sts.get_session_token(SerialNumber=serial, TokenCode=code)
    assert refused.value.response["Error"]["Message"] == (
        "MultiFactorAuthentication failed with invalid MFA one time pass code."
    )


def test_who_guesses_codes_must_wait(world: World) -> None:
    """R-76, R-77: whatever the operation; and nobody is told whether the code was right meanwhile."""
    bob = world.user("bob")
    serial, totp = device_of(world, "bob")
    role = world.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})

    def code_of(right: bool) -> str:
        code = totp.at(world.clock.now())
        return code if right else f"{(int(code) + 500_000) % 1_000_000:06}"

    def refused_with(operation: Callable[..., Any], right: bool, **params: Any) -> str:
        with pytest.raises(ClientError) as refused:
            operation(SerialNumber=serial, TokenCode=code_of(right), **params)
        return str(refused.value.response["Error"]["Message"])

    assume = {"RoleArn": role, "RoleSessionName": "ss"}
    said = [refused_with(bob.sts.get_session_token, right=False) for _ in range(3)]
    said += [refused_with(bob.sts.assume_role, right=False, **assume) for _ in range(2)]
    said.append(refused_with(bob.sts.get_session_token, right=True))
    said.append(refused_with(bob.sts.assume_role, right=True, **assume))
    assert set(said) == {"MultiFactorAuthentication failed with invalid MFA one time pass code."}
    world.clock.advance(timedelta(seconds=30))
    assert bob.assume(role, SerialNumber=serial, TokenCode=code_of(right=True))


def test_somebody_elses_device_is_refused(world: World) -> None:
    bob = world.user("bob")
    world.user("eve")
    serial, totp = device_of(world, "eve")
    with pytest.raises(ClientError) as refused:
        bob.sts.get_session_token(SerialNumber=serial, TokenCode=totp.at(world.clock.now()))
    assert refused.value.response["Error"]["Message"] == (
        "MultiFactorAuthentication failed, unable to validate MFA code.  "
        "Please verify your MFA serial number is valid and associated with this user."
    )


@pytest.mark.parametrize(
    "half", [{"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/bob"}, {"TokenCode": "123456"}]
)
def test_serial_number_and_code_go_together(world: World, half: dict[str, str]) -> None:
    with pytest.raises(ClientError) as refused:
        world.user("bob").sts.get_session_token(**half)
    assert refused.value.response["Error"]["Message"] == (
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    )


def test_a_session_outlives_its_access_key_but_not_its_user(world: World) -> None:
    bob = world.user("bob")
    assert bob.credentials is not None
    session = session_of(bob)
    iam = world.root.iam
    iam.update_access_key(UserName="bob", AccessKeyId=bob.credentials.access_key_id, Status="Inactive")
    assert session.sts.get_caller_identity()["Account"] == ACCOUNT
    iam.delete_access_key(UserName="bob", AccessKeyId=bob.credentials.access_key_id)
    iam.delete_user(UserName="bob")
    with pytest.raises(ClientError) as refused:
        session.sts.get_caller_identity()
    assert code_of(refused) == "InvalidClientTokenId"
    # A user of the same name is somebody else.
    iam.create_user(UserName="bob")
    with pytest.raises(ClientError) as refused:
        session.sts.get_caller_identity()
    assert code_of(refused) == "InvalidClientTokenId"


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 4093, 4096])
def test_a_session_token_is_at_least_as_long_as_was_asked(world: World, size: int) -> None:
    # AWS: MinimumSessionTokenSize, at most 4,096.
    bob = world.user("bob")
    role = world.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})
    assume = {"RoleArn": role, "RoleSessionName": "ss", "Policy": document(deny("s3:*"))}
    for ask, given in ((bob.sts.get_session_token, {}), (bob.sts.assume_role, assume)):
        usual = len(ask(**given)["Credentials"]["SessionToken"])
        credentials = ask(**given, MinimumSessionTokenSize=size)["Credentials"]
        length = len(credentials["SessionToken"])
        # What a session policy packs into may differ by a character or two.
        assert max(size, usual - 4) <= length <= max(size + 3, usual + 4)
        assert length <= 4096
        assert Actor(world, Credentials.of(credentials)).sts.get_caller_identity()["Account"] == ACCOUNT


def test_by_a_setting_a_session_ends_with_its_access_key(loop: LoopThread) -> None:
    settings = Settings(
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        sessions_end_with_their_key=True,
    )
    world = World(loop, settings)
    try:
        bob = world.user("bob")
        assert bob.credentials is not None
        role = world.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, allow("sts:AssumeRole"))
        second = world.role("second", {"AWS": role})
        sessions = [session_of(bob), bob.assume(role), bob.assume(role).assume(second)]
        key = {"UserName": "bob", "AccessKeyId": bob.credentials.access_key_id}
        assert [session.sts.get_caller_identity()["Account"] for session in sessions] == [ACCOUNT] * 3

        world.root.iam.update_access_key(**key, Status="Inactive")
        for session in sessions:
            with pytest.raises(ClientError) as refused:
                session.sts.get_caller_identity()
            assert code_of(refused) == "InvalidClientTokenId"

        world.root.iam.update_access_key(**key, Status="Active")
        assert [session.sts.get_caller_identity()["Account"] for session in sessions] == [ACCOUNT] * 3
        world.root.iam.delete_access_key(**key)
        with pytest.raises(ClientError):
            sessions[2].sts.get_caller_identity()
    finally:
        world.close()


def test_a_session_of_a_clock_that_was_ahead_has_not_begun(world: World) -> None:
    """R-41: set right, the clock is as far from the session's end as it was wrong; nobody had that granted."""
    bob = world.user("bob", allow("iam:ListUsers"))
    world.clock.advance(timedelta(days=3650))
    session = session_of(bob)
    assert session.sts.get_caller_identity()["Account"] == ACCOUNT
    world.clock.advance(-timedelta(days=3650))
    for ask in (session.sts.get_caller_identity, session.iam.list_users):
        with pytest.raises(ClientError) as caught:
            ask()
        assert code_of(caught) == "InvalidClientTokenId"
    # Clocks of nodes may differ by as much as that of who signs.
    world.clock.advance(timedelta(minutes=14))
    ahead = session_of(bob)
    world.clock.advance(-timedelta(minutes=14))
    assert ahead.sts.get_caller_identity()["Account"] == ACCOUNT
