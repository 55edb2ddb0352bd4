"""
Where settings come from, and how they are read.

What holds here:

* For each setting the first of these that names it wins: flag, environment (``IAMD_PORT``), ``iamd.toml``, default.
* A value is parsed by the type of its setting: the text ``False`` is false, and nonsense is an error that says which
  setting it was and where it came from.  A name that is not known is an error too: a misspelled setting that is
  ignored leaves a server less safe than its operator believes.
* A secret may be named by a file instead (``IAMD_MASTER_KEY_FILE``, ``master_key_file``, ``--master-key-file``), and
  is never taken from a flag itself: every process of the machine can read those.  No error shows a secret's value.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from iamd.enforcement.upstreams import EVERY_SERVICE
from iamd.secret import Secret
from iamd.settings import PREFIX, SETTINGS, SettingInfo, Settings, SettingsError

_FILE_SUFFIX: Final = "_file"
_DEFAULT_FILE: Final = Path("iamd.toml")

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

_FORMS: Final[Mapping[str, str]] = {
    "account_id": "twelve digits",
    "region": "a region, such as `eu-central-1`",
    "root_access_key_id": "16 to 128 letters A-Z and digits",
    "public_url": "a URL of http or https without a path",
    "saml_endpoint": "a URL of http or https",
    "audit_webhook": "a URL of http or https",
    "s3_domain": "a host name in small letters",
}
"""Of each setting that has a pattern, what people call it; of the tables among them only their members have."""

_TYPES: Final = {each.name: each.type for each in msgspec.structs.fields(Settings)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """
    Where the value of a setting comes from.

    Attributes:
        said: For a person: ``IAMD_PORT in the environment``.
        file: That a secret was read from, by its name in a setting that ends in ``_file``.
        written_in: The ``iamd.toml`` in which the value itself stands.
    """

    said: str
    file: Path | None = None
    written_in: Path | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    Settings, and where they come from.

    Attributes:
        origins: By name, of those that are not the default.
        file: The ``iamd.toml`` that was read, if one was.
    """

    settings: Settings
    origins: Mapping[str, Origin]
    file: Path | None


@dataclass(frozen=True, slots=True)
class _Layer:
    """
    One place that settings come from.

    Attributes:
        spell: How a setting's name is written there, for errors.
        texts: Whether values are texts to parse; those of TOML have types of their own.
        base: What relative paths start from.
        file: What it was read from, if it was.
    """

    values: Mapping[str, object]
    spell: Callable[[str], str]
    texts: bool
    base: Path = field(default_factory=Path)
    file: Path | None = None


def load_settings(
    flags: Mapping[str, object], environ: Mapping[str, str], *, file: Path | None = None
) -> Settings:
    """Gather the settings; see `load`."""
    return load(flags, environ, file=file).settings


def load(flags: Mapping[str, object], environ: Mapping[str, str], *, file: Path | None = None) -> Loaded:
    """
    Gather the settings, and where they come from.

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
            _from_environment(environ), lambda name: f"{PREFIX}{name.upper()} in the environment", texts=True
        ),
        *_from_file(file, environ),
    )
    for layer in layers:
        _refuse_unknown(layer)
    for name in given:
        if name in SETTINGS and SETTINGS[name].secret:
            raise SettingsError(f"--{name} would show a secret to every process; name a file that holds it")
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for name in SETTINGS:
        for layer in layers:
            found = _find(name, layer)
            if found is not None:
                values[name] = found
                origins[name] = _origin(name, layer)
                break
    try:
        settings = Settings(**values)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return Loaded(settings, origins, layers[-1].file)


def _origin(name: str, layer: _Layer) -> Origin:
    if name in layer.values:
        return Origin(said=layer.spell(name), written_in=layer.file)
    file = layer.values[name + _FILE_SUFFIX]
    return Origin(said=layer.spell(name + _FILE_SUFFIX), file=layer.base / str(file))


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or _NOT_SETTINGS.fullmatch(variable):
            continue
        if variable == "IAMD_PORT" and _KUBERNETES_PORT.fullmatch(text):
            continue
        name = variable.removeprefix(PREFIX)
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
    yield _Layer(values, lambda name: f"{name} in {file}", texts=False, base=file.parent, file=file)


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
    elif name == "trusted_proxies" and isinstance(value, str):
        value = [each.strip() for each in value.split(",")]
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
        form = _FORMS.get(name) if "matching regex" in str(error) else None
        said = _lower(str(error)) if form is None else f"expected {form}"
        # A URL may have a password in it, at which an `@` tells.
        shown = f", got `{value}`" if isinstance(value, str) and not info.secret and "@" not in value else ""
        raise SettingsError(f"{where}: {said}{shown}") from None


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
