"""The command `iamd doctor`: what is right and wrong with an installation; see `iamd.cli.findings`."""

import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from iamd.cli.databases import loaded_settings, the_database
from iamd.cli.findings import Finding, Level, failure, ok, warning
from iamd.cli.options import config_option
from iamd.cli.output import Output, output_options

if TYPE_CHECKING:
    from iamd.settings import Settings
    from iamd.store.look import Look

_SKEW: Final = timedelta(seconds=60)
_LITTLE: Final = 1024**3
_TOO_LITTLE: Final = 100 * 1024**2
_SHOWN: Final = 20
"""How many of the problems of one kind are said; of the others their number."""
_MARKS: Final = {Level.OK: "ok", Level.WARNING: "WARNING", Level.FAILURE: "FAILURE"}


@click.command(short_help="Say what is right and wrong with an installation.")
@config_option
@output_options
def command(config: Path | None, output: Output) -> None:
    """
    Say what is right and wrong with an installation: its files and who may read them, its keys, its clock, its database
    and every row in it, its certificate, its disk.

    It changes nothing, and the server may run meanwhile. Exit codes: 0 when all is well, 1 with warnings, 2 with failures;
    with a failure of the configuration, `iamd serve` does not start.
    """
    from iamd.cli.configuration import look_at_configuration
    from iamd.clock import SystemClock

    loaded = loaded_settings(config)
    now = SystemClock().real()
    findings = [
        _program(),
        *look_at_configuration(loaded, now),
        _managed_policies(),
        *_database(loaded.settings, now),
        *_disk(loaded.settings),
    ]
    rows = [
        {"level": finding.level.name.lower(), "about": finding.about, "said": finding.said}
        for finding in findings
    ]
    if not output.takes(rows):
        width = max(len(finding.about) for finding in findings)
        for finding in findings:
            click.echo(f"{_MARKS[finding.level]:<8} {finding.about:<{width}}  {finding.said}")
    sys.exit(max(finding.level for finding in findings))


def _program() -> Finding:
    found = find_spec("iamd.pipeline")
    compiled = "" if found is None or str(found.origin).endswith(".py") else ", compiled"
    version = importlib.metadata.version("iamd")
    return ok(
        "program", f"iamd {version}{compiled}, {platform.python_implementation()} {platform.python_version()}"
    )


def _managed_policies() -> Finding:
    from iamd.catalogue.managed_policies import AwsManagedPolicies

    about = "AWS policies"
    if AwsManagedPolicies.load().available:
        return ok(about, "their texts are installed")
    return warning(
        about, "AdministratorAccess and the like cannot be attached: pip install 'iamd[managed-policies]'"
    )


def _database(settings: "Settings", now: datetime) -> Iterator[Finding]:
    from iamd.store.look import look_at

    if settings.data is None and settings.database_url is None:
        return  # It has been said.
    try:
        with the_database(settings) as (database, keys):
            look = look_at(database, keys)
    except click.ClickException as error:
        yield failure("database", error.message)
        return
    yield ok("database", f"{look.engine} answers")
    if look.revision is None:
        yield failure("schema", "the database is empty: `iamd init` fills it")
        return
    yield _schema(look)
    if not look.key_fits:
        yield failure(
            "master_key",
            "the database was made with another one, or it was changed: `master_key` or `other_master_key` must be that",
        )
    yield from _pages(look)
    if look.clock is not None and abs(look.clock - now) > _SKEW:
        yield warning("clock", f"it is {look.clock:%Y-%m-%d %H:%M:%S}Z at the database")
    yield from _rows(look)
    yield from _root_keys(look, settings)


def _schema(look: "Look") -> Finding:
    if look.revision == look.expected:
        return ok("schema", f"revision {look.revision}")
    if str(look.revision) < look.expected:
        return warning(
            "schema",
            f"revision {look.revision}: the server brings it to {look.expected} when it starts;"
            " `iamd db migrate --dry-run` tries that",
        )
    return warning(
        "schema", f"revision {look.revision} is of a later version; this one knows {look.expected}"
    )


def _pages(look: "Look") -> Iterator[Finding]:
    if look.damage:
        yield failure("pages", f"SQLite finds damage: {look.damage}; restore a backup")
    elif look.checksums:
        yield ok("pages", "each has a checksum: what is damaged is found when it is read")
    elif look.checksums is not None and look.engine.startswith("SQLite"):
        yield warning(
            "pages",
            "they have no checksums, so that damage can pass for sound: `iamd db checksums` adds them",
        )
    elif look.checksums is not None:
        yield warning("pages", "`data_checksums` of PostgreSQL is off, so that damage can pass for sound")


def _rows(look: "Look") -> Iterator[Finding]:
    if look.problems is None:
        return  # What stands in the way has been said.
    for problem in look.problems[:_SHOWN]:
        yield failure("rows", problem)
    if len(look.problems) > _SHOWN:
        yield failure("rows", f"and {len(look.problems) - _SHOWN} more like these")
    if look.problems:
        yield failure(
            "rows", "no failure of a machine leaves that behind: put a backup back, and ask what wrote it"
        )
    else:
        yield ok("rows", "every row fits the others, and every secret opens")


def _root_keys(look: "Look", settings: "Settings") -> Iterator[Finding]:
    for account_id, keys in sorted(look.root_keys.items()):
        yield warning(
            "root keys",
            f"the root user of account {account_id} has {len(keys)}: make an administrator, and delete them",
        )
    if not look.root_keys:
        yield ok("root keys", "no root user has an access key")
    if settings.account_id not in look.accounts:
        others = ", ".join(sorted(look.accounts)[:_SHOWN]) or "none"
        yield failure("accounts", f"`account_id` is {settings.account_id}, and the database has {others}")


def _disk(settings: "Settings") -> Iterator[Finding]:
    folders = {
        path.parent.resolve()
        for path in (settings.data, settings.audit_file)
        if path is not None and path.parent.exists()
    }
    for folder in sorted(folders):
        free = shutil.disk_usage(folder).free
        said = f"{free / 1024**3:.1f} GiB free at {folder}"
        if free < _TOO_LITTLE:
            yield failure("disk", said)
        elif free < _LITTLE:
            yield warning("disk", said)
        else:
            yield ok("disk", said)
