"""The command `iamd audit`: the trail of what was asked, by whom, and how it was answered."""

import json
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click

from iamd.audit.reading import Record, UnreadableError, Wanted, in_chains, read_file, service_of, verify
from iamd.cli.options import config_option
from iamd.cli.output import Output, output_options
from iamd.clock import SystemClock
from iamd.setting_sources import load_settings
from iamd.settings import SettingsError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FOLLOW_SECONDS: Final = 0.25
_ASK_SECONDS: Final = 2.0
_PATH: Final = "/_iamd/audit"
_MOST: Final = 1_000
_NOTHING_THERE: Final = (
    "the database of the server holds no records: `audit_database` has it keep them; the file of `audit_file` is read with --config,"
    " others when they are named"
)

_files = click.argument("files", nargs=-1, type=click.Path(path_type=Path))


@click.group(name="audit", short_help="Read and check the audit trail.")
def command() -> None:
    """
    Read and check the audit trail: what was asked, by whom, and how it was answered.

    FILES are files of the trail, packed or not, or files that CloudTrail has delivered. Without any, the one of the setting
    audit_file (--config names the iamd.toml), with what it has filled before; and where that is not set, the database of the
    server that is running.
    """


@command.command("tail", short_help="Show the last records.")
@_files
@config_option
@output_options
@click.option(
    "-n", "--lines", type=click.IntRange(0, 1_000_000), default=10, show_default=True, help="How many."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until interrupted.")
def tail(files: tuple[Path, ...], config: Path | None, lines: int, output: Output, *, follow: bool) -> None:
    """Show the last records; as JSON, one a line."""
    paths = _paths(files, config)
    last = deque(_records(paths), maxlen=lines) if paths else _latest(lines)
    for record in last:
        _show(record, output)
    if not (paths or last) and lines:
        click.echo(_NOTHING_THERE, err=True)
    if not follow:
        return
    for record in _followed(paths[-1]) if paths else _followed_on_server():
        _show(record, output)


@command.command("search", short_help="Show the records that fit.")
@_files
@config_option
@output_options
@click.option("--user", help="Part of the ARN, name or access key id of who asked.")
@click.option("--action", help="CreateUser, iam:CreateUser or iam:Create*.")
@click.option("--error", help="Part of an error's code; * for any error.")
@click.option("--denied", is_flag=True, help="What was denied.")
@click.option("--resource", help="Part of a resource that was decided about, or of a parameter.")
@click.option("--account", help="Account of who asked, or whose it was.")
@click.option("--since", metavar="TIME", help="2026-01-31T12:00Z, or 90m, 12h, 7d before now.")
@click.option("--until", metavar="TIME", help="Likewise.")
def search(files: tuple[Path, ...], config: Path | None, output: Output, **wanted: Any) -> None:
    """Show the records that fit all that is given, the oldest first; as JSON, one a line."""
    now = SystemClock().real()
    since, until = _time(wanted.pop("since"), now), _time(wanted.pop("until"), now)
    asked = Wanted(since=since, until=until, **wanted)
    found = 0
    paths = _paths(files, config)
    for record in _records(paths) if paths else _on_server(since, until):
        if asked.matches(record):
            found += 1
            _show(record, output)
    if not found:
        click.echo("nothing found" if paths else "nothing found in the database of the server", err=True)


@command.command("verify", short_help="Check that nothing was changed or taken out.")
@_files
@config_option
@click.option(
    "--contains",
    metavar="DIGEST",
    multiple=True,
    help="A digest that was kept elsewhere, whose record must be there; may be repeated.",
)
def verify_(files: tuple[Path, ...], config: Path | None, contains: tuple[str, ...]) -> None:
    """
    Check the chains: that nothing was changed, taken out or put in between their first and last records.

    Give all the files at once, the oldest first. Prints the digest of the last record of each chain: keep them where whoever
    can write the files cannot reach them, and hold later files to them with --contains. Without that, nobody can see that
    the end was cut off, or that everything was written anew. Exits with 1 when something is wrong.
    """
    try:
        paths = _paths(files, config)
        found = verify(
            (each for path in paths for each in read_file(path))
            if paths
            else in_chains(_on_server(None, None)),
            contains,
        )
    except UnreadableError as error:
        raise click.ClickException(str(error)) from None
    for problem in found.problems:
        click.echo(f"WRONG  {problem}")
    for chain_id, records, sequence, digest in found.heads:
        click.echo(f"chain  {chain_id}  {_count(records, 'record')}, the last is {sequence}: {digest}")
    if not (paths or found.records):
        # That nothing is wrong with nothing is no answer for whoever asks every night.
        raise click.ClickException(_NOTHING_THERE)
    for chain_id in found.beginnings:
        click.echo(
            f"note   {chain_id}  begins behind a record that is not here: it was removed, or is in another file"
        )
    click.echo(
        f"{_count(found.records, 'record')} in {_count(len(found.heads), 'chain')}:"
        f" {'WRONG' if found.problems else 'whole'}"
    )
    if found.problems:
        raise SystemExit(1)


def _paths(files: tuple[Path, ...], config: Path | None) -> list[Path]:
    """Return the files to read, the oldest first; none where the database is to be read."""
    if files:
        return list(files)
    try:
        settings = load_settings({}, os.environ, file=config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    path = settings.audit_file
    if path is None:
        return []
    archived = settings.audit_archive.glob("*_CloudTrail_*.json.gz") if settings.audit_archive else ()
    # Both kinds of names begin alike and go on with the time.
    return [*sorted(archived), *sorted(path.parent.glob(f"{path.name}.[0-9]*T*Z*")), path]


def _records(paths: Iterable[Path]) -> Iterator[Record]:
    try:
        for path in paths:
            yield from (each.record for each in read_file(path) if each.record is not None)
    except UnreadableError as error:
        raise click.ClickException(str(error)) from None


def _page(**fields: str) -> dict[str, Any]:
    from iamd.cli.own_pages import ask_as_root
    from iamd.cli.servers import server_to_ask

    query = urlencode(fields)
    return ask_as_root(server_to_ask(os.environ, None), "GET", f"{_PATH}?{query}" if query else _PATH)


def _latest(count: int) -> list[Record]:
    found: list[Record] = _page(latest=str(min(count, _MOST)))["Records"] if count else []
    return found


def _on_server(since: datetime | None, until: datetime | None) -> Iterator[Record]:
    fields = {name: at.isoformat() for name, at in (("since", since), ("until", until)) if at is not None}
    while True:
        page = _page(**fields)
        yield from page["Records"]
        if page["next"] is None:
            return
        fields["after"] = page["next"]


def _followed_on_server() -> Iterator[Record]:
    seen = {record["eventID"] for record in _latest(_MOST)}
    moment = threading.Event()
    while True:
        moment.wait(_ASK_SECONDS)
        found = _latest(_MOST)
        # Not what it asks itself.
        yield from (
            record
            for record in found
            if record["eventID"] not in seen and record["eventName"] != "ListAuditRecords"
        )
        seen = {record["eventID"] for record in found}


def _followed(path: Path) -> Iterator[Record]:
    """Yield what is appended to *path*, and to the file that takes its place."""
    try:
        file = path.open("rb")
        file.seek(0, os.SEEK_END)
        rest, moment = b"", threading.Event()
        while True:
            *lines, rest = (rest + file.read()).split(b"\n")
            for line in lines:
                record = json.loads(line)
                if isinstance(record, dict):
                    yield record
            if not lines:
                moment.wait(_FOLLOW_SECONDS)
                if path.exists() and path.stat().st_ino != os.fstat(file.fileno()).st_ino:
                    file.close()
                    file, rest = path.open("rb"), b""
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from None


def _time(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    number, unit = text[:-1], text[-1:]
    if number.isascii() and number.isdecimal() and unit in _UNITS:
        return now - timedelta(seconds=int(number) * _UNITS[unit])
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.ClickException(
            f"`{text}` is no time: 2026-01-31T12:00Z, or 90m, 12h, 7d before now"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _show(record: Record, output: Output) -> None:
    if output.streamed(record):
        return
    identity = record.get("userIdentity") or {}
    who = (
        identity.get("arn")
        or identity.get("principalId")
        or identity.get("invokedBy")
        or identity.get("type", "")
    )
    answer = record.get("errorCode") or "OK"
    line = (
        f"{record.get('eventTime', '?'):<20}  {answer:<24}  {service_of(record)}:{record.get('eventName', '?')}  {who}"
        f"  from {record.get('sourceIPAddress', '?')}"
    )
    click.echo(_printable(line))
    if message := record.get("errorMessage"):
        click.echo(_printable(f"{'':<22}{message}"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _printable(text: str) -> str:
    """Return *text* as a terminal may have it: what a client has sent moves no cursor, and begins no line (R-79)."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
