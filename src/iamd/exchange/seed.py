"""
Seed files: accounts, users, groups, roles and policies to start with, and organizations of accounts.

The shape is `SeedFile`; member names are those of this module, documents are policy documents as AWS writes them.  What
a file asks for is done by the operations themselves, as the account's root, so that a seed can make nothing that a client
could not; it is all or nothing.  A member that is not known is an error: it would be a permission that somebody believes
to be there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import Meta

from iamd.exchange import strict_yaml
from iamd.exchange.strict_yaml import FileFormatError

AccountNumber = Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")]
Documents = dict[str, dict[str, Any]]
"""Names of inline policies and their documents."""


class SeedAccessKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """
    An access key.

    Without ``id`` and ``secret`` fresh ones are made; ``iamd`` prints them once.  In a test they may be given.
    """

    id: Annotated[str, Meta(pattern=r"\A[A-Z0-9]{16,128}\Z")] | None = None
    secret: Annotated[str, Meta(min_length=16, max_length=128)] | None = None
    status: Literal["Active", "Inactive"] = "Active"

    def __post_init__(self) -> None:
        if (self.id is None) != (self.secret is None):
            raise ValueError("`id` and `secret` of an access key belong together")

    def __repr__(self) -> str:
        return f"SeedAccessKey(id={self.id!r})"


class SeedPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer managed policy."""

    name: str
    document: dict[str, Any]
    path: str = "/"
    description: str | None = None
    tags: dict[str, str] = {}


class SeedGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group.  ``managed_policies`` are ARNs, or names of policies of the same account."""

    name: str
    path: str = "/"
    managed_policies: list[str] = []
    inline_policies: Documents = {}


class SeedUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user."""

    name: str
    path: str = "/"
    tags: dict[str, str] = {}
    groups: list[str] = []
    managed_policies: list[str] = []
    inline_policies: Documents = {}
    permissions_boundary: str | None = None
    access_keys: list[SeedAccessKey] = []


class SeedRole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role; ``instance_profile`` makes an instance profile of the same name with the role in it."""

    name: str
    trust_policy: dict[str, Any]
    path: str = "/"
    description: str | None = None
    max_session_duration: int | None = None
    tags: dict[str, str] = {}
    managed_policies: list[str] = []
    inline_policies: Documents = {}
    permissions_boundary: str | None = None
    instance_profile: bool = False


class SeedOIDCProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OpenID Connect provider."""

    url: str
    client_ids: list[str] = []
    thumbprints: list[str] = []
    tags: dict[str, str] = {}


class SeedSamlProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """
    A SAML provider.

    ``metadata`` and ``private_key`` (in PEM; it opens encrypted assertions) stand here, or in files that are found from
    the folder of the seed.
    """

    name: str
    metadata: str | None = None
    metadata_file: str | None = None
    private_key: str | None = None
    private_key_file: str | None = None
    assertion_encryption_mode: Literal["Required", "Allowed"] = "Allowed"
    tags: dict[str, str] = {}

    def __post_init__(self) -> None:
        if (self.metadata is None) == (self.metadata_file is None):
            raise ValueError("a SAML provider has either `metadata` or `metadata_file`")
        if self.private_key is not None and self.private_key_file is not None:
            raise ValueError("a SAML provider has either `private_key` or `private_key_file`")

    def __repr__(self) -> str:
        return f"SeedSamlProvider(name={self.name!r})"

    def with_files(self, folder: Path) -> Self:
        """
        Return the provider with what its files hold in their place.

        Raises:
            FileFormatError: One cannot be read, or is no UTF-8.
        """
        found: dict[str, str | None] = {}
        for member in ("metadata", "private_key"):
            name = getattr(self, f"{member}_file")
            if name is not None:
                found |= {member: _text(folder / name), f"{member}_file": None}
        return msgspec.structs.replace(self, **found) if found else self


class SeedVPCEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A VPC endpoint of the account's.

    Without ``policy`` it lets everything pass, and without ``region`` it is in the server's.
    """

    id: str
    vpc: str
    region: str | None = None
    policy: dict[str, Any] | None = None


class SeedAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account; the server's own, or a further one.  ``root_access_key`` gives its root an access key."""

    id: AccountNumber
    name: str | None = None
    email: (
        Annotated[str, Meta(min_length=6, max_length=64, pattern=r"\A[^\s@]+@[^\s@]+\.[^\s@]+\Z")] | None
    ) = None
    alias: str | None = None
    properties: dict[str, str] = {}
    root_access_key: SeedAccessKey | None = None
    policies: list[SeedPolicy] = []
    groups: list[SeedGroup] = []
    users: list[SeedUser] = []
    oidc_providers: list[SeedOIDCProvider] = []
    saml_providers: list[SeedSamlProvider] = []
    roles: list[SeedRole] = []
    vpc_endpoints: list[SeedVPCEndpoint] = []


class SeedOrganizationPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service control policy or a resource control policy."""

    name: str
    document: dict[str, Any]
    type: Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] = "SERVICE_CONTROL_POLICY"
    description: str = ""
    tags: dict[str, str] = {}


class SeedUnit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An organizational unit.

    ``attached_policies`` are names of the organization's policies; ``full_access`` keeps what AWS attaches to
    everything, without which the attached policies must allow whatever shall be allowed.
    """

    name: str
    tags: dict[str, str] = {}
    attached_policies: list[str] = []
    full_access: bool = True
    accounts: list[AccountNumber] = []
    units: list["SeedUnit"] = []


class SeedOrganization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An organization, with its root: ``attached_policies``, ``accounts`` and ``units`` are the root's.

    All accounts are ones of the same file; those that nobody names stay outside.

    Attributes:
        trusted_services: Service principals that are let in.
        delegated_administrators: Members, and the services that each administers; those are let in besides.
        features: Of central root access; IAM is let in besides.
        resource_policy: By which the management account lets members manage policies.
    """

    management_account: AccountNumber
    policies: list[SeedOrganizationPolicy] = []
    attached_policies: list[str] = []
    full_access: bool = True
    accounts: list[AccountNumber] = []
    units: list[SeedUnit] = []
    trusted_services: list[str] = []
    delegated_administrators: dict[AccountNumber, list[str]] = {}
    features: list[Literal["RootCredentialsManagement", "RootSessions"]] = []
    resource_policy: dict[str, Any] | None = None


class SeedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file."""

    accounts: list[SeedAccount]
    organizations: list[SeedOrganization] = []


def read_seed(path: Path) -> SeedFile:
    """
    Read a seed file.

    Raises:
        FileFormatError: It does not parse, has not the shape of `SeedFile`, or names a file that cannot be read.
    """
    try:
        seed = msgspec.convert(strict_yaml.read(path), SeedFile, strict=False)
    except msgspec.ValidationError as error:
        raise FileFormatError(f"`{path}`: {error}") from error
    accounts = [
        msgspec.structs.replace(
            account, saml_providers=[provider.with_files(path.parent) for provider in account.saml_providers]
        )
        for account in seed.accounts
    ]
    return msgspec.structs.replace(seed, accounts=accounts)


def document_text(document: Mapping[str, Any]) -> str:
    """Return *document* as it will be stored."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _text(path: Path) -> str:
    try:
        # Not `read_text`, which takes ends of lines for one another.
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"`{path}` cannot be read: {error}") from error
