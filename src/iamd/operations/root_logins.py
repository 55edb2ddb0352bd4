"""
The login profile of a root user: whether it has a password, or may give itself one.

What holds here:

* Only an assumed root can ask (AWS: *CreateLoginProfile*, ``UserName``: "When you make this request with root user
  credentials, you must use an AssumeRoot session to omit the user name").
* Nobody sets a root user's password for it.  To create the login profile is to let it set one, and to delete it is to
  take the password and the way to another one away (AWS: *Perform a privileged task on an AWS Organizations member
  account*).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iamd.auth.target import Target
from iamd.domain.accounts import Account
from iamd.domain.arns import root_arn
from iamd.errors import EntityAlreadyExists, NoSuchEntity, ValidationError
from iamd.operations.call import Call, Params
from iamd.operations.iam.users import show_root

_NAME = "root"


def means_root(call: Call, params: Params) -> bool:
    """Return whether a request is an assumed root's, about itself."""
    return "UserName" not in params and call.caller.of_assumed_root


def root_target(call: Call) -> Target:
    return Target(arn=root_arn(call.account_id), account_id=call.account_id)


def create_root_login(call: Call, params: Params) -> Mapping[str, Any]:
    """
    Let the root user set a password.

    Raises:
        ValidationError: The request brings one, or says something about it.
        EntityAlreadyExists: It may already.
    """
    if not params.keys().isdisjoint({"Password", "PasswordResetRequired"}):
        raise ValidationError(
            "A password must be omitted when you make the request with an AssumeRoot session."
        )
    account = _account(call)
    if account.root_login_at is not None:
        raise EntityAlreadyExists(f"Login Profile for user {_NAME} already exists.")
    account = replace(account, root_login_at=call.now)
    call.store.accounts.put(account)
    return _show(call, account)


def get_root_login(call: Call) -> Mapping[str, Any]:
    """
    Tell since when the root user has, or may set, a password.

    Raises:
        NoSuchEntity: It has none, and may not.
    """
    return _show(call, _account_with_login(call))


def delete_root_login(call: Call) -> None:
    """
    Take the root user's password away, and let it set no other.

    Raises:
        NoSuchEntity: It has none, and may not.
    """
    call.store.accounts.put(replace(_account_with_login(call), root_login_at=None))


def _account_with_login(call: Call) -> Account:
    account = _account(call)
    if account.root_login_at is None:
        raise NoSuchEntity(f"Login Profile for User {_NAME} cannot be found.")
    return account


def _account(call: Call) -> Account:
    account = call.store.accounts.find(call.account_id)
    if account is None:
        raise NoSuchEntity(f"The account {call.account_id} cannot be found.")
    return account


def _show(call: Call, account: Account) -> Mapping[str, Any]:
    name = show_root(call).get("UserName", _NAME)
    return {
        "LoginProfile": {
            "UserName": name,
            "CreateDate": account.root_login_at,
            "PasswordResetRequired": False,
        }
    }
