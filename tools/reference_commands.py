"""The reference page of commands: what each of them says of itself when it is asked for help."""  # noqa: INP001  a program's part, not a package

import re
from collections.abc import Iterator
from typing import Final, cast

import click

from iamd.cli.main import cli

_WIDTH: Final = 100

_HEAD: Final = """\
# Commands

<!-- Written by `make docs` from src/iamd/cli. -->

What `iamd COMMAND --help` says of each. [Exit codes](exit-codes.md) are those of all of them, [settings](settings.md) those that
`iamd serve` and its kin read. Commands of clients (`whoami`, `keys`, `assume`, `credential-process`) work with AWS as well; see
[work from the terminal](../howto/work-from-the-terminal.md).

"""


def command_page() -> str:
    """Return the page."""
    top = _context(cli, "iamd", None)
    found = list(_commands(top))
    contents = [f"- [`{name}`](#{_anchor(name)})\n" for name, _ in found if name.count(" ") == 1]
    parts = [f"\n{'#' * (name.count(' ') + 1)} {name}\n\n```text\n{text}\n```\n" for name, text in found]
    return _HEAD + "".join(contents) + "".join(parts)


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _commands(context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield each command below that of *context* with its help, in the order of their names."""
    group = cast("click.Group", context.command)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        below = _context(command, name, context)
        yield below.command_path, re.sub(r" +$", "", command.get_help(below), flags=re.MULTILINE)
        if isinstance(command, click.Group):
            yield from _commands(below)


def _context(command: click.Command, name: str, above: click.Context | None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    return click.Context(command, info_name=name, parent=above, **settings)
