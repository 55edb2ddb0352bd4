"""
The password policy of the account.

What holds for every operation here:

* An account has one policy or none; where there is none, passwords follow AWS's default.
* A new policy replaces the old one as a whole: what is not given goes back to its default.
* It is asked when a password is set, and does not look at passwords that are there, but for their age.
"""

from typing import Any

from iamd.domain.password_policy import DEFAULT_MINIMUM_LENGTH, PasswordPolicy
from iamd.errors import NoSuchEntity
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything


@iam_operation("GetAccountPasswordPolicy", on=anything, mode=Mode.READ)
def get_account_password_policy(call: Call, _params: Params) -> Result:
    """
    Tell the policy; what was never set of age, reuse and hard expiry is left out (fact 74).

    Raises:
        NoSuchEntity: The account has none.
    """
    policy = call.store.password_policies.find(call.account_id)
    if policy is None:
        raise NoSuchEntity(f"The Password Policy with domain name {call.account_id} cannot be found.")
    optional = {
        "MaxPasswordAge": policy.max_age_days,
        "PasswordReusePrevention": policy.reuse_prevention,
        "HardExpiry": policy.hard_expiry,
    }
    shown: dict[str, Any] = {
        "MinimumPasswordLength": policy.minimum_length,
        "RequireSymbols": policy.require_symbols,
        "RequireNumbers": policy.require_numbers,
        "RequireUppercaseCharacters": policy.require_uppercase,
        "RequireLowercaseCharacters": policy.require_lowercase,
        "AllowUsersToChangePassword": policy.allow_users_to_change_password,
        "ExpirePasswords": policy.max_age_days is not None,
    }
    return {"PasswordPolicy": shown | {name: value for name, value in optional.items() if value is not None}}


@iam_operation("UpdateAccountPasswordPolicy", on=anything, mode=Mode.WRITE)
def update_account_password_policy(call: Call, params: Params) -> None:
    """Set the policy, in place of the one that there is."""
    call.store.password_policies.put(
        PasswordPolicy(
            account_id=call.account_id,
            minimum_length=params.get("MinimumPasswordLength", DEFAULT_MINIMUM_LENGTH),
            require_symbols=params.get("RequireSymbols", False),
            require_numbers=params.get("RequireNumbers", False),
            require_uppercase=params.get("RequireUppercaseCharacters", False),
            require_lowercase=params.get("RequireLowercaseCharacters", False),
            allow_users_to_change_password=params.get("AllowUsersToChangePassword", False),
            max_age_days=params.get("MaxPasswordAge"),
            reuse_prevention=params.get("PasswordReusePrevention"),
            hard_expiry=params.get("HardExpiry"),
        )
    )


@iam_operation("DeleteAccountPasswordPolicy", on=anything, mode=Mode.WRITE)
def delete_account_password_policy(call: Call, _params: Params) -> None:
    """
    Delete the policy, so that AWS's default holds again.

    Raises:
        NoSuchEntity: The account has none.
    """
    if not call.store.password_policies.delete(call.account_id):
        raise NoSuchEntity("The account policy with name PasswordPolicy cannot be found.")
