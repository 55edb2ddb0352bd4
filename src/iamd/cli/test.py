"""The command `iamd test`: policy test files, for CI."""

import sys
from pathlib import Path
from typing import Final

import click

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.cli.terminal import printable
from iamd.cli.world_runs import Coverage, FileRun, run_file
from iamd.exchange.world_files import SUFFIXES, find_world_files

_FAILED: Final = 1
_UNREADABLE: Final = 2


@click.command(short_help="Run policy test files: what policies are expected to decide.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a JUnit report to this file.",
)
@click.option("--fail-untouched", is_flag=True, help="Fail when no case touches some statement.")
@click.option("--verbose", "-v", is_flag=True, help="Name the cases that pass, too.")
@click.argument("paths", metavar="PATHS...", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(*, junit: Path | None, fail_untouched: bool, verbose: bool, paths: tuple[Path, ...]) -> None:
    """
    Run policy test files: what policies are expected to decide. No server is asked.

    A path is a file, or a folder, in which and below which the files *.test.yaml, *.test.yml and *.test.json are taken.

    Exit status: 0 when every case has the outcome it expects, 1 when one has not, 2 when a file cannot be read or there
    is none.
    """
    managed, coverage = AwsManagedPolicies.load(), Coverage()
    files: list[FileRun] = []
    for path in paths:
        for file in find_world_files(path):
            files.append(run_file(file, managed, coverage))
            _show(files[-1], verbose=verbose)
    if not files:
        click.echo(f"iamd test: there are no files called *{', *'.join(SUFFIXES)}", err=True)
        sys.exit(_UNREADABLE)
    _summarize(files, coverage)
    if junit is not None:
        _write(junit, files)
    if any(each.error for each in files):
        sys.exit(_UNREADABLE)
    if any(each.failed for each in files) or (fail_untouched and coverage.untouched()):
        sys.exit(_FAILED)


def _write(junit: Path, files: list[FileRun]) -> None:
    from iamd.cli.junit import write_junit

    try:
        write_junit(junit, files)
    except OSError as error:
        click.echo(f"iamd test: cannot write `{junit}`: {error.strerror}", err=True)
        sys.exit(_UNREADABLE)


def _show(file: FileRun, *, verbose: bool) -> None:
    if file.error:
        click.echo(f"{click.style('unreadable', fg='red')} {file.name}: {file.error}", err=True)
    for case in file.cases:
        if case.failure is not None:
            click.echo(f"{click.style('failed', fg='red')} {file.name}: {case.name}")
            click.echo(f"  {case.failure.complaint}\n\n{case.failure.explanation}\n")
        elif verbose:
            click.echo(f"{click.style('passed', fg='green')} {file.name}: {case.name}")


def _summarize(files: list[FileRun], coverage: Coverage) -> None:
    failed = sum(len(file.failed) for file in files)
    passed = sum(len(file.cases) for file in files) - failed
    untouched = coverage.untouched()
    parts = [f"{passed} passed", f"{failed} failed"]
    unreadable = sum(bool(file.error) for file in files)
    if unreadable:
        parts.append(f"{unreadable} unreadable")
    click.echo(
        f"{', '.join(parts)}; {coverage.total - len(untouched)} of {coverage.total} statements touched"
    )
    for label, statement in untouched:
        sid = f" ({printable(statement.sid)})" if statement.sid else ""
        click.echo(f"  never touched: statement {statement.index + 1}{sid} of {printable(label)}")
