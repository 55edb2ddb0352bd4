"""
Which server the commands of an operator ask.

It is the one that ``AWS_ENDPOINT_URL`` names, asked with the credentials beside it, as AWS's own tools would; if none is
named, or one that `iamd dev` runs on this machine, it is a development server, asked as its root user.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import click

from iamd.cli.failures import CredentialsError
from iamd.cli.state import ServerState, find_server, known_servers
from iamd.secret import Secret

_REGION: Final = "us-east-1"


def server_to_ask(environ: Mapping[str, str], port: int | None = None) -> ServerState:
    """
    Return the server to ask, and with whose access key.

    Args:
        environ: The process's environment.
        port: Of a development server; then it is that one.

    Raises:
        NoServerError: There is none, or it does not answer.
        RefusedError: It does not know the credentials of the environment.
        CredentialsError: The environment names a server, and no credentials.
    """
    endpoint = environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if port is not None or not endpoint or endpoint in {each.endpoint for each in known_servers(environ)}:
        return find_server(environ, port)
    url = urlsplit(endpoint)
    if url.scheme not in {"http", "https"} or not url.hostname or url.path:
        raise click.ClickException(f"AWS_ENDPOINT_URL is no URL of a server: {endpoint}")
    access_key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id or not secret:
        raise CredentialsError(
            f"AWS_ENDPOINT_URL names {endpoint}, and there is no AWS_ACCESS_KEY_ID or no AWS_SECRET_ACCESS_KEY to ask it with"
        )
    token = environ.get("AWS_SESSION_TOKEN")
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or _REGION
    # Imported when there is somebody to ask.
    from iamd.cli.aws_query import QueryClient

    client = QueryClient(
        endpoint=endpoint,
        region=region,
        access_key_id=access_key_id,
        secret_access_key=Secret(secret),
        session_token=Secret(token) if token else None,
    )
    return ServerState(
        endpoint=endpoint,
        region=region,
        account_id=client.ask("sts", "get_caller_identity", {})["Account"],
        access_key_id=access_key_id,
        secret_access_key=client.secret_access_key,
        session_token=client.session_token,
        pid=0,
    )
