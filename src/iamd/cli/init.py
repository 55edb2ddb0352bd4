"""
The command `iamd init`: what a server needs before its first start.

Every step is done only where its outcome is not there yet, so that a run which was interrupted is finished by the next
one, and a run on what is complete changes nothing.  Secrets go to files for their owner's eyes, and nowhere else.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from iamd.cli.findings import Level, own_file
from iamd.cli.options import settings_options
from iamd.cli.own_files import root_credentials, write_own
from iamd.domain.ids import Ids
from iamd.durable import sync_folder

if TYPE_CHECKING:
    from iamd.settings import Settings

CONFIG: Final = "iamd.toml"
MASTER_KEY: Final = "master.key"
ROOT_KEY: Final = "root.credentials"

_UNFINISHED: Final = ".unfinished"
_BEFORE: Final = ".before"


@dataclass(frozen=True, slots=True)
class _Places:
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / CONFIG

    @property
    def master_key(self) -> Path:
        return self.folder / MASTER_KEY

    @property
    def root_key(self) -> Path:
        return self.folder / ROOT_KEY


@click.command(short_help="Make the folder, the keys and the configuration of a server.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="iamd")
@settings_options(
    "account_id",
    "region",
    "host",
    "port",
    "workers",
    "public_url",
    "tls_certificate",
    "tls_key",
    "trusted_proxies",
    # The configuration that is written has them.
    defaults=False,
)
@click.option(
    "--database-url-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that holds the URL of an empty PostgreSQL database. Without it, SQLite in the folder.",
)
def command(folder: Path, **given: Any) -> None:
    """
    Make in FOLDER (by default ./iamd) what a server needs: its configuration, its master key, its database, and an access
    key of the account's root user.

    Without --account-id the account gets a number by chance. A second run changes nothing, and refuses options that say
    something else than the configuration does; a run that was interrupted is finished by the next one. Nothing secret is
    printed.

    \b
    iamd init /var/lib/iamd
    iamd serve --config /var/lib/iamd/iamd.toml
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    from iamd.exchange.strict_yaml import FileFormatError
    from iamd.settings import SettingsError
    from iamd.store.errors import StoreError

    places = _Places(folder)
    before = os.umask(0o077)
    try:
        changed = _init(places, {name: value for name, value in given.items() if value is not None})
    except OSError as error:
        raise click.ClickException(f"`{error.filename}`: {error.strerror}") from None
    except (SettingsError, StoreError, FileFormatError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        os.umask(before)
    for line in _said(places, changed=changed):
        click.echo(line)


def _init(places: _Places, given: Mapping[str, Any]) -> bool:
    """Do what is not done yet; return whether anything was."""
    _make_folder(places.folder.absolute())
    fresh: list[Path] = []
    there = places.config.exists()
    try:
        if not there:
            _write_configuration(places, given, fresh)
        settings = _settings(places, fresh)
        if there:
            _check_is_so_already(places, settings, given)
        made = _make_database(places, settings)
    except BaseException:
        # What was made for a server that there cannot be would only be in the way.
        for path in fresh:
            path.unlink(missing_ok=True)
        raise
    return bool(fresh) or made


def _check_is_so_already(places: _Places, settings: "Settings", given: Mapping[str, Any]) -> None:
    """Refuse options that the configuration does not agree with: whoever tends a machine runs the same line again."""
    from iamd.setting_sources import load

    if not given:
        return
    flags, named = _flags(given), _named(places)
    url_file = flags.pop("database_url_file", None)
    asked = load(flags, {}, file=places.config).settings
    others = [name for name in flags if getattr(settings, name) != getattr(asked, name)]
    if url_file is not None and url_file != places.config.absolute().parent / str(
        named.get("database_url_file", "")
    ):
        others.append("database_url_file")
    if others:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in others)
        raise click.ClickException(
            f"`{places.config}` is there already, and says something else: change it there, instead of with {names}"
        )


def _flags(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return *given* with paths as they stand in a file that is somewhere else."""
    paths = {"tls_certificate", "tls_key", "database_url_file"}
    return {name: Path(value).absolute() if name in paths else value for name, value in given.items()}


def _write_configuration(places: _Places, given: Mapping[str, Any], fresh: list[Path]) -> None:
    from iamd.cli.config_file import commented_file
    from iamd.setting_sources import load

    flags = _flags(given)
    # Read as `iamd serve` will: nothing that it would refuse is written.
    loaded = load(flags, {})
    values: dict[str, object] = {
        name: getattr(loaded.settings, name) for name in flags if name != "database_url_file"
    }
    values.setdefault("account_id", Ids().account_id())
    if "database_url_file" in flags:
        values["database_url"] = flags["database_url_file"]
    else:
        values["data"] = "iamd.db"
    values |= {"master_key": MASTER_KEY, "audit_file": "audit.jsonl"}
    write_own(places.config, commented_file(values))
    fresh.append(places.config)


def _settings(places: _Places, fresh: list[Path]) -> "Settings":
    """
    Return the settings of the configuration, having made the master key that it names if there is no database yet.

    Raises:
        SettingsError: The configuration does not parse, or the key is gone.
    """
    from iamd.setting_sources import load
    from iamd.settings import SettingsError

    named = _named(places)
    data = places.folder / str(named["data"]) if "data" in named else None
    if named.get("master_key_file") == MASTER_KEY and not places.master_key.exists():
        if data is not None and data.exists():
            raise SettingsError(
                f"`{data}` is there, and its master key is not in `{places.master_key}`: bring it back; another one opens"
                " nothing"
            )
        write_own(places.master_key, base64.b64encode(Ids().token(32)).decode() + "\n")
        fresh.append(places.master_key)
    # The environment of whoever sets up is not that of the server.
    return load({}, {}, file=places.config).settings


def _named(places: _Places) -> dict[str, Any]:
    """
    Return what stands in the configuration, as it stands there.

    Raises:
        SettingsError: It does not parse.
    """
    import tomllib

    from iamd.settings import SettingsError

    try:
        return tomllib.loads(places.config.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{places.config} cannot be read: {error}") from None


def _make_database(places: _Places, settings: "Settings") -> bool:
    """
    Make the database, with the first access key of the root user, and write that down; return whether it was made.

    The key is written before it is used: after an interruption the next run finds it.
    """
    from msgspec.structs import replace

    from iamd.assemble import Application
    from iamd.domain.access_keys import PREFIX
    from iamd.domain.ids import AccountId
    from iamd.secret import Secret

    unfinished = places.root_key.with_name(places.root_key.name + _UNFINISHED)
    if not unfinished.exists():
        ids = Ids()
        access_key_id = ids.access_key_id(PREFIX, AccountId(settings.account_id))
        secret_key = ids.secret_access_key()
        write_own(unfinished, root_credentials(access_key_id, secret_key, settings.region))
    first, secret = _read_credentials(unfinished)
    try:
        application = Application(
            replace(
                settings,
                root_access_key_id=first,
                root_secret_access_key=Secret(secret),
                # Nobody asks for anything here: the trail begins with the server.
                audit_file=None,
                audit_stdout=False,
            )
        )
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    key = application.root_access_key
    application.close()
    if key is None or key.access_key_id != first:
        unfinished.unlink()
        return False
    if places.root_key.exists():
        # The root user's of another account, to which nobody else may have a key.
        places.root_key.rename(places.root_key.with_name(places.root_key.name + _BEFORE))
    unfinished.rename(places.root_key)
    sync_folder(places.folder)
    return True


def _read_credentials(path: Path) -> tuple[str, str]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="ascii"))
        section = parser["default"]
        return section["aws_access_key_id"], section["aws_secret_access_key"]
    except (configparser.Error, KeyError, UnicodeDecodeError):
        raise click.ClickException(f"`{path}` was left by a run that was interrupted; remove it") from None


def _make_folder(folder: Path) -> None:
    """
    Make *folder*, for its owner alone, and those above it that are missing.

    Raises:
        ClickException: It is there, and others may change what is in it.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)
    found = own_file("data folder", folder)
    if found.level is Level.FAILURE:
        # `iamd serve` would refuse it, with the keys in it already.
        raise click.ClickException(found.said)


def _said(places: _Places, *, changed: bool) -> list[str]:
    folder = places.folder.absolute()
    # It has another name once the master key was changed.
    master_key = folder / str(_named(places).get("master_key_file", MASTER_KEY))
    lines = [
        f"iamd is set up in {folder}"
        if changed
        else f"iamd is set up in {folder} already; nothing was changed",
        "",
        f"  configuration    {folder / CONFIG}",
    ]
    if master_key.exists():
        lines.append(f"  master key       {master_key}    keep a copy elsewhere: no other opens the database")
    if places.root_key.exists():
        lines.append(
            f"  root access key  {folder / ROOT_KEY}    make an administrator with it, then delete it"
        )
    return [
        *lines,
        "",
        f"Next: iamd doctor --config {folder / CONFIG}",
        f"      iamd serve --config {folder / CONFIG}",
    ]
