"""The command `iamd credentials`: credentials for the programs of this machine, as containers get theirs."""

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from iamd.cli import names
from iamd.cli.assumed import Assumed
from iamd.cli.aws import Aws, aws_options
from iamd.cli.connect import cleared
from iamd.cli.programs import told
from iamd.cli.role_sessions import SESSION_NAME, role_arn
from iamd.cli.shells import sh
from iamd.cli.state import state_folder
from iamd.clock import SystemClock
from iamd.domain.ids import Ids
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.container_credentials import PATH, NoCredentialsError, container_credentials
from iamd.server.run import ServerThread, serve

_HOST: Final = "127.0.0.1"
_CONTAINER: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


@click.group(name="credentials", short_help="Hand credentials to the programs of this machine.")
def command() -> None:
    """Hand credentials to the programs of this machine, in the form that every AWS SDK reads by itself."""


@command.command(
    "serve",
    short_help="Serve credentials as containers get theirs.",
    context_settings={"allow_interspersed_args": False},
)
@click.option(
    "--role",
    metavar="NAME|ARN",
    shell_complete=names.roles,
    help="Assume this role.  [default: a session of one's own]",
)
@click.option("--session-name", default=SESSION_NAME, show_default=True, help="What to call the session.")
@click.option("--duration", metavar="SECONDS", type=int, help="How long credentials shall be good.")
@click.option(
    "--listen", metavar="PORT", type=int, default=0, help="Where to listen.  [default: a free port]"
)
@click.option(
    "--token-file", metavar="FILE", type=click.Path(path_type=Path), help="Where to keep the token."
)
@aws_options
@click.argument("words", metavar="[PROGRAM [ARGUMENTS]...]", nargs=-1, type=click.UNPROCESSED)
def serve_credentials(
    aws: Aws,
    role: str | None,
    session_name: str,
    duration: int | None,
    listen: int,
    token_file: Path | None,
    words: tuple[str, ...],
) -> None:
    """
    Serve credentials as containers get theirs, on 127.0.0.1.

    They are those of a role that is assumed, or of a session of one's own, and are asked for anew before they expire, each time with
    the credentials that AWS's tools would find then. A role is an ARN, or a name in your own account.

    An SDK finds them by the two variables that are printed, and shows the token of the file that one of them names. With a
    PROGRAM, that program is run with these variables, and the serving ends with it.

    \b
    iamd credentials serve --profile ann --role worker -- aws sts get-caller-identity
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    assumed = Assumed(
        # What the chain finds may be good for a while only, so that it is asked again each time.
        lambda: aws.anew().client("sts"),
        SystemClock(),
        role_arn=None if role is None else role_arn(role, aws.client("sts")),
        session_name=session_name,
        seconds=duration,
    )
    try:
        # Once before anything is promised: what is refused now will be refused later.
        assumed.current()
    except NoCredentialsError as error:
        raise click.ClickException(str(error)) from None
    token = Secret(base64.urlsafe_b64encode(Ids().token(32)).decode())
    door = Door(container_credentials(assumed.current, token))
    path = token_file or state_folder(os.environ) / f"credentials-{os.getpid()}.token"
    try:
        with _written(path, token):
            if words:
                sys.exit(_run(door, listen, path, aws, words))
            serve(door, _HOST, listen, on_ready=lambda url: click.echo(_exports(url, path, aws)))
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {_HOST} port {listen}, or write `{path}`: {error.strerror}"
        ) from None


def _run(door: Door, listen: int, path: Path, aws: Aws, words: tuple[str, ...]) -> int:
    with ServerThread(door, host=_HOST, port=listen) as running:
        variables = _variables(running.url, path, aws)
        gone = _cleared(variables)
        kept = {name: value for name, value in os.environ.items() if name not in gone}
        try:
            done = subprocess.run(words, env=kept | variables, check=False)  # noqa: S603  what the user says
        except OSError as error:
            return told(words[0], error)
    # A program that a signal has ended counts as with the shell.
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _variables(url: str, path: Path, aws: Aws) -> dict[str, str]:
    """Return the variables to set; where the server is none of AWS's, it is named, too."""
    found = {} if aws.own_endpoint is None else {"AWS_ENDPOINT_URL": aws.own_endpoint}
    where = dict(zip(_CONTAINER, (url + PATH.decode(), str(path.resolve())), strict=True))
    return found | {"AWS_REGION": aws.region, "AWS_DEFAULT_REGION": aws.region, **where}


def _cleared(variables: Mapping[str, str]) -> list[str]:
    """Return what would win over the credentials that are served, or send what they sign elsewhere."""
    return ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", *cleared(variables)]


def _exports(url: str, path: Path, aws: Aws) -> str:
    variables = _variables(url, path, aws)
    return sh(variables, _cleared(variables))


@contextmanager
def _written(path: Path, token: Secret) -> Iterator[None]:
    """Keep *token* in a file that only its owner may read, for the length of a ``with``."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A temporary file has mode 0600 from the start; renamed, it is there as a whole or not at all.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        # Without a line break: SDKs send the file as it is.
        file.write(token.reveal())
    Path(temporary).replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
