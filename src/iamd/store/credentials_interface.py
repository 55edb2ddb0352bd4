"""
What the archive promises of the credentials of users beside their access keys, and of what bears on them.

The rules of `iamd.store.interface` hold here, too.
"""

from typing import Protocol

from iamd.domain.ids import AccountId
from iamd.domain.login_profiles import LoginProfile
from iamd.domain.password_policy import PasswordPolicy


class LoginProfiles(Protocol):
    """Hashes of passwords; encrypted at rest besides."""

    def add(self, profile: LoginProfile, user_name: str) -> None:
        """Add the password of a user, whose name is for the error (fact 25)."""
        ...

    def find(self, user_id: str) -> LoginProfile | None: ...
    def get(self, user_id: str, user_name: str) -> LoginProfile: ...
    def put(self, profile: LoginProfile) -> None: ...
    def delete(self, profile: LoginProfile) -> None: ...


class PasswordPolicies(Protocol):
    """One for each account that has set one; in the log of changes they are changes of the account."""

    def find(self, account_id: AccountId) -> PasswordPolicy | None: ...
    def put(self, policy: PasswordPolicy) -> None:
        """Add or replace."""
        ...

    def delete(self, account_id: AccountId) -> bool:
        """Return whether there was one to delete."""
        ...
