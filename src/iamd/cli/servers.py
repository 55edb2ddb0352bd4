"""
Which server the commands of an operator ask.

It is the one that ``AWS_ENDPOINT_URL`` names, asked with the credentials that AWS's own tools would take; if none is named, or
one that `iamd dev` runs on this machine, it is a development server, asked as its root user.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import click

from iamd.cli.aws import DEFAULT_REGION, Aws, Source
from iamd.cli.failures import CredentialsError
from iamd.cli.state import ServerState, find_server, known_servers
from iamd.secret import Secret


def server_to_ask(environ: Mapping[str, str], port: int | None = None) -> ServerState:
    """
    Return the server to ask, and with whose access key.

    Args:
        environ: The process's environment.
        port: Of a development server; then it is that one.

    Raises:
        NoServerError: There is none, or it does not answer.
        RefusedError: It does not know the credentials of the environment.
        CredentialsError: The environment names a server, and there are no credentials.
    """
    endpoint = environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if port is not None or not endpoint or endpoint in {each.endpoint for each in known_servers(environ)}:
        return find_server(environ, port)
    url = urlsplit(endpoint)
    if url.scheme not in {"http", "https"} or not url.hostname or url.path:
        raise click.ClickException(f"AWS_ENDPOINT_URL is no URL of a server: {endpoint}")
    source, region = _credentials(endpoint, environ)
    # Imported when there is somebody to ask.
    from iamd.cli.aws_query import QueryClient

    client = QueryClient(
        endpoint=endpoint,
        region=region,
        access_key_id=source.access_key_id,
        secret_access_key=source.secret_access_key,
        session_token=source.session_token,
    )
    return ServerState(
        endpoint=endpoint,
        region=region,
        account_id=client.ask("sts", "get_caller_identity", {})["Account"],
        access_key_id=source.access_key_id,
        secret_access_key=client.secret_access_key,
        session_token=client.session_token,
        pid=0,
    )


def _credentials(endpoint: str, environ: Mapping[str, str]) -> tuple[Source, str]:
    """Return what to ask the server at *endpoint* with, and the region to sign for."""
    access_key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if access_key_id and secret:
        # Nothing of botocore's has to be imported.
        token = environ.get("AWS_SESSION_TOKEN")
        source = Source(
            method="env",
            access_key_id=access_key_id,
            secret_access_key=Secret(secret),
            session_token=Secret(token) if token else None,
            lasting=True,
            expires_at=None,
        )
        return source, environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    aws = Aws(endpoint_url=endpoint)
    try:
        return aws.source, aws.region
    except CredentialsError:
        raise CredentialsError(
            f"AWS_ENDPOINT_URL names {endpoint}, and there are no credentials to ask it with: name a profile (AWS_PROFILE) or a"
            " file (AWS_SHARED_CREDENTIALS_FILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from None
