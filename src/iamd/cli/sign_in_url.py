"""
URLs that sign a browser in with temporary credentials, by the federation endpoint of AWS or of iamd.

AWS: *Enable custom identity broker access to the AWS console*.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import click

from iamd.cli.aws import Aws
from iamd.cli.credential_cache import TemporaryCredentials
from iamd.cli.terminal import printable

_OWN_PATH: Final = "/_iamd/federation"
# By partition: where the endpoint is, and the console that it signs in to.
_REAL: Final[Mapping[str, tuple[str, str]]] = {
    "aws": ("https://signin.aws.amazon.com/federation", "https://console.aws.amazon.com/"),
    "aws-cn": ("https://signin.amazonaws.cn/federation", "https://console.amazonaws.cn/"),
    "aws-us-gov": ("https://signin.amazonaws-us-gov.com/federation", "https://console.amazonaws-us-gov.com/"),
}


def sign_in_url(aws: Aws, credentials: TemporaryCredentials) -> str:
    """
    Return a URL that is good for a quarter of an hour, and that whoever opens it is signed in by.

    Raises:
        ClickException: The endpoint refuses the credentials, there is none, or it does not answer.
    """
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key.reveal(),
        "sessionToken": credentials.session_token.reveal(),
    }
    asked = {"Action": "getSigninToken", "Session": json.dumps(session)}
    if aws.own_endpoint is not None:
        endpoint, console = aws.own_endpoint + _OWN_PATH, "/"
        # In the body, where no log keeps it.
        status, content = aws.fetch("POST", endpoint, asked)
    else:
        partition = aws.client("sts").partition
        if partition not in _REAL:
            raise click.ClickException(f"of the partition {partition} no federation endpoint is known here")
        endpoint, console = _REAL[partition]
        # AWS documents GET alone.
        status, content = aws.fetch("GET", f"{endpoint}?{urlencode(asked)}")
    token = _token(endpoint, status, content)
    query = {"Action": "login", "Issuer": "iamd", "Destination": console, "SigninToken": token}
    return f"{endpoint}?{urlencode(query)}"


def _token(endpoint: str, status: int, content: bytes) -> str:
    try:
        page = json.loads(content)
    except ValueError:
        page = None
    if status == HTTPStatus.OK and isinstance(page, dict) and isinstance(page.get("SigninToken"), str):
        return str(page["SigninToken"])
    said = page.get("message") or page.get("Message") if isinstance(page, dict) else None
    raise click.ClickException(
        f"{endpoint} signs nobody in with these credentials: {printable(str(said or f'it answers {status}'))}"
    )
