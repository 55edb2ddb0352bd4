"""The command `iamd version`."""

import importlib.metadata

import click


@click.command(short_help="Print the version.")
def command() -> None:
    """Print the version."""
    click.echo(f"iamd {importlib.metadata.version('iamd')}")
