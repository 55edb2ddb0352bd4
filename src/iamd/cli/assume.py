"""The command `iamd assume`: a role, for a program, a shell or a browser."""

import os
import shlex
from collections.abc import Sequence
from datetime import UTC

import click

from iamd.cli import names
from iamd.cli.aws import Aws, aws_options
from iamd.cli.connect import cleared, session_variables
from iamd.cli.credential_cache import TemporaryCredentials
from iamd.cli.output import Output, output_options, when
from iamd.cli.programs import become
from iamd.cli.role_sessions import Asked, session_options
from iamd.cli.shells import FORMS
from iamd.clock import SystemClock

_MARKS = ("--exec", "--")


class _WithProgram(click.Command):
    """A command whose line may end with another program's: what follows ``--exec`` is that program's alone."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = next((index for index, word in enumerate(args) if word in _MARKS), len(args))
        ours, program = args[:at], args[at + 1 :]
        if program[:1] == ["--"]:
            program = program[1:]
        if at < len(args) and not program:
            raise click.UsageError("--exec takes a program", ctx)
        if len(program) == 1:
            # Somebody may have quoted the whole.
            program = _split(program[0], ctx)
        rest = super().parse_args(ctx, ours)
        ctx.params["program"] = tuple(program) or _split(ctx.params.get("program") or "", ctx)
        return rest


def _split(text: str, ctx: click.Context) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise click.UsageError(f"--exec: `{text}`: {error}", ctx) from None


@click.command(
    cls=_WithProgram, name="assume", short_help="Assume a role: for a program, a shell or a browser."
)
@click.option(
    "--exec",
    "program",
    metavar="PROGRAM [ARGUMENTS]...",
    help="Run this with it. All that follows is the program's.",
)
@click.option("--export", is_flag=True, help="Print what sets it in a shell.")
@click.option("--console", is_flag=True, help="Print a link that signs a browser in with it.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), default="sh", show_default=True, help="Of --export."
)
@click.option("--open", "opens", is_flag=True, help="Open the link of --console in a browser at once.")
@session_options
@aws_options
@output_options
@click.argument("role", shell_complete=names.roles)
def command(
    aws: Aws,
    output: Output,
    asked: Asked,
    program: Sequence[str],
    form: str,
    *,
    export: bool,
    console: bool,
    opens: bool,
) -> None:
    """
    Assume ROLE, an ARN or the name of a role in your own account, of iamd or of AWS.

    The credentials are kept for as long as they are good, in files of yours alone, so that the next command neither asks the
    server nor for a code; --renew asks all the same. Without --exec, --export or --console that is all; no secret is shown.

    \b
    iamd assume reader --exec aws s3 ls
    eval "$(iamd assume arn:aws:iam::123456789012:role/admin --mfa --export)"
    iamd assume reader --console --open
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    if sum((bool(program), export, console)) > 1:
        raise click.UsageError("--exec, --export and --console exclude each other")
    if opens and not console:
        raise click.UsageError("--open goes with --console")
    found, kept = asked.credentials(aws)
    if program:
        variables = session_variables(aws, found)
        gone = set(cleared(variables))
        become(program, {name: value for name, value in os.environ.items() if name not in gone} | variables)
    elif export:
        variables = session_variables(aws, found)
        click.echo(FORMS[form](variables, cleared(variables)))
    elif console:
        _sign_in(aws, found, opens=opens)
    else:
        _show(output, found, kept=kept)


def _sign_in(aws: Aws, found: TemporaryCredentials, *, opens: bool) -> None:
    from iamd.cli.sign_in_url import sign_in_url

    link = sign_in_url(aws, found)
    click.echo(link)
    if opens:
        import webbrowser

        webbrowser.open(link)


def _show(output: Output, found: TemporaryCredentials, *, kept: bool) -> None:
    record = {
        "Arn": found.arn,
        "AccessKeyId": found.access_key_id,
        "Expiration": found.expires_at.astimezone(UTC).isoformat(),
        "Cached": kept,
    }
    lines = [
        ("who", found.arn or ""),
        ("access key id", found.access_key_id),
        ("good until", when(found.expires_at, SystemClock().real())),
        ("asked for", "before" if kept else "now"),
    ]
    output.record(record, lines)
