"""The command `iamd import`: an account from AWS, from Terraform or from an export, into a running server."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import click

from iamd.cli.output import Output, output_options
from iamd.cli.own_pages import Key, Pages, key_of_environment, key_of_root, refused
from iamd.cli.progress import Advance, progress
from iamd.cli.servers import server_to_ask
from iamd.cli.state import ServerState
from iamd.cli.terminal import printable

PATH: Final = "/_iamd/imports"

_PART_BYTES: Final = 512 * 1024
_SECONDS: Final = 600.0
_MOST_LINES: Final = 20
_TENTHS: Final = 10


@click.command(name="import", short_help="Import an account from AWS, from Terraform or from an export.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option(
    "--env", "of_environment", is_flag=True, help="Import with the AWS credentials of the environment."
)
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@output_options
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
def command(
    files: tuple[Path, ...], port: int | None, output: Output, *, of_environment: bool, dry_run: bool
) -> None:
    """
    Import an account into the running server.

    A FILE, or all files of a folder, may be: what `aws iam get-account-authorization-details` has printed, in one
    piece or in pages; Terraform state; what `iamd export` has written. Ids, paths and dates are kept. What cannot be
    carried over is told.

    Each account is imported whole or not at all. An import adds and replaces, and takes nothing away; the same file
    twice changes nothing.

    \b
    aws iam get-account-authorization-details > account.json
    iamd import --dry-run account.json
    iamd import account.json
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    from iamd.exchange.import_files import read_imports
    from iamd.exchange.strict_yaml import FileFormatError

    try:
        accounts = read_imports(files)
    except FileFormatError as error:
        raise click.ClickException(str(error)) from None
    if not accounts:
        raise click.ClickException("there is nothing to import in these files")
    server = server_to_ask(os.environ, port)
    reports = []
    for account in accounts:
        key = key_of_environment() if of_environment else key_of_root(server, account.account_id)
        report = _import(server, key, account, dry_run=dry_run)
        report["notes"] = [note_of(note) for note in account.notes] + report.get("notes", [])
        reports.append({"account_id": account.account_id, "dry_run": dry_run, **report})
        if output.in_words:
            click.echo("\n".join(_lines(reports[-1])))
    output.takes(reports)
    if any("problems" in report for report in reports):
        raise SystemExit(1)


def _import(server: ServerState, key: Key, account: Any, *, dry_run: bool) -> dict[str, Any]:
    """Send an account in parts and return the report; one with problems has made nothing."""
    import msgspec

    from iamd.exchange.contents import portions

    with Pages(server, key, seconds=_SECONDS) as pages:
        begun = _expect(pages.ask("POST", PATH))
        path = f"{PATH}/{begun['id']}"
        if begun["account_id"] != account.account_id:
            pages.ask("DELETE", path)
            raise click.ClickException(
                f"the files are of account {account.account_id}, and your credentials of {begun['account_id']}"
            )
        problems: list[dict[str, str]] = []
        with _progress(account.account_id, len(account.contents)) as advance:
            for part in portions(account.contents, _PART_BYTES):
                problems += _expect(pages.ask("PUT", path, msgspec.json.encode(part)))["problems"]
                advance(len(part))
        if not problems:
            status, report = pages.ask("POST", path, json.dumps({"dry_run": dry_run}).encode())
            if "problems" not in report:
                report = _expect((status, report))
                if dry_run:
                    pages.ask("DELETE", path)
                return report
            problems = report["problems"]
        pages.ask("DELETE", path)
        return {"problems": problems}


def _expect(answer: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    """
    Return the content of a page.

    Raises:
        RefusedError: It is an error.
    """
    status, page = answer
    if status >= HTTPStatus.BAD_REQUEST:
        raise refused(status, page)
    return page


@contextmanager
def _progress(account_id: str, total: int) -> Iterator[Advance]:
    """Show on stderr how far an import is: as a bar on a terminal, in ten lines elsewhere."""
    if sys.stderr.isatty():
        with progress(f"account {account_id}", total) as advance_bar:
            yield advance_bar
        return
    done = told = 0

    def advance(number: int) -> None:
        nonlocal done, told
        done += number
        if done * _TENTHS // max(total, 1) > told:
            told = done * _TENTHS // max(total, 1)
            click.echo(f"account {account_id}: {done:,} of {total:,} checked", err=True)

    yield advance


def _lines(report: dict[str, Any]) -> Iterator[str]:
    account_id = report["account_id"]
    if "problems" in report:
        problems = [f"{each['where']}: {each['code']}: {each['message']}" for each in report["problems"]]
        yield f"account {account_id}: nothing was imported"
        yield from _some("cannot be made", problems)
    else:
        verb = "would be " if report["dry_run"] else ""
        yield f"account {account_id}"
        for fate, said in (
            ("made", f"{verb}made"),
            ("changed", f"{verb}changed"),
            ("same", "there already"),
        ):
            if report[fate]:
                numbers = ", ".join(f"{number:,} {kind}" for kind, number in report[fate].items())
                yield f"  {said}: {numbers}"
    yield from _some("to know", [f"{note['where']}: {note['message']}" for note in report["notes"]])


def _some(title: str, said: Sequence[str]) -> Iterator[str]:
    if not said:
        return
    yield f"  {title}:"
    for line in said[:_MOST_LINES]:
        yield f"    {printable(line)}"
    if len(said) > _MOST_LINES:
        yield f"    and {len(said) - _MOST_LINES:,} more (--output json has all)"


def note_of(note: Any) -> dict[str, str]:
    return {"where": note.where, "message": note.message}
