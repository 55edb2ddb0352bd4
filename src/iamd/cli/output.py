"""
How commands show what they have found: as a table for people, as JSON or YAML for programs, and of it what a query picks.

A query is a JMESPath expression (jmespath.org), as AWS's own tools take it, over what JSON shows.  What it picks is shown as a
table, too, where no other form is asked for: a text alone stands without quotes, a list of texts one a line.
"""

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from iamd.cli.terminal import printable

Row = Mapping[str, Any]
Column = Callable[[Any], str]

_COLORS: Final = {"Active": "green", "Inactive": "yellow"}


def output_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options ``--output`` and ``--query``; it gets an `Output` as *output*."""

    @click.option(
        "--output",
        "output_form",
        type=click.Choice(["table", "json", "yaml"]),
        default="table",
        show_default=True,
        help="How to show it.",
    )
    @click.option("--query", metavar="JMESPATH", help="Show only what this expression picks of the JSON.")
    @functools.wraps(function)
    def wrapper(*args: Any, output_form: str, query: str | None, **kwargs: Any) -> None:
        function(*args, output=Output(output_form, query), **kwargs)

    return wrapper


class Output:
    """The form that somebody has asked for."""

    def __init__(self, form: str = "table", query: str | None = None) -> None:
        self._form: Final = form
        self._query: Final = None if query is None else _compiled(query)

    def rows(self, rows: Sequence[Row], columns: Mapping[str, Column], *, empty: str = "") -> None:
        """
        Show a list of alike things.

        Args:
            rows: As JSON shows them.
            columns: What a table shows of each, by its headings.
            empty: What a table says when there are none.
        """
        if self.takes(list(rows)):
            return
        if rows:
            _echo_table(list(columns), [[cell(row) for cell in columns.values()] for row in rows])
        elif empty:
            click.echo(empty, err=True)

    @property
    def in_words(self) -> bool:
        """Whether what is found is to be shown in words of the command's own, or as its table."""
        return self._form == "table" and self._query is None

    def takes(self, value: Any) -> bool:
        """Show *value*, unless it is to be shown in words of the command's own; say whether it was."""
        if self.in_words:
            return False
        self._show(value)
        return True

    def streamed(self, value: Any) -> bool:
        """Do what `takes` does for one of many that come one after another: a line of JSON each, or a document of YAML."""
        if self.in_words:
            return False
        if self._form == "json":
            click.echo(json.dumps(self._picked(value), separators=(",", ":")))
            return True
        if self._form == "yaml":
            click.echo("---")
        self._show(value)
        return True

    def record(self, record: Row, lines: Iterable[tuple[str, str]]) -> None:
        """Show one thing: *record* as JSON shows it; *lines* are what a table shows, with a name before each."""
        if self.takes(record):
            return
        shown = [(name, printable(text)) for name, text in lines]
        width = max(len(name) for name, _ in shown)
        for name, text in shown:
            click.echo(f"{click.style(name.ljust(width), bold=True)}  {text}")

    def _picked(self, value: Any) -> Any:
        return value if self._query is None else self._query(value)

    def _show(self, value: Any) -> None:
        found = self._picked(value)
        if self._form == "json":
            click.echo(json.dumps(found, indent=2))
        elif self._form == "yaml":
            import yaml

            click.echo(yaml.safe_dump(found, sort_keys=False, default_flow_style=False), nl=False)
        else:
            _echo_any(found)


def when(at: datetime | str | None, now: datetime, *, never: str = "never") -> str:
    """Return a time as tables show it, with how long ago it was or how far ahead it is."""
    if at is None:
        return never
    moment = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)
    seconds = (now - moment).total_seconds()
    return f"{moment:%Y-%m-%d %H:%M}Z ({f'{span(seconds)} ago' if seconds >= 0 else f'in {span(-seconds)}'})"


def span(seconds: float) -> str:
    """Return a length of time in its largest unit: ``3 days``."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return _count(int(seconds // length), unit)
    return _count(int(seconds), "second")


def _compiled(query: str) -> Callable[[Any], Any]:
    import jmespath

    try:
        expression = jmespath.compile(query)
    except jmespath.exceptions.JMESPathError as error:
        raise click.UsageError(f"--query: {error}") from None

    def search(value: Any) -> Any:
        try:
            return expression.search(value)
        except jmespath.exceptions.JMESPathError as error:
            raise click.UsageError(f"--query: {error}") from None

    return search


def _echo_any(found: Any) -> None:
    """Show what a query has picked, whatever it is."""
    match found:
        case None:
            return
        case [dict(), *_] if all(isinstance(each, dict) for each in found):
            names = list(dict.fromkeys(name for each in found for name in each))
            _echo_table(names, [[_text(each.get(name)) for name in names] for each in found])
        case [list(), *_] if all(isinstance(each, list) for each in found):
            _echo_table(None, [[_text(cell) for cell in each] for each in found])
        case list():
            for each in found:
                click.echo(_text(each))
        case dict():
            _echo_table(None, [[name, _text(value)] for name, value in found.items()])
        case _:
            click.echo(_text(found))


def _echo_table(headings: Sequence[str] | None, rows: Sequence[Sequence[str]]) -> None:
    cells = [[printable(cell) for cell in row] for row in rows]
    count = max([len(row) for row in cells] + [len(headings or ())])
    cells = [row + [""] * (count - len(row)) for row in cells]
    widths = [
        max([len(row[index]) for row in cells] + ([len(headings[index])] if headings else []))
        for index in range(count)
    ]
    if headings:
        line = "  ".join(each.ljust(width) for each, width in zip(headings, widths, strict=True))
        click.echo(click.style(line.rstrip(), bold=True))
    for row in cells:
        padded = [each.ljust(width) for each, width in zip(row, widths, strict=True)]
        while padded and not padded[-1].strip():
            padded.pop()
        if padded:
            padded[-1] = padded[-1].rstrip()
        click.echo("  ".join(map(_styled, padded)))


def _styled(cell: str) -> str:
    color = _COLORS.get(cell.strip())
    return click.style(cell, fg=color) if color else cell


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value)
    return json.dumps(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
