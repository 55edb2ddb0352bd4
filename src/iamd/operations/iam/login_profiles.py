"""
Login profiles: the passwords of users.

What holds for every operation here:

* A user has one password or none; no answer ever tells one, and only a hash is kept.
* Whoever sets a password, it must follow the account's policy, also as to which were used before.
* Hashing is slow, and done before the write; a profile that another request has changed meanwhile stays as it is.
* Passwords are for signing in to a console.  They open nothing of the API.
* Without a ``UserName`` the password is the caller's own: a user's, or that of an assumed root (`root_logins`).
"""

from dataclasses import dataclass, replace
from typing import Any

from iamd.auth.passwords import SALT_SIZE
from iamd.auth.target import Target
from iamd.domain.login_profiles import LoginProfile
from iamd.domain.password_policy import check_password
from iamd.domain.users import User
from iamd.errors import (
    AccessDenied,
    EntityTemporarilyUnmodifiable,
    InvalidUserType,
    NoSuchEntity,
    PasswordPolicyViolation,
    ValidationError,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import named_or_calling_user, user, user_or_caller
from iamd.operations.root_logins import (
    create_root_login,
    delete_root_login,
    get_root_login,
    means_root,
    root_target,
)
from iamd.secret import Secret


@dataclass(frozen=True, slots=True)
class _Hashed:
    """
    What was found out about the passwords of a request before its write.

    Attributes:
        seen: The profile as it was then; None when there was none.
        password: The hash of the new password, with the salt of the profile.
        reused: Which of the user's passwords the new one is, 0 for the present one; None for a new one.
        knows_old: Whether the old password was the right one.
    """

    seen: LoginProfile | None = None
    password: Secret | None = None
    reused: int | None = None
    knows_old: bool = False


def _owner(call: Call, params: Params) -> Target:
    """The user that ``UserName`` names; without one, the caller: a user, or an assumed root."""
    return root_target(call) if means_root(call, params) else user_or_caller(call, params)


def _hash_first(call: Call, params: Params) -> _Hashed:
    if "Password" not in params:
        return _Hashed()
    password = Secret(params["Password"])
    return _Hashed(password=call.tools.passwords.hash(password, call.ids.token(SALT_SIZE)))


@iam_operation("CreateLoginProfile", on=_owner, mode=Mode.WRITE, prepare=_hash_first)
def create_login_profile(call: Call, params: Params) -> Result:
    """
    Give a user, without a ``UserName`` the caller, its first password.

    Raises:
        NoSuchEntity: There is no such user.
        EntityAlreadyExists: It has a password.
        ValidationError: There is no password, or no ``UserName`` and the caller is no user.
        PasswordPolicyViolation: The password does not conform.
    """
    if means_root(call, params):
        return create_root_login(call, params)
    hashed: _Hashed = call.prepared
    owner = named_or_calling_user(call, params)
    if hashed.password is None:
        raise ValidationError(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
        )
    profile = LoginProfile(
        account_id=call.account_id,
        user_id=owner.user_id,
        created_at=call.now,
        password=hashed.password,
        changed_at=call.now,
        reset_required=params.get("PasswordResetRequired", False),
    )
    call.store.login_profiles.add(profile, owner.name)
    _check(call, Secret(params["Password"]), None)
    return {"LoginProfile": _show(owner, profile)}


@iam_operation("GetLoginProfile", on=_owner, mode=Mode.READ)
def get_login_profile(call: Call, params: Params) -> Result:
    """
    Tell since when a user, without a ``UserName`` the caller, has a password.

    Raises:
        NoSuchEntity: There is no such user, or it has no password.
    """
    if means_root(call, params):
        return get_root_login(call)
    owner = named_or_calling_user(call, params)
    return {"LoginProfile": _show(owner, call.store.login_profiles.get(owner.user_id, owner.name))}


def _profile_of_named(call: Call, params: Params) -> LoginProfile | None:
    owner = call.store.users.find(call.account_id, params["UserName"])
    return None if owner is None else call.store.login_profiles.find(owner.user_id)


def _hash_another(call: Call, params: Params) -> _Hashed:
    seen: LoginProfile | None = call.prepared
    if seen is None or "Password" not in params:
        return _Hashed(seen)
    return _hash_next(call, seen, Secret(params["Password"]))


@iam_operation(
    "UpdateLoginProfile", on=user, mode=Mode.WRITE, gather=_profile_of_named, prepare=_hash_another
)
def update_login_profile(call: Call, params: Params) -> None:
    """
    Set another password of a user, or whether it must be changed; what is not given stays.

    Raises:
        NoSuchEntity: There is no such user, or it has no password.
        EntityTemporarilyUnmodifiable: Another request is changing the password.
        PasswordPolicyViolation: The password does not conform, or was used before.
    """
    hashed: _Hashed = call.prepared
    owner = call.store.users.get(call.account_id, params["UserName"])
    profile = call.store.login_profiles.get(owner.user_id, owner.name)
    if "Password" in params:
        _check(call, Secret(params["Password"]), hashed.reused)
        profile = profile.with_password(_fresh(hashed, profile), call.now)
    profile = replace(profile, reset_required=params.get("PasswordResetRequired", profile.reset_required))
    call.store.login_profiles.put(profile)


@iam_operation("DeleteLoginProfile", on=_owner, mode=Mode.WRITE)
def delete_login_profile(call: Call, params: Params) -> None:
    """
    Take the password of a user, without a ``UserName`` of the caller, away; its access keys stay.

    Raises:
        NoSuchEntity: There is no such user, or it has no password.
    """
    if means_root(call, params):
        delete_root_login(call)
        return
    owner = named_or_calling_user(call, params)
    call.store.login_profiles.delete(call.store.login_profiles.get(owner.user_id, owner.name))


def _caller(call: Call, _params: Params) -> Target:
    """The caller itself, whatever it is: that only users have passwords is said to those alone who may ask."""
    caller = call.caller
    return Target(
        arn=caller.principal.identity_arn,
        account_id=call.account_id,
        tags=caller.snapshot.tags,
        shown=f"user {caller.snapshot.name}" if caller.of_user else None,
    )


def _profile_of_caller(call: Call, _params: Params) -> LoginProfile | None:
    return call.store.login_profiles.find(call.caller.snapshot.unique_id) if call.caller.of_user else None


def _hash_own(call: Call, params: Params) -> _Hashed:
    """
    Hash the new password for whoever knows the old one.

    Who has somebody's access key, or a page of theirs, does not find out the password by trying: wrong ones make the next
    wait, as where one signs in (R-77), and until then each is told to be wrong.
    """
    seen: LoginProfile | None = call.prepared
    if seen is None:
        return _Hashed()
    attempts, whose = call.tools.mfa_attempts, f"password of {seen.user_id}"
    if attempts.must_wait(whose, call.now):
        return _Hashed(seen)
    # Wrong until it was right, so that trying many at once is of no use.
    attempts.failed(whose, call.now)
    if call.tools.passwords.position(Secret(params["OldPassword"]), [seen.password]) is None:
        return _Hashed(seen)
    attempts.succeeded(whose)
    return replace(_hash_next(call, seen, Secret(params["NewPassword"])), knows_old=True)


@iam_operation("ChangePassword", on=_caller, mode=Mode.WRITE, gather=_profile_of_caller, prepare=_hash_own)
def change_password(call: Call, params: Params) -> None:
    """
    Set another password of the calling user, who must know the present one.

    A password that has expired, or must be changed, can be changed so, too: whoever signs a request has other
    credentials besides (AWS: *PasswordPolicy*, ``HardExpiry``).

    Raises:
        InvalidUserType: The caller is no user.
        NoSuchEntity: It has no password.
        AccessDenied: The old password is not the present one.
        EntityTemporarilyUnmodifiable: Another request is changing the password.
        PasswordPolicyViolation: The new password does not conform, or was used before.
    """
    if not call.caller.of_user:
        raise InvalidUserType("Only IAM Users can change their own password")
    hashed: _Hashed = call.prepared
    owner = call.store.users.find_by_id(call.caller.snapshot.unique_id)
    if owner is None:
        raise NoSuchEntity(f"The user with name {call.caller.snapshot.name} cannot be found.")
    profile = call.store.login_profiles.get(owner.user_id, owner.name)
    if hashed.seen is not None and not hashed.knows_old:
        raise AccessDenied("The old password was incorrect.")
    password = _fresh(hashed, profile)
    _check(call, Secret(params["NewPassword"]), hashed.reused)
    changed = profile.with_password(password, call.now)
    call.store.login_profiles.put(replace(changed, reset_required=False))


def _hash_next(call: Call, seen: LoginProfile, password: Secret) -> _Hashed:
    passwords = call.tools.passwords
    return _Hashed(
        seen=seen,
        password=passwords.hash_again(password, seen.password),
        reused=passwords.position(password, (seen.password, *seen.previous)),
    )


def _fresh(hashed: _Hashed, profile: LoginProfile) -> Secret:
    """
    Return the new hash, which was made for *profile* as it is now.

    Raises:
        EntityTemporarilyUnmodifiable: The profile has changed since.
    """
    seen = hashed.seen
    if (
        hashed.password is None
        or seen is None
        or len(seen.previous) != len(profile.previous)
        or not seen.password.matches(profile.password)
    ):
        raise EntityTemporarilyUnmodifiable(
            f"Login Profile for User {profile.user_id} cannot be modified while login profile is being changed."
        )
    return hashed.password


def _check(call: Call, password: Secret, reused: int | None) -> None:
    """
    Check a new password by the account's policy as it is now.

    Raises:
        PasswordPolicyViolation: It does not conform, or is one of those that may not be used again.
    """
    account = call.store.accounts.find(call.account_id)
    if account is None:
        raise NoSuchEntity(f"The account {call.account_id} cannot be found.")
    policy = call.store.password_policies.find(call.account_id)
    check_password(policy, password, account)
    if policy is not None and reused is not None and reused < (policy.reuse_prevention or 0):
        raise PasswordPolicyViolation(
            "Policy constraint violation with password reuse prevention during password change."
        )


def _show(owner: User, profile: LoginProfile) -> dict[str, Any]:
    return {
        "UserName": owner.name,
        "CreateDate": profile.created_at,
        "PasswordResetRequired": profile.reset_required,
    }
