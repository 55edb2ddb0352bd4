"""The command `iamd credentials`: credentials for the programs of this machine, as containers get theirs."""

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from iamd.cli.assumed import Assumed
from iamd.cli.aws_query import QueryClient
from iamd.cli.connect import CLEARED
from iamd.cli.failures import CredentialsError
from iamd.cli.programs import told
from iamd.cli.shells import sh
from iamd.cli.state import ServerState, find_server, state_folder
from iamd.clock import SystemClock
from iamd.domain.ids import Ids
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.container_credentials import PATH, NoCredentialsError, container_credentials
from iamd.server.run import ServerThread, serve

_HOST: Final = "127.0.0.1"
# They would win over the credentials that are served.
_CLEARED: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", *CLEARED)
_CONTAINER: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"


@click.group(name="credentials", short_help="Hand credentials to the programs of this machine.")
def command() -> None:
    """Hand credentials to the programs of this machine, in the form that every AWS SDK reads by itself."""


@command.command(
    "serve",
    short_help="Serve credentials as containers get theirs.",
    context_settings={"allow_interspersed_args": False},
)
@click.option("--port", type=int, help="Which iamd server, if several are running.")
@click.option(
    "--env", "of_environment", is_flag=True, help="Be who the AWS variables of the environment say."
)
@click.option("--user", metavar="NAME", help="Be the user of the seed that has this name.")
@click.option("--role", metavar="NAME|ARN", help="Assume this role.  [default: a session of one's own]")
@click.option("--session-name", default="iamd", show_default=True, help="What to call the role's session.")
@click.option("--duration", metavar="SECONDS", type=int, help="How long credentials shall be good.")
@click.option(
    "--listen", metavar="PORT", type=int, default=0, help="Where to listen.  [default: a free port]"
)
@click.option(
    "--token-file", metavar="FILE", type=click.Path(path_type=Path), help="Where to keep the token."
)
@click.argument("words", metavar="[PROGRAM [ARGUMENTS]...]", nargs=-1, type=click.UNPROCESSED)
def serve_credentials(**flags: Any) -> None:
    """
    Serve credentials as containers get theirs, on 127.0.0.1.

    They are those of a role that is assumed, or of a session of one's own, and are asked for anew before they expire. Without
    --env or --user, one is the root user of the server's account, who can assume no role.

    An SDK finds them by the two variables that are printed, and shows the token of the file that one of them names. With a
    PROGRAM, that program is run with these variables, and the serving ends with it.

    \b
    iamd credentials serve --user ann --role worker -- aws sts get-caller-identity
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    asked = _Asked(**flags)
    client = asked.client(os.environ)
    assumed = Assumed(
        client,
        SystemClock(),
        role_arn=asked.role_arn(os.environ),
        session_name=asked.session_name,
        seconds=asked.duration,
    )
    try:
        # Once before anything is promised: what is refused now will be refused later.
        assumed.current()
    except NoCredentialsError as error:
        raise click.ClickException(str(error)) from None
    token = Secret(base64.urlsafe_b64encode(Ids().token(32)).decode())
    door = Door(container_credentials(assumed.current, token))
    path = asked.token_file or state_folder(os.environ) / f"credentials-{os.getpid()}.token"
    try:
        with _written(path, token):
            if asked.words:
                sys.exit(_run(door, asked.listen, path, client, asked.words))
            serve(door, _HOST, asked.listen, on_ready=lambda url: click.echo(_exports(url, path, client)))
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {_HOST} port {asked.listen}, or write `{path}`: {error.strerror}"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line says."""

    port: int | None
    of_environment: bool
    user: str | None
    role: str | None
    session_name: str
    duration: int | None
    listen: int
    token_file: Path | None
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.of_environment and self.user is not None:
            raise click.UsageError("--env and --user exclude each other")

    def client(self, environ: Mapping[str, str]) -> QueryClient:
        """
        Return whoever asks for credentials.

        Raises:
            ClickException: There is no such user, no server, or nobody in the environment.
        """
        if self.of_environment:
            return _of_environment(environ, self.port)
        server = find_server(environ, self.port)
        access_key_id, secret = _key(server, self.user)
        return QueryClient(
            endpoint=server.endpoint,
            region=server.region,
            access_key_id=access_key_id,
            secret_access_key=secret,
        )

    def role_arn(self, environ: Mapping[str, str]) -> str | None:
        if self.role is None or self.role.startswith("arn:"):
            return self.role
        if self.of_environment:
            raise click.UsageError("with --env, --role wants an ARN")
        return f"arn:aws:iam::{find_server(environ, self.port).account_id}:role/{self.role}"


def _run(door: Door, listen: int, path: Path, client: QueryClient, words: tuple[str, ...]) -> int:
    with ServerThread(door, host=_HOST, port=listen) as running:
        kept = {name: value for name, value in os.environ.items() if name not in _CLEARED}
        try:
            done = subprocess.run(  # noqa: S603  running what the user says is the purpose
                words, env=kept | _variables(running.url, path, client), check=False
            )
        except OSError as error:
            return told(words[0], error)
    # A program that a signal has ended counts as with the shell.
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _variables(url: str, path: Path, client: QueryClient) -> dict[str, str]:
    where = dict(zip(_CONTAINER, (url + PATH.decode(), str(path.resolve())), strict=True))
    return {
        "AWS_ENDPOINT_URL": client.endpoint,
        "AWS_REGION": client.region,
        "AWS_DEFAULT_REGION": client.region,
        **where,
    }


def _exports(url: str, path: Path, client: QueryClient) -> str:
    return sh(_variables(url, path, client), _CLEARED)


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


def _key(server: ServerState, user: str | None) -> tuple[str, Secret]:
    if user is None:
        return server.access_key_id, server.secret_access_key
    for each in server.seeded:
        if (each.account_id, each.owner) == (server.account_id, user):
            return each.access_key_id, each.secret_access_key
    raise click.ClickException(
        f"the seed of the server made no access key for a user `{user}`; with --env one can be anybody"
    )


def _of_environment(environ: Mapping[str, str], port: int | None) -> QueryClient:
    access_key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id or not secret:
        raise CredentialsError("there is no AWS_ACCESS_KEY_ID or no AWS_SECRET_ACCESS_KEY in the environment")
    endpoint = environ.get("AWS_ENDPOINT_URL_STS") or environ.get("AWS_ENDPOINT_URL")
    if port is not None or not endpoint:
        endpoint = find_server(environ, port).endpoint
    token = environ.get("AWS_SESSION_TOKEN")
    return QueryClient(
        endpoint=endpoint.rstrip("/"),
        region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        access_key_id=access_key_id,
        secret_access_key=Secret(secret),
        session_token=Secret(token) if token else None,
    )
