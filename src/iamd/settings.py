"""
What an operator may set, gathered into one frozen `Settings`.

Where values come from, and how they are read, is in `iamd.setting_sources`.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from iamd.domain.console_sessions import ConsoleLimits
from iamd.domain.proxy_networks import proxy_network
from iamd.enforcement.points import DEFAULT_NAME, EnforcementPoint
from iamd.enforcement.upstreams import Upstream
from iamd.secret import Secret
from iamd.watch_settings import WatchSettings

PREFIX: Final = "IAMD_"
"""Of the variables of the environment."""

_MASTER_KEY_BYTES: Final = 32
_SMALLEST_SECRET: Final = 16


class SettingsError(Exception):
    """A setting is unknown, does not parse, or does not go with another; the text is for the operator."""


class Settings(WatchSettings, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """
    Everything an operator has set.

    `iamd.setting_sources.load_settings` makes it.  Made directly, only what `__post_init__` checks is checked.
    """

    host: Annotated[str, Meta(min_length=1, description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 4263
    workers: Annotated[
        int,
        Meta(ge=1, le=256, description="How many processes `iamd serve` answers with; one for each core."),
    ] = 1
    drain_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=3600,
            description="How long `iamd serve` lets requests in flight go on after it was told to stop.",
        ),
    ] = 30
    tls_certificate: Annotated[
        Path | None,
        Meta(
            description="File with the server's certificate and its chain, in PEM. `iamd serve` reads it anew on SIGHUP."
        ),
    ] = None
    tls_key: Annotated[
        Path | None, Meta(description="File with the private key of that certificate, in PEM, unencrypted.")
    ] = None
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses and networks of the proxies in front of `iamd serve`. What they say of a client in "
            "`X-Forwarded-For` and `X-Forwarded-Proto` is believed; without TLS nobody else may connect."
        ),
    ] = ()
    account_id: Annotated[
        str,
        Meta(
            pattern=r"\A[0-9]{12}\Z", description="The account of this server: twelve digits, quoted in TOML."
        ),
    ] = "123456789012"
    region: Annotated[
        str,
        Meta(
            pattern=r"\A[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}\Z",
            description="The region that this server calls its own.",
        ),
    ] = "us-east-1"
    data: Annotated[
        Path | None,
        Meta(
            description="SQLite file that holds everything. Without it, a temporary file that is removed at exit."
        ),
    ] = None
    database_url: Annotated[
        Secret | None,
        Meta(description="PostgreSQL instead of SQLite: `postgresql://user:password@host/database`."),
    ] = None
    root_access_key_id: Annotated[
        Annotated[str, Meta(pattern=r"\A[A-Z0-9]{16,128}\Z")] | None,
        Meta(description="Access key id of the account's root user at first start."),
    ] = None
    root_secret_access_key: Annotated[
        Secret | None, Meta(description="The secret access key that belongs to it; at least 16 characters.")
    ] = None
    master_key: Annotated[
        Secret | None,
        Meta(
            description="32 bytes in base64 that encrypt the secrets in the database. Keep a copy elsewhere."
        ),
    ] = None
    other_master_key: Annotated[
        Secret | None,
        Meta(
            description="A second one while the master key is changed: what is encrypted with either can be read. "
            "`iamd keyring rotate-master` changes it."
        ),
    ] = None
    seed: Annotated[
        Path | None,
        Meta(
            description="File or folder to begin an empty database with: a seed, or what `iamd import` takes."
        ),
    ] = None
    sessions_end_with_their_key: Annotated[
        bool,
        Meta(
            description="Whether deleting or deactivating an access key ends the sessions that it began. "
            "On AWS they live on until they expire."
        ),
    ] = False
    console_idle_minutes: Annotated[
        int,
        Meta(
            ge=1,
            le=720,
            description="After how many minutes without use somebody is signed out of the console.",
        ),
    ] = 60
    console_session_minutes: Annotated[
        int,
        Meta(
            ge=1,
            le=720,
            description="After how many minutes somebody is signed out of the console in any case; with 720, twelve hours, as "
            "on AWS.",
        ),
    ] = 720
    console_sessions_at_once: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="How many browsers may be signed in to the console as one user, as a root user, or as one session of a "
            "role. One more signs the first of them out.",
        ),
    ] = 20
    keyring_rotation_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            description="How many days a key seals session tokens before the next one does; with 0 only "
            "`iamd keyring rotate` changes it.",
        ),
    ] = 30
    remembered_principals: Annotated[
        int,
        Meta(
            ge=16,
            le=16_777_216,
            description="Of how many users, of how many roles and of how many access keys what requests need is kept in memory, "
            "some 10 KiB of each; what is needed of others is read from the database.",
        ),
    ] = 32_768
    database_lease_seconds: Annotated[
        int,
        Meta(
            ge=5,
            le=3600,
            description="For how many seconds requests are answered from memory when the database does not answer; then they "
            "are refused.",
        ),
    ] = 60
    public_url: Annotated[
        Annotated[str, Meta(pattern=r"\Ahttps?://[A-Za-z0-9.:\[\]-]+\Z")] | None,
        Meta(
            description="What others reach this server by, such as `https://iamd.example.com`, without a path: the issuers "
            "of identity tokens begin with it. By default the address and port that it listens on."
        ),
    ] = None
    allow_private_issuers: Annotated[
        bool,
        Meta(
            description="Whether OpenID Connect providers may be on loopback or a private network, have a port, and "
            "speak plain HTTP."
        ),
    ] = False
    identity_providers: Annotated[
        Path | None,
        Meta(
            description="File with key sets of OpenID Connect issuers that cannot be reached, and with the "
            "token-information endpoints of OAuth 2.0 providers."
        ),
    ] = None
    vpc_endpoint_routes: Annotated[
        Path | None,
        Meta(
            description="File that says which requests come through a VPC endpoint, and how that is told. Without it, none "
            "does."
        ),
    ] = None
    saml_endpoint: Annotated[
        Annotated[str, Meta(pattern=r"\Ahttps?://[^\s#]+\Z")] | None,
        Meta(
            description="URL that SAML responses may name as their recipient and audience, besides AWS's own sign-in "
            "endpoints, which they may always name."
        ),
    ] = None
    product_providers: Annotated[
        Path | None,
        Meta(
            description="File with the product providers that may ask for delegated access: their accounts, policy "
            "templates, permissions boundaries and notification channels."
        ),
    ] = None
    role_templates: Annotated[
        Path | None,
        Meta(
            description="Directory of role templates: `*.json` files with what GetRoleTemplateVersion answers."
        ),
    ] = None
    upstream: Annotated[
        tuple[Upstream, ...],
        Meta(
            description="Services behind the gateway: `[SERVICES=]URL`, such as `s3,dynamodb=http://127.0.0.1:5000`; in "
            "TOML one table `[[upstream]]` for each."
        ),
    ] = ()
    gateway_mode: Annotated[
        Literal["enforce", "soft"],
        Meta(
            description="Whether the gateway refuses what is not allowed, or lets it through and notes the policy that would "
            "have been needed. Requests to IAM and STS are refused in either case."
        ),
    ] = "enforce"
    enforcement_point: Annotated[
        tuple[EnforcementPoint, ...],
        Meta(
            description="Proxies and services that may ask for decisions, each with a key of its own; in `iamd.toml` only, one "
            "table `[[enforcement_point]]` for each."
        ),
    ] = ()
    pep_key: Annotated[
        Secret | None,
        Meta(description="Key of one more enforcement point, in front of S3; at least 16 characters."),
    ] = None
    ext_authz_port: Annotated[
        Annotated[int, Meta(ge=0, le=65535)] | None,
        Meta(
            description="Port for Envoy's `ext_authz` over gRPC (`iamd[envoy]`); needs an enforcement point."
        ),
    ] = None
    s3_domain: Annotated[
        str,
        Meta(
            pattern=r"\A[a-z0-9.-]+\Z",
            description="Host name below which each bucket of S3 is a host of its own.",
        ),
    ] = "localhost"

    def __post_init__(self) -> None:
        """
        Refuse what does not go together.

        Raises:
            ValueError: Says which settings, and why.
        """
        if self.data is not None and self.database_url is not None:
            raise ValueError("`data` (SQLite) and `database_url` (PostgreSQL) exclude each other")
        if (self.root_access_key_id is None) != (self.root_secret_access_key is None):
            raise ValueError(
                "`root_access_key_id` and `root_secret_access_key` belong together; one is missing"
            )
        if self.root_secret_access_key and len(self.root_secret_access_key.reveal()) < _SMALLEST_SECRET:
            raise ValueError(f"`root_secret_access_key` has fewer than {_SMALLEST_SECRET} characters")
        if self.database_url and not self.database_url.reveal().startswith(("postgresql://", "postgres://")):
            raise ValueError("`database_url` does not begin with `postgresql://`")
        self.check_watch(_SMALLEST_SECRET)
        self.master_key_bytes()
        self.other_master_key_bytes()
        self._check_doors()
        points = self.enforcement_points()
        if len({each.key.reveal() for each in points}) != len(points):
            raise ValueError("two enforcement points have one key")
        if self.ext_authz_port is not None and not points:
            raise ValueError("`ext_authz_port` needs a `pep_key` or an `[[enforcement_point]]`")

    @property
    def scheme(self) -> str:
        """Of the URL by which the server itself is reached; a proxy in front of it may have another."""
        return "http" if self.tls_certificate is None else "https"

    def _check_doors(self) -> None:
        """
        Refuse ways to be reached that do not go together.

        Raises:
            ValueError: Says which settings, and why.
        """
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("`tls_certificate` and `tls_key` belong together; one is missing")
        for proxy in self.trusted_proxies:
            try:
                proxy_network(proxy)
            except ValueError as error:
                raise ValueError(f"`trusted_proxies`: {error}") from None
        if self.trusted_proxies and self.vpc_endpoint_routes is not None:
            # Each route names its own proxies, and is told by the address that they have.
            raise ValueError(
                "with `vpc_endpoint_routes` that file names the proxies, and not `trusted_proxies`"
            )

    def enforcement_points(self) -> tuple[EnforcementPoint, ...]:
        """
        Return all of them, the one of `pep_key` too.

        Raises:
            ValueError: The key cannot be one.
        """
        if self.pep_key is None:
            return self.enforcement_point
        return (*self.enforcement_point, EnforcementPoint(name=DEFAULT_NAME, key=self.pep_key))

    def rotation_interval(self) -> timedelta | None:
        """Return how long a sealing key is primary; None for ever."""
        return timedelta(days=self.keyring_rotation_days) if self.keyring_rotation_days else None

    def console_limits(self) -> ConsoleLimits:
        """Return how long console sessions live, and how many at once."""
        return ConsoleLimits(
            idle=timedelta(minutes=self.console_idle_minutes),
            longest=timedelta(minutes=self.console_session_minutes),
            at_once=self.console_sessions_at_once,
        )

    def master_key_bytes(self) -> bytes | None:
        """
        Return the 32 bytes of the master key, or None where none was set.

        Raises:
            ValueError: It is not 32 bytes in base64.
        """
        return _key_bytes("master_key", self.master_key)

    def other_master_key_bytes(self) -> bytes | None:
        """
        Return the 32 bytes of the other master key, or None where none was set.

        Raises:
            ValueError: It is not 32 bytes in base64.
        """
        return _key_bytes("other_master_key", self.other_master_key)


def _key_bytes(name: str, given: Secret | None) -> bytes | None:
    if given is None:
        return None
    try:
        key = base64.b64decode(given.reveal().encode(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _MASTER_KEY_BYTES:
        raise ValueError(f"`{name}` is not {_MASTER_KEY_BYTES} bytes in base64")
    return key


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """
    One setting, as flags and documentation need it.

    Attributes:
        kind: The type of its value, without the None of an optional one.
        default: Of the type *kind*, or None.
    """

    name: str
    kind: Any
    default: object
    description: str

    @property
    def secret(self) -> bool:
        return self.kind is Secret

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the words that it may be, or nothing where any text of its type will do."""
        return cast("tuple[str, ...]", get_args(self.kind)) if get_origin(self.kind) is Literal else ()


def _describe() -> Iterator[SettingInfo]:
    fields = msgspec.structs.fields(Settings)
    inherited = len(WatchSettings.__struct_fields__)
    # Those of the base come first in a Struct, and last in the documentation.
    for each in (*fields[inherited:], *fields[:inherited]):
        hint, meta = get_args(each.type)
        if type(None) in get_args(hint):
            hint = get_args(hint)[0]
        kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        yield SettingInfo(each.name, kind, each.default, meta.description)


SETTINGS: Final[Mapping[str, SettingInfo]] = {info.name: info for info in _describe()}
"""Every setting by its name, in the order of the documentation."""
