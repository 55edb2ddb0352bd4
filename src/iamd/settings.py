"""
What an operator may set, gathered into one frozen `Settings`.

What holds here:

* For each setting the first of these that names it wins: flag, environment (``IAMD_PORT``), ``iamd.toml``, default.
* A value is parsed by the type of its setting: the text ``False`` is false, and nonsense is an error that says which
  setting it was and where it came from.  A name that is not known is an error too: a misspelled setting that is
  ignored leaves a server less safe than its operator believes.
* A secret may be named by a file instead (``IAMD_MASTER_KEY_FILE``, ``master_key_file``, ``--master-key-file``), and
  is never taken from a flag itself: every process of the machine can read those.  No error shows a secret's value.
"""

import base64
import binascii
import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from iamd.enforcement.points import DEFAULT_NAME, EnforcementPoint
from iamd.enforcement.upstreams import EVERY_SERVICE, Upstream
from iamd.secret import Secret

_PREFIX: Final = "IAMD_"
_FILE_SUFFIX: Final = "_file"
_DEFAULT_FILE: Final = Path("iamd.toml")
_MASTER_KEY_BYTES: Final = 32
_SMALLEST_SECRET: Final = 16

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})

# Names of the environment that begin as ours do and are no settings.
_NOT_SETTINGS: Final = re.compile(
    # Where iamd.toml is, and what only the tests read.
    r"IAMD_(CONFIG|TEST_.*)"
    # What Kubernetes sets in each pod of a namespace that has a Service named `iamd`.
    r"|IAMD_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|IAMD_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?",
    re.ASCII,
)
_KUBERNETES_PORT: Final = re.compile(r"(tcp|udp|sctp)://.*", re.ASCII)


class SettingsError(Exception):
    """A setting is unknown, does not parse, or does not go with another; the text is for the operator."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """
    Everything an operator has set.

    `load_settings` makes it.  Made directly, only what `__post_init__` checks is checked.
    """

    host: Annotated[str, Meta(min_length=1, description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 4263
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
    keyring_rotation_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            description="How many days a key seals session tokens before the next one does; with 0 only "
            "`iamd keyring rotate` changes it.",
        ),
    ] = 30
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
    s3_domain: Annotated[
        str,
        Meta(
            pattern=r"\A[a-z0-9.-]+\Z",
            description="Host name below which each bucket of S3 is a host of its own.",
        ),
    ] = "localhost"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="How much to log to standard error.")
    ] = "info"
    audit_file: Annotated[
        Path | None, Meta(description="File to which one JSON line for each request is appended.")
    ] = None

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
        self.master_key_bytes()
        points = self.enforcement_points()
        if len({each.key.reveal() for each in points}) != len(points):
            raise ValueError("two enforcement points have one key")

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

    def master_key_bytes(self) -> bytes | None:
        """
        Return the 32 bytes of the master key, or None where none was set.

        Raises:
            ValueError: It is not 32 bytes in base64.
        """
        if self.master_key is None:
            return None
        try:
            key = base64.b64decode(self.master_key.reveal().encode(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != _MASTER_KEY_BYTES:
            raise ValueError(f"`master_key` is not {_MASTER_KEY_BYTES} bytes in base64")
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
        return _PREFIX + self.name.upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the words that it may be, or nothing where any text of its type will do."""
        return cast("tuple[str, ...]", get_args(self.kind)) if get_origin(self.kind) is Literal else ()


def _describe() -> Iterator[SettingInfo]:
    for each in msgspec.structs.fields(Settings):
        hint, meta = get_args(each.type)
        if type(None) in get_args(hint):
            hint = get_args(hint)[0]
        kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        yield SettingInfo(each.name, kind, each.default, meta.description)


SETTINGS: Final[Mapping[str, SettingInfo]] = {info.name: info for info in _describe()}
"""Every setting by its name, in the order of the documentation."""

_TYPES: Final = {each.name: each.type for each in msgspec.structs.fields(Settings)}


@dataclass(frozen=True, slots=True)
class _Layer:
    """
    One place that settings come from.

    Attributes:
        spell: How a setting's name is written there, for errors.
        texts: Whether values are texts to parse; those of TOML have types of their own.
        base: What relative paths start from.
    """

    values: Mapping[str, object]
    spell: Callable[[str], str]
    texts: bool
    base: Path = field(default_factory=Path)


def load_settings(
    flags: Mapping[str, object], environ: Mapping[str, str], *, file: Path | None = None
) -> Settings:
    """
    Gather the settings.

    Relative paths start from the current folder; those in ``iamd.toml`` from the folder that it is in.

    Args:
        flags: By name of the setting; those that are None were not given.
        environ: The process's environment.
        file: The ``iamd.toml`` to read.  By default ``IAMD_CONFIG`` names it, and failing that it is the one in the
            current folder, if there is one.

    Raises:
        SettingsError: A setting is unknown, does not parse, or does not go with another.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    layers = (
        _Layer(given, lambda name: "--" + name.replace("_", "-"), texts=True),
        _Layer(
            _from_environment(environ), lambda name: f"{_PREFIX}{name.upper()} in the environment", texts=True
        ),
        *_from_file(file, environ),
    )
    for layer in layers:
        _refuse_unknown(layer)
    for name in given:
        if name in SETTINGS and SETTINGS[name].secret:
            raise SettingsError(f"--{name} would show a secret to every process; name a file that holds it")
    values: dict[str, Any] = {}
    for name in SETTINGS:
        for layer in layers:
            found = _find(name, layer)
            if found is not None:
                values[name] = found
                break
    try:
        return Settings(**values)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.startswith(_PREFIX) or _NOT_SETTINGS.fullmatch(variable):
            continue
        if variable == "IAMD_PORT" and _KUBERNETES_PORT.fullmatch(text):
            continue
        name = variable.removeprefix(_PREFIX)
        if name != name.upper():
            # Another variable altogether on most systems, and a misspelled one on all.
            raise SettingsError(f"{variable} in the environment is not a setting; they are in upper case")
        values[name.lower()] = text
    return values


def _from_file(file: Path | None, environ: Mapping[str, str]) -> Iterator[_Layer]:
    if file is None and "IAMD_CONFIG" in environ:
        file = Path(environ["IAMD_CONFIG"])
    if file is None:
        if not _DEFAULT_FILE.is_file():
            return
        file = _DEFAULT_FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None
    yield _Layer(values, lambda name: f"{name} in {file}", texts=False, base=file.parent)


def _refuse_unknown(layer: _Layer) -> None:
    known = [*SETTINGS, *(name + _FILE_SUFFIX for name, info in SETTINGS.items() if info.secret)]
    for name in layer.values:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=1)
            hint = f"; did you mean {layer.spell(near[0])}?" if near else ""
            raise SettingsError(f"{layer.spell(name)} is not a setting{hint}")


def _find(name: str, layer: _Layer) -> object:
    """Return the value that *layer* has for the setting, or None where it has none."""
    value = layer.values.get(name)
    if not SETTINGS[name].secret:
        return None if value is None else _parse(name, value, layer)
    file = layer.values.get(name + _FILE_SUFFIX)
    if file is None:
        return None if value is None else _parse(name, value, layer)
    if value is not None:
        raise SettingsError(f"{layer.spell(name)} and {layer.spell(name + _FILE_SUFFIX)} exclude each other")
    return Secret(_read_secret(file, layer, layer.spell(name + _FILE_SUFFIX)))


def _read_secret(file: object, layer: _Layer, where: str) -> str:
    if not isinstance(file, str | Path) or not str(file):
        raise SettingsError(f"{where} is not the name of a file")
    try:
        text = (layer.base / file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{where} cannot be read: {error}") from None
    secret = text.rstrip("\r\n")
    if not secret:
        raise SettingsError(f"{where}: the file is empty")
    return secret


def _parse(name: str, value: object, layer: _Layer) -> object:
    where = layer.spell(name)
    info = SETTINGS[name]
    if value == "":
        raise SettingsError(f"{where} is empty; leave it out to have the default")
    if name == "upstream":
        value = _upstreams(value, layer, where)
    elif name == "enforcement_point":
        value = _tables(value, layer, where, "key")
    elif layer.texts and isinstance(value, str):
        value = _parse_text(info, value, where)

    def make(kind: type, given: object) -> object:
        if not isinstance(given, str | Path):
            raise ValueError("Expected `str`")  # noqa: TRY004  msgspec makes its ValidationError of a ValueError
        return Secret(str(given)) if kind is Secret else layer.base / given

    try:
        return msgspec.convert(value, type=_TYPES[name], dec_hook=make)
    except msgspec.ValidationError as error:
        shown = f", got `{value}`" if isinstance(value, str) and not info.secret else ""
        raise SettingsError(f"{where}: {_lower(str(error))}{shown}") from None


def _upstreams(value: object, layer: _Layer, where: str) -> object:
    """Return the tables of upstreams: one text stands for one of them, and keys may be in files."""
    if isinstance(value, str):
        services, _, url = value.rpartition("=")
        return [{"services": services.split(",") if services else [EVERY_SERVICE], "url": url}]
    return _tables(value, layer, where, "secret_access_key")


def _tables(value: object, layer: _Layer, where: str, secret: str) -> object:
    """Return tables, each with a *secret* that may be in a file."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise SettingsError(f"{where}: expected tables `[[{where.split(' ', 1)[0]}]]`")
    tables = []
    for each in value:
        table = dict(each)
        file = table.pop(secret + _FILE_SUFFIX, None)
        if file is not None and secret in table:
            raise SettingsError(f"{where}: `{secret}` and `{secret}{_FILE_SUFFIX}` exclude each other")
        if file is not None:
            table[secret] = _read_secret(file, layer, f"{secret}{_FILE_SUFFIX} of {where}")
        tables.append(table)
    return tables


def _parse_text(info: SettingInfo, text: str, where: str) -> object:
    if info.kind is bool:
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise SettingsError(f"{where}: expected `true` or `false`, got `{text}`")
        return word in _TRUE
    if info.kind is int:
        # int() would take digits of other scripts, blanks and underscores.
        if not re.fullmatch(r"-?[0-9]{1,10}", text, re.ASCII):
            raise SettingsError(f"{where}: expected an integer, got `{text}`")
        return int(text)
    return text


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
