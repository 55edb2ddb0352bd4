"""The command `iamd lint`: what AWS's validators would say of policy documents."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

import click

from iamd.catalogue.services import AwsServices
from iamd.cli.terminal import printable
from iampolicy import PolicyKind
from iampolicy.lint import Finding, Severity, guess_kind, lint

_STDIN: Final = "-"
_NEVER: Final = "never"
_FOUND: Final = 1
_UNREADABLE: Final = 2

_GITHUB: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "error",
    Severity.SECURITY_WARNING: "warning",
    Severity.WARNING: "warning",
    Severity.SUGGESTION: "notice",
}
_COLORS: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "red",
    Severity.SECURITY_WARNING: "magenta",
    Severity.WARNING: "yellow",
    Severity.SUGGESTION: "cyan",
}

Found = tuple[str, Finding]
"""The name of a file, and one finding in it."""


@click.command(short_help="Say what is wrong with policy documents.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in PolicyKind]),
    help="What the documents are for.  [default: trust or resource if they name principals, else identity]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="How to write it; github: as annotations of a workflow.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    default=Severity.WARNING.value,
    show_default=True,
    help="The least severity that makes the exit status 1.",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def command(kind: str | None, form: str, fail_on: str, files: tuple[str, ...]) -> None:
    """
    Say what is wrong with policy documents, as AWS's validators would.

    A FILE holds one policy document, in JSON; - is standard input. No server is asked.

    Exit status: 0 when there is nothing to say, 1 with findings, 2 when a file cannot be read.
    """
    services = AwsServices()
    found: list[Found] = []
    unreadable = False
    for file in files:
        try:
            text = _read(file)
        except (OSError, UnicodeDecodeError) as error:
            click.echo(f"iamd lint: cannot read `{printable(file)}`: {error}", err=True)
            unreadable = True
            continue
        document_kind = guess_kind(text) if kind is None else PolicyKind(kind)
        found += ((file, finding) for finding in lint(text, document_kind, services))
    _FORMATS[form](found)
    if unreadable:
        sys.exit(_UNREADABLE)
    if fail_on != _NEVER and any(finding.severity.rank <= Severity(fail_on).rank for _, finding in found):
        sys.exit(_FOUND)


def _read(file: str) -> str:
    if file == _STDIN:
        return sys.stdin.buffer.read().decode()
    with open(file, encoding="utf-8", newline="") as opened:  # noqa: PTH123  the name is the user's, and shown as given
        return opened.read()


def _text(found: Sequence[Found]) -> None:
    if sys.stdout.isatty():
        _table(found)
        return
    for file, finding in found:
        click.echo(
            f"{printable(file)}:{finding.line}:{finding.column}: {finding.severity}: "
            f"{printable(finding.message)} [{finding.rule}]"
        )


def _table(found: Sequence[Found]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("where", "severity", "finding"):
        table.add_column(heading, overflow="fold")
    for file, finding in found:
        color = _COLORS[finding.severity]
        table.add_row(
            Text(f"{printable(file)}:{finding.line}:{finding.column}"),
            Text(finding.severity.replace("_", " "), style=color),
            Text.assemble(printable(finding.message), "\n", (finding.rule, f"dim link {finding.link}")),
        )
    console = Console(highlight=False)
    if found:
        console.print(table)
    console.print(Text(_summary(finding for _, finding in found), style="bold"))


def _summary(findings: Iterable[Finding]) -> str:
    severities = [finding.severity for finding in findings]
    counts = [
        f"{severities.count(severity)} {severity.replace('_', ' ')}{'s' if severities.count(severity) > 1 else ''}"
        for severity in Severity
        if severity in severities
    ]
    return ", ".join(counts) or "nothing to say"


def _json(found: Sequence[Found]) -> None:
    click.echo(json.dumps([{"file": file, **asdict(finding)} for file, finding in found], indent=2))


def _github(found: Sequence[Found]) -> None:
    # The workflow commands of GitHub Actions; a line break or a comma in a value would end it.
    def value(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def word(text: str) -> str:
        return value(text).replace(":", "%3A").replace(",", "%2C")

    for file, finding in found:
        click.echo(
            f"::{_GITHUB[finding.severity]} file={word(file)},line={finding.line},col={finding.column},"
            f"title={word(finding.rule)}::{value(printable(finding.message))} {finding.link}"
        )


_FORMATS: Final = {"text": _text, "json": _json, "github": _github}
