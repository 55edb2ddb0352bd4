"""
What an account holds, as it goes in and out: the form that imports are read into, and that exports are written in.

What holds here:

* Entities are flat, and what belongs to two of them stands in a list of its own (memberships, attachments, inline
  policies): a file may add to an entity that another file, or the account itself, holds.
* None says that a file does not know.  What is made then has a fresh id, or the time of the import; what is there keeps
  what it has.
* Texts are as they are stored: documents keep their white space.
* There are no secrets in it: no access keys, passwords, seeds of MFA devices or private keys.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from iamd.exchange.problems import Note

E = TypeVar("E")

VERSION: Final = 1

At = Annotated[datetime, Meta(tz=True)]
Number = Annotated[int, Meta(ge=1, le=999_999_999)]
"""Of a version; AWS and iamd know none that is higher."""
Owner = Literal["user", "group", "role"]


class PolicyVersion(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    number: Number
    document: str
    created_at: At | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    A customer managed policy.

    Attributes:
        last_version: The highest number ever given.
        numbered: False where a file knows the document that is in force, and nothing of versions; it is version 1 then
            of a policy that is made, and comes into force as another version of one that is there.
    """

    name: str
    path: str = "/"
    id: str | None = None
    created_at: At | None = None
    updated_at: At | None = None
    description: str | None = None
    default_version: Number = 1
    last_version: Number | None = None
    numbered: bool = True
    versions: Annotated[tuple[PolicyVersion, ...], Meta(min_length=1)]
    tags: dict[str, str] = {}


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    path: str = "/"
    id: str | None = None
    created_at: At | None = None


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    path: str = "/"
    id: str | None = None
    created_at: At | None = None
    permissions_boundary: str | None = None
    password_last_used_at: At | None = None
    tags: dict[str, str] = {}


class SourceTemplate(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The role template that a role was made from."""

    arn: str
    minor_version: Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    path: str = "/"
    id: str | None = None
    created_at: At | None = None
    trust_policy: str
    description: str | None = None
    max_session_duration: int | None = None
    permissions_boundary: str | None = None
    last_used_at: At | None = None
    last_used_region: Annotated[str, Meta(max_length=64)] | None = None
    source_template: SourceTemplate | None = None
    tags: dict[str, str] = {}


class InstanceProfile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An instance profile; ``role`` is the name of the one in it."""

    name: str
    path: str = "/"
    id: str | None = None
    created_at: At | None = None
    role: str | None = None
    tags: dict[str, str] = {}


class OIDCProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    url: str
    created_at: At | None = None
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class SamlProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A SAML provider, without the private keys that it may have; ``id`` is its ``SAMLProviderUUID``."""

    name: str
    id: str | None = None
    metadata: str
    created_at: At | None = None
    assertion_encryption_mode: Literal["Required", "Allowed"] | None = None
    tags: dict[str, str] = {}


class PasswordPolicy(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The account's password policy; its members are those of `iamd.domain.password_policy.PasswordPolicy`."""

    minimum_length: int = 6
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    allow_users_to_change_password: bool = False
    max_age_days: int | None = None
    reuse_prevention: int | None = None
    hard_expiry: bool | None = None


class Membership(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    user: str
    group: str


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A managed policy, by ARN, on the user, group or role of this name."""

    kind: Owner
    owner: str
    policy: str


class InlinePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    kind: Owner
    owner: str
    name: str
    document: str


class Contents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    An account, or a part of one.

    Attributes:
        alias: Of the account.
        quotas: Those that are higher than the default, by the names that refusals have for them.
        properties: Of the account, those that somebody has set.
    """

    policies: tuple[Policy, ...] = ()
    groups: tuple[Group, ...] = ()
    users: tuple[User, ...] = ()
    roles: tuple[Role, ...] = ()
    instance_profiles: tuple[InstanceProfile, ...] = ()
    oidc_providers: tuple[OIDCProvider, ...] = ()
    saml_providers: tuple[SamlProvider, ...] = ()
    memberships: tuple[Membership, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    inline_policies: tuple[InlinePolicy, ...] = ()
    alias: str | None = None
    password_policy: PasswordPolicy | None = None
    quotas: dict[str, int] = {}
    properties: dict[str, str] = {}

    def __len__(self) -> int:
        """Count everything in it."""
        facts = sum(each is not None for each in (self.alias, self.password_policy))
        facts += len(self.quotas) + len(self.properties)
        return facts + sum(len(getattr(self, name)) for name in LISTS)


class ExportFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    A whole file; ``iamd_export`` is the version of the form.

    Attributes:
        left_out: What the account has and an export does not, with the reason.
    """

    iamd_export: Literal[1]
    account_id: Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")]
    contents: Contents
    left_out: tuple[Note, ...] = ()


LISTS: Final = (
    "policies",
    "groups",
    "users",
    "roles",
    "instance_profiles",
    "oidc_providers",
    "saml_providers",
    "memberships",
    "attachments",
    "inline_policies",
)
"""The members of `Contents` that are lists, in the order in which they are made."""


def merged(parts: Sequence[Contents]) -> Contents:
    """
    Return all that *parts* hold; what several say alike stands there once.

    Of the account's alias, password policy and properties the last word holds.
    """
    if len(parts) == 1:
        return parts[0]
    members: dict[str, Any] = {name: _unique(getattr(part, name) for part in parts) for name in LISTS}
    quotas: dict[str, int] = {}
    properties: dict[str, str] = {}
    for part in parts:
        for name in ("alias", "password_policy"):
            if getattr(part, name) is not None:
                members[name] = getattr(part, name)
        quotas |= part.quotas
        properties |= part.properties
    return Contents(**members, quotas=quotas, properties=properties)


def portions(contents: Contents, most_bytes: int) -> Iterator[Contents]:
    """Yield *contents* in pieces whose JSON has about *most_bytes*, at least one entity in each."""
    encoder = msgspec.json.Encoder()
    facts = Contents(
        alias=contents.alias,
        password_policy=contents.password_policy,
        quotas=contents.quotas,
        properties=contents.properties,
    )
    if len(facts):
        yield facts
    held: dict[str, Any] = {}
    size = 0
    for name in LISTS:
        for entity in getattr(contents, name):
            weight = len(encoder.encode(entity)) + 1
            if held and size + weight > most_bytes:
                yield _portion(held)
                held, size = {}, 0
            held.setdefault(name, []).append(entity)
            size += weight
    if held:
        yield _portion(held)


def _portion(held: dict[str, Any]) -> Contents:
    members: dict[str, Any] = {name: tuple(entities) for name, entities in held.items()}
    return Contents(**members)


def _unique(lists: Iterable[Sequence[E]]) -> tuple[E, ...]:
    """Return what *lists* hold, in order, without what was there before in the very same form."""
    seen: set[bytes] = set()
    kept: list[E] = []
    for entities in lists:
        for entity in entities:
            key = msgspec.json.encode(entity)
            if key not in seen:
                seen.add(key)
                kept.append(entity)
    return tuple(kept)
