"""
What the archive promises of the credentials of users beside their access keys, and of what bears on them.

The rules of `iamd.store.interface` hold here, too.
"""

from datetime import datetime
from typing import Protocol, TypeVar

from iamd.domain.credential_reports import CredentialReport
from iamd.domain.deletion_tasks import DeletionTask
from iamd.domain.ids import AccountId
from iamd.domain.login_profiles import LoginProfile
from iamd.domain.password_policy import PasswordPolicy
from iamd.domain.server_certificates import ServerCertificate
from iamd.domain.service_specific_credentials import ServiceSpecificCredential
from iamd.domain.signing_certificates import SigningCertificate
from iamd.domain.ssh_public_keys import SSHPublicKey

V = TypeVar("V")


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


class OwnedCredentials(Protocol[V]):
    """Credentials of one kind; no decision depends on them, so the log of changes does not speak of them."""

    def add(self, value: V) -> None: ...
    def find(self, id_: str) -> V | None: ...
    def get(self, owner_id: str, id_: str) -> V:
        """Raise NoSuchEntity unless *owner_id* has this one."""
        ...

    def put(self, value: V) -> None: ...
    def delete(self, value: V) -> None: ...
    def page(self, owner_id: str, after: str | None, limit: int) -> list[V]:
        """In the order of creation; ``after`` is an id."""
        ...

    def count(self, owner_id: str) -> int: ...


SSHPublicKeys = OwnedCredentials[SSHPublicKey]


class SigningCertificates(OwnedCredentials[SigningCertificate], Protocol):
    def known(self, account_id: AccountId, fingerprint: str) -> bool:
        """Return whether somebody of the account has a certificate of this fingerprint."""
        ...


class ServerCertificates(Protocol):
    """Named entities of an account; the private key is encrypted at rest."""

    def add(self, certificate: ServerCertificate) -> None: ...
    def find(self, account_id: AccountId, name: str) -> ServerCertificate | None: ...
    def get(self, account_id: AccountId, name: str) -> ServerCertificate: ...
    def put(self, certificate: ServerCertificate) -> None: ...
    def delete(self, certificate: ServerCertificate) -> None: ...
    def page(
        self, account_id: AccountId, path_prefix: str, after: str | None, limit: int
    ) -> list[ServerCertificate]: ...
    def count(self, account_id: AccountId) -> int: ...


class ServiceSpecificCredentials(OwnedCredentials[ServiceSpecificCredential], Protocol):
    def page_of_account(
        self, account_id: AccountId, after: str | None, limit: int
    ) -> list[ServiceSpecificCredential]:
        """Return those of all users, in the order of creation; ``after`` is an id."""
        ...


class DeletionTasks(Protocol):
    """What is left of service-linked roles that were deleted."""

    def add(self, task: DeletionTask) -> None: ...
    def find(self, account_id: AccountId, task_id: str) -> DeletionTask | None: ...
    def forget(self, before: datetime) -> None:
        """Forget those that were made *before*."""
        ...


class CredentialReports(Protocol):
    """The last report of each account."""

    def find(self, account_id: AccountId) -> CredentialReport | None: ...
    def put(self, report: CredentialReport) -> None:
        """Keep *report* in place of the last one."""
        ...
