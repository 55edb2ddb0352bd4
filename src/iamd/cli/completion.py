"""The command `iamd completion`."""

import click
from click.shell_completion import get_completion_class

from iamd.cli.main import cli


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """
    Print the completion script of a shell.

    It completes commands, options, and names that the server knows: roles, users, access keys, accounts, units, policies; and
    your profiles. Names are asked for as the command itself would ask, and kept for a minute.

    \b
    bash:  eval "$(iamd completion bash)"    in ~/.bashrc
    zsh:   eval "$(iamd completion zsh)"     in ~/.zshrc
    fish:  iamd completion fish > ~/.config/fish/completions/iamd.fish
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    completion = get_completion_class(shell)
    if completion is None:
        raise click.ClickException(f"there is no completion for `{shell}`")
    script = completion(cli, {}, "iamd", "_IAMD_COMPLETE").source()
    if shell == "fish":
        # click splits at every comma, of which names and descriptions may have some.
        script = script.replace('string split ","', 'string split --max 1 ","')
    click.echo(script)
