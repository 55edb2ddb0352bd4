"""
The password policy of an account: what passwords of its users must be like, and how long they last.

It binds the users' passwords, never the root's.  An account that has set none follows AWS's default.

AWS: *Setting an account password policy for IAM users*.
"""

import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from iamd.domain.accounts import Account
from iamd.domain.ids import AccountId
from iamd.errors import PasswordPolicyViolation
from iamd.secret import Secret

MOST_REMEMBERED = 24
"""The most passwords that a policy can keep users from using again, the present one among them."""

DEFAULT_MINIMUM_LENGTH = 6
"""Of a policy that names none; without any policy it is more."""

SELF_SERVICE_NAME = "AccountPasswordPolicy"
SELF_SERVICE_DOCUMENT = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
    '"Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*"}}'
)
"""
What ``AllowUsersToChangePassword`` allows to every user of the account.

The first action is always the caller's own, so that any resource is its own user.
"""

_SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
_CLASSES = (
    (frozenset(string.ascii_uppercase), "uppercase letter"),
    (frozenset(string.ascii_lowercase), "lowercase letter"),
    (frozenset(string.digits), "number"),
    (_SYMBOLS, "symbol"),
)
_DEFAULT_LENGTH = 8
_DEFAULT_CLASSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """
    What an account has set.

    Attributes:
        max_age_days: How long a password lasts; None when for ever.
        reuse_prevention: How many of a user's last passwords, the present one included, it may not take again.
        hard_expiry: Whether only an administrator can replace a password that has expired; None when it was not said.
    """

    account_id: AccountId
    minimum_length: int = DEFAULT_MINIMUM_LENGTH
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    allow_users_to_change_password: bool = False
    max_age_days: int | None = None
    reuse_prevention: int | None = None
    hard_expiry: bool | None = None

    def expiry_of(self, changed_at: datetime) -> datetime | None:
        """Return when a password that was set at *changed_at* expires; None when never."""
        return None if self.max_age_days is None else changed_at + timedelta(days=self.max_age_days)

    def check(self, password: Secret) -> None:
        """
        Check length and kinds of characters.

        Raises:
            PasswordPolicyViolation: With the first thing that is lacking.
        """
        text = password.reveal()
        if len(text) < self.minimum_length:
            raise PasswordPolicyViolation(f"Password should have a minimum length of {self.minimum_length}")
        required = (
            self.require_uppercase,
            self.require_lowercase,
            self.require_numbers,
            self.require_symbols,
        )
        for needed, (characters, called) in zip(required, _CLASSES, strict=True):
            if needed and characters.isdisjoint(text):
                raise PasswordPolicyViolation(f"Password should have at least one {called}")


def check_password(policy: PasswordPolicy | None, password: Secret, account: Account) -> None:
    """
    Check *password* by the account's policy, or by AWS's default where there is none.

    Raises:
        PasswordPolicyViolation: It does not conform.
    """
    if policy is not None:
        policy.check(password)
        return
    text = password.reveal()
    if len(text) < _DEFAULT_LENGTH:
        raise PasswordPolicyViolation(f"Password should have a minimum length of {_DEFAULT_LENGTH}")
    kinds = sum(not characters.isdisjoint(text) for characters, _ in _CLASSES)
    if kinds < _DEFAULT_CLASSES:
        raise PasswordPolicyViolation(
            "Password should have at least three of the following: "
            "uppercase letters, lowercase letters, numbers, symbols"
        )
    names = (account.account_id, account.name, account.alias, account.email)
    if any(name is not None and password.matches(Secret(name)) for name in names):
        raise PasswordPolicyViolation("Password should not be identical to the account name or email address")
