"""CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.loops import LoopThread
from tests.support.world import Actor, World, allow, deny

from iamd.auth.passwords import Cost
from iamd.domain.login_profiles import LoginProfile
from iamd.secret import Secret

FIRST = "First-password-1"
SECOND = "Second-password-2"
THIRD = "Third-password-3"
MISSING_USER = ("NoSuchEntity", "The user with name nobody cannot be found.")
MISSING = ("NoSuchEntity", "Login Profile for User bob cannot be found.")
MUST_NAME = ("ValidationError", "Must specify userName when calling with non-User credentials")
REUSED = (
    "PasswordPolicyViolation",
    "Policy constraint violation with password reuse prevention during password change.",
)
PATTERN = "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"
WRONG = ("AccessDenied", "The old password was incorrect.")


@pytest.fixture
def bob(world: World) -> Actor:
    """A user with a password, who may change it."""
    bob = world.user("bob", allow("iam:ChangePassword", arn("user/bob")))
    world.root.iam.create_login_profile(UserName="bob", Password=FIRST)
    return bob


def stored(world: World, name: str = "bob") -> LoginProfile | None:
    user_id = world.root.iam.get_user(UserName=name)["User"]["UserId"]
    return world.app.store.read(lambda transaction: transaction.login_profiles.find(user_id)).result()


def has_password(world: World, text: str) -> bool:
    profile = stored(world)
    assert profile is not None
    return world.app.tools.passwords.position(Secret(text), [profile.password]) == 0


# CreateLoginProfile and GetLoginProfile


def test_a_new_password(root: Actor, world: World) -> None:
    root.iam.create_user(UserName="Bob")

    answer = root.iam.create_login_profile(UserName="bob", Password=FIRST)["LoginProfile"]

    created = answer["CreateDate"]
    assert answer == {"UserName": "Bob", "CreateDate": created, "PasswordResetRequired": False}
    assert abs((created - world.clock.now()).total_seconds()) < 60
    assert content(root.iam.get_login_profile(UserName="BOB")) == {"LoginProfile": answer}
    assert has_password(world, FIRST)


def test_a_password_that_must_be_changed(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_login_profile(UserName="bob", Password=FIRST, PasswordResetRequired=True)

    assert root.iam.get_login_profile(UserName="bob")["LoginProfile"]["PasswordResetRequired"] is True


def test_no_answer_and_no_row_shows_a_password(bob: Actor, world: World, root: Actor) -> None:
    bob.iam.change_password(OldPassword=FIRST, NewPassword=SECOND)
    root.iam.update_login_profile(UserName="bob", Password=THIRD)
    root.iam.get_login_profile(UserName="bob")

    bodies = b"".join(response.body for response in world.responses)
    profile = stored(world)
    assert [text for text in (FIRST, SECOND, THIRD, "argon2") if text.encode() in bodies] == []
    assert repr(profile).count("Secret(…)") == 3


def test_a_user_has_one_password(bob: Actor, root: Actor, world: World) -> None:
    assert refusal(root.iam.create_login_profile, UserName="Bob", Password=SECOND) == (
        "EntityAlreadyExists",
        "Login Profile for user bob already exists.",
    )
    assert has_password(world, FIRST)


def test_what_is_not_there(root: Actor) -> None:
    root.iam.create_user(UserName="bob")

    assert refusal(root.iam.create_login_profile, UserName="nobody", Password=FIRST) == MISSING_USER
    for operation in ("get_login_profile", "update_login_profile", "delete_login_profile"):
        assert refusal(getattr(root.iam, operation), UserName="bob") == MISSING
        assert refusal(getattr(root.iam, operation), UserName="nobody") == MISSING_USER
    assert refusal(root.iam.update_login_profile, UserName="bob", Password=FIRST) == MISSING


def test_a_first_password_must_be_given(root: Actor) -> None:
    root.iam.create_user(UserName="bob")

    assert refusal(root.iam.create_login_profile, UserName="bob")[0] == "ValidationError"
    assert refusal(root.iam.get_login_profile, UserName="bob") == MISSING


def test_without_a_name_the_password_is_the_callers_own(world: World, root: Actor) -> None:
    bob = world.user("bob", allow("iam:*LoginProfile", arn("user/bob")))

    made = bob.iam.create_login_profile(Password=FIRST)["LoginProfile"]
    assert made == root.iam.get_login_profile(UserName="bob")["LoginProfile"]
    assert bob.iam.get_login_profile()["LoginProfile"] == made
    assert content(bob.iam.delete_login_profile()) == {}
    assert refusal(bob.iam.get_login_profile) == MISSING


def test_whoever_is_no_user_must_name_one(world: World, root: Actor) -> None:
    session = world.user("bob", allow("sts:AssumeRole")).assume(
        world.role("r", {"AWS": arn("root")}, allow("iam:*"))
    )
    for actor in (root, session):
        assert refusal(actor.iam.create_login_profile, Password=FIRST) == MUST_NAME
        assert refusal(actor.iam.get_login_profile) == MUST_NAME
        assert refusal(actor.iam.delete_login_profile) == MUST_NAME


def test_a_password_for_another_user_needs_permission_on_that_user(world: World, root: Actor) -> None:
    """R-24: whoever manages its own password makes none for others."""
    bob = world.user("bob", allow("iam:*LoginProfile", arn("user/bob")))
    root.iam.create_user(UserName="carol")

    assert refusal(bob.iam.create_login_profile, UserName="carol", Password=FIRST) == denial(
        arn("user/bob"), "iam:CreateLoginProfile", "user carol"
    )
    assert stored(world, "carol") is None


def test_nobody_has_a_password_hashed_who_may_not(loop: LoopThread) -> None:
    """A hash takes a core for a tenth of a second: whoever may set no password may not have one made either."""
    world = World(loop, password_cost=Cost(time=0))  # which no hash can be made at
    world.root.iam.create_user(UserName="carol")
    stranger = world.user("stranger")

    refused = refusal(stranger.iam.create_login_profile, UserName="carol", Password=FIRST)
    allowed = refusal(world.root.iam.create_login_profile, UserName="carol", Password=FIRST)
    world.close()

    assert refused == denial(arn("user/stranger"), "iam:CreateLoginProfile", "user carol")
    assert allowed[0] == "ServiceFailure"


# What passwords must be like


def test_without_a_policy_the_default_holds(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_account_alias(AccountAlias="acme-2026-x")

    def create(password: str) -> tuple[str, str]:
        return refusal(root.iam.create_login_profile, UserName="bob", Password=password)

    assert create("Short1!") == (
        "PasswordPolicyViolation",
        "Password should have a minimum length of 8",
    )
    assert create("onlyletters")[0] == "PasswordPolicyViolation"
    assert create("acme-2026-x")[0] == "PasswordPolicyViolation"
    assert create("Ab1é☃") == (
        "ValidationError",
        f"1 validation error detected: Value at 'password' failed to satisfy constraint: {PATTERN}",
    )
    assert refusal(root.iam.get_login_profile, UserName="bob") == MISSING


def test_the_policy_holds_for_whoever_sets_a_password(bob: Actor, root: Actor, world: World) -> None:
    root.iam.update_account_password_policy(MinimumPasswordLength=12, RequireSymbols=True)
    root.iam.create_user(UserName="carol")
    lacking = ("PasswordPolicyViolation", "Password should have at least one symbol")
    short = ("PasswordPolicyViolation", "Password should have a minimum length of 12")

    for password, expected in (("abcdefghijkl", lacking), ("abcdefghij!", short)):
        assert refusal(root.iam.create_login_profile, UserName="carol", Password=password) == expected
        assert refusal(root.iam.update_login_profile, UserName="bob", Password=password) == expected
        assert refusal(bob.iam.change_password, OldPassword=FIRST, NewPassword=password) == expected
    assert has_password(world, FIRST)
    bob.iam.change_password(OldPassword=FIRST, NewPassword="abcdefghijk!")
    assert has_password(world, "abcdefghijk!")


def test_passwords_that_were_used_before(bob: Actor, root: Actor, world: World) -> None:
    root.iam.update_account_password_policy(PasswordReusePrevention=2)

    def change(old: str, new: str) -> Any:
        return bob.iam.change_password(OldPassword=old, NewPassword=new)

    assert refusal(bob.iam.change_password, OldPassword=FIRST, NewPassword=FIRST) == REUSED
    change(FIRST, SECOND)
    assert refusal(bob.iam.change_password, OldPassword=SECOND, NewPassword=FIRST) == REUSED
    assert refusal(root.iam.update_login_profile, UserName="bob", Password=FIRST) == REUSED
    change(SECOND, THIRD)
    # The first is the third last by now.
    change(THIRD, FIRST)
    assert has_password(world, FIRST)
    root.iam.update_account_password_policy(PasswordReusePrevention=24)
    for password in (FIRST, SECOND, THIRD):
        assert refusal(bob.iam.change_password, OldPassword=FIRST, NewPassword=password) == REUSED
    root.iam.delete_account_password_policy()
    change(FIRST, FIRST)


# UpdateLoginProfile


def test_only_what_is_given_changes(bob: Actor, root: Actor, world: World) -> None:
    before = root.iam.get_login_profile(UserName="bob")["LoginProfile"]
    world.clock.advance(timedelta(days=1))

    assert content(root.iam.update_login_profile(UserName="bob", PasswordResetRequired=True)) == {}
    assert has_password(world, FIRST)
    root.iam.update_login_profile(UserName="bob", Password=SECOND)
    after = root.iam.get_login_profile(UserName="bob")["LoginProfile"]

    assert after == before | {"PasswordResetRequired": True}
    assert has_password(world, SECOND)
    profile = stored(world)
    assert profile is not None
    assert profile.changed_at - profile.created_at >= timedelta(days=1)
    root.iam.update_login_profile(UserName="bob", PasswordResetRequired=False)
    assert root.iam.get_login_profile(UserName="bob")["LoginProfile"] == before


# ChangePassword


def test_a_user_changes_its_own_password(bob: Actor, root: Actor, world: World) -> None:
    root.iam.update_login_profile(UserName="bob", PasswordResetRequired=True)

    assert content(bob.iam.change_password(OldPassword=FIRST, NewPassword=SECOND)) == {}

    assert has_password(world, SECOND)
    assert root.iam.get_login_profile(UserName="bob")["LoginProfile"]["PasswordResetRequired"] is False
    assert refusal(bob.iam.change_password, OldPassword=FIRST, NewPassword=THIRD) == WRONG
    bob.iam.change_password(OldPassword=SECOND, NewPassword=THIRD)


def test_the_old_password_must_be_the_right_one(bob: Actor, world: World) -> None:
    for wrong in (SECOND, FIRST.lower(), FIRST + " ", "x"):
        assert refusal(bob.iam.change_password, OldPassword=wrong, NewPassword=SECOND) == WRONG
        # Nor does a wrong one tell anything of the new one.
        assert refusal(bob.iam.change_password, OldPassword=wrong, NewPassword="x") == WRONG
    assert has_password(world, FIRST)


def test_an_old_password_is_not_found_out_by_trying(bob: Actor, world: World) -> None:
    """R-76, R-77: whoever has an access key only gets no more tries than one who signs in."""
    for wrong in range(5):
        assert refusal(bob.iam.change_password, OldPassword=f"x{wrong}", NewPassword=SECOND) == WRONG
    assert refusal(bob.iam.change_password, OldPassword=FIRST, NewPassword=SECOND) == WRONG
    world.clock.advance(timedelta(seconds=30))
    bob.iam.change_password(OldPassword=FIRST, NewPassword=SECOND)
    # Who knew it begins anew.
    assert refusal(bob.iam.change_password, OldPassword=FIRST, NewPassword=THIRD) == WRONG
    bob.iam.change_password(OldPassword=SECOND, NewPassword=THIRD)


def test_a_user_without_a_password_has_none_to_change(world: World) -> None:
    bob = world.user("bob", allow("*"))
    assert refusal(bob.iam.change_password, OldPassword=FIRST, NewPassword=SECOND) == MISSING


def test_only_users_have_passwords(world: World, root: Actor) -> None:
    only = ("InvalidUserType", "Only IAM Users can change their own password")
    session = world.user("bob", allow("sts:AssumeRole")).assume(
        world.role("r", {"AWS": arn("root")}, allow("iam:ChangePassword"))
    )
    assert refusal(root.iam.change_password, OldPassword=FIRST, NewPassword=SECOND) == only
    assert refusal(session.iam.change_password, OldPassword=FIRST, NewPassword=SECOND) == only


def test_who_may_change_its_password(world: World, root: Actor) -> None:
    """fact: the account's policy may allow it to all users, and a Deny still holds."""
    bob = world.user("bob")
    denied = world.user("denied", deny("iam:ChangePassword"))
    for name in ("bob", "denied"):
        root.iam.create_login_profile(UserName=name, Password=FIRST)
    change = {"OldPassword": FIRST, "NewPassword": SECOND}
    refused = denial(arn("user/bob"), "iam:ChangePassword", "user bob")
    assert refusal(bob.iam.change_password, **change) == refused

    root.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    bob.iam.change_password(**change)
    assert has_password(world, SECOND)
    assert "with an explicit deny" in refusal(denied.iam.change_password, **change)[1]

    root.iam.delete_account_password_policy()
    assert refusal(bob.iam.change_password, **change) == refused


def test_a_password_that_has_expired_can_be_changed_with_other_credentials(
    bob: Actor, root: Actor, world: World
) -> None:
    """AWS: *PasswordPolicy*: HardExpiry stops the console, and not whoever has active access keys."""
    root.iam.update_account_password_policy(MaxPasswordAge=1, HardExpiry=True)
    world.clock.advance(timedelta(days=2))

    bob.iam.change_password(OldPassword=FIRST, NewPassword=SECOND)
    assert has_password(world, SECOND)


def test_of_changes_at_the_same_time_only_one_is_made(bob: Actor, world: World) -> None:
    def change(new: str) -> str:
        try:
            world.client("iam", bob.credentials).change_password(OldPassword=FIRST, NewPassword=new)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return new

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(change, [f"Password-number-{n}" for n in range(4)]))

    done = [outcome for outcome in outcomes if outcome.startswith("Password-number")]
    assert len(done) == 1
    assert {*outcomes} - {*done} <= {"AccessDenied", "EntityTemporarilyUnmodifiable"}
    assert has_password(world, done[0])


# DeleteLoginProfile, and the user


def test_a_password_is_deleted_and_the_user_stays(bob: Actor, root: Actor, world: World) -> None:
    assert content(root.iam.delete_login_profile(UserName="bob")) == {}
    assert refusal(root.iam.delete_login_profile, UserName="bob") == MISSING
    assert bob.sts.get_caller_identity()["Arn"] == arn("user/bob")
    # The new one begins anew.
    root.iam.update_account_password_policy(PasswordReusePrevention=24)
    root.iam.create_login_profile(UserName="bob", Password=FIRST)
    assert has_password(world, FIRST)


def test_a_password_follows_a_rename(bob: Actor, root: Actor) -> None:
    root.iam.update_user(UserName="bob", NewUserName="Robert")

    assert root.iam.get_login_profile(UserName="robert")["LoginProfile"]["UserName"] == "Robert"


def test_a_user_with_a_password_cannot_be_deleted(root: Actor) -> None:
    root.iam.create_user(UserName="bob")
    root.iam.create_login_profile(UserName="bob", Password=FIRST)

    assert refusal(root.iam.delete_user, UserName="bob") == (
        "DeleteConflict",
        "Cannot delete entity, must delete login profile first.",
    )
    root.iam.delete_login_profile(UserName="bob")
    root.iam.delete_user(UserName="bob")


@pytest.mark.parametrize(
    ("operation", "action", "params"),
    [
        ("create_login_profile", "iam:CreateLoginProfile", {"UserName": "new", "Password": FIRST}),
        ("get_login_profile", "iam:GetLoginProfile", {"UserName": "old"}),
        ("update_login_profile", "iam:UpdateLoginProfile", {"UserName": "old"}),
        ("delete_login_profile", "iam:DeleteLoginProfile", {"UserName": "old"}),
    ],
)
def test_who_may(world: World, operation: str, action: str, params: dict[str, str]) -> None:
    for name in ("new", "old"):
        world.root.iam.create_user(UserName=name)
    world.root.iam.create_login_profile(UserName="old", Password=FIRST)
    name = params["UserName"]

    check_permission(world, operation, action, arn(f"user/{name}"), f"user {name}", **params)
