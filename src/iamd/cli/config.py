"""The command `iamd config`: what is set, and where that comes from."""

import os
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from urllib.parse import urlsplit

import click

from iamd.cli.options import config_option
from iamd.cli.output import Output, output_options


@click.group(name="config", short_help="Show the settings, and where they come from.")
def command() -> None:
    """Show the settings, and where they come from."""


@command.command("print", short_help="Print what holds, and where it comes from.")
@config_option
@output_options
@click.option("--changed", is_flag=True, help="Only what is not the default.")
def print_(config: Path | None, output: Output, *, changed: bool) -> None:
    """
    Print what holds, and where it comes from: a flag, a variable, a file, or the default.

    Secrets are not shown; where each comes from is.
    """
    from iamd.setting_sources import load
    from iamd.settings import SettingsError

    try:
        loaded = load({}, os.environ, file=config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    rows = [
        {
            "setting": name,
            "value": shown,
            "source": loaded.origins[name].said if name in loaded.origins else "default",
        }
        for name, shown in _shown(loaded.settings)
        if name in loaded.origins or not changed
    ]
    output.rows(
        rows,
        {
            "setting": itemgetter("setting"),
            "value": lambda row: _text(row["value"]),
            "source": itemgetter("source"),
        },
    )


@command.command("example", short_help="Print an iamd.toml with every setting, explained.")
def example() -> None:
    """Print an iamd.toml with every setting, explained; all of them are the defaults."""
    from iamd.cli.config_file import commented_file

    click.echo(commented_file({}), nl=False)


def _shown(settings: object) -> Iterator[tuple[str, object]]:
    """Yield each setting and its value, without secrets: what is not known to be none is not shown."""
    from iamd.enforcement.points import EnforcementPoint
    from iamd.enforcement.upstreams import Upstream
    from iamd.settings import SETTINGS

    def plain(value: object) -> object:
        match value:
            case None | bool() | int() | str():
                return value
            case Path():
                return str(value)
            case Upstream():
                return value.shown
            case EnforcementPoint():
                return f"{value.name} ({value.service})"
            case tuple():
                return [plain(each) for each in value]
            case _:
                return "(secret)"

    for name in SETTINGS:
        value = plain(getattr(settings, name))
        yield name, _without_tokens(value) if name == "audit_webhook" and isinstance(value, str) else value


def _without_tokens(url: str) -> str:
    """Return *url* up to its host: many collectors are asked with a token in the path or behind it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{'…' if parts.path.strip('/') or parts.query else ''}"


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return str(value)
