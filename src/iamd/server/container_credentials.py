"""
Credentials for the programs of this machine, in the form that every AWS SDK reads by itself.

``GET /credentials`` answers whoever shows the token, as ``AWS_CONTAINER_CREDENTIALS_FULL_URI`` and
``AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`` have an SDK do.  To everybody else the page says no more than that.

AWS: *Container credential provider* of the AWS SDKs and Tools Reference Guide.
"""

import asyncio
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

import msgspec

from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.server.app import Handle
from iamd.server.loopback import refusal

PATH: Final = b"/credentials"


class ContainerCredentials(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """
    Temporary credentials.

    Attributes:
        role_arn: Of the role that they are of; None for a session of a user or a root.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expires_at: datetime
    role_arn: str | None = None

    @property
    def wire(self) -> dict[str, str]:
        """What an SDK reads: the one place where these secrets are shown."""
        shown = {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key.reveal(),
            "Token": self.session_token.reveal(),
            "Expiration": f"{self.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        }
        return shown if self.role_arn is None else shown | {"RoleArn": self.role_arn}


class NoCredentialsError(Exception):
    """There are none to be had now; the text says why, and is shown to whoever has the token."""


def container_credentials(fetch: Callable[[], ContainerCredentials], token: Secret) -> Handle:
    """
    Return what answers every request.

    Args:
        fetch: Returns credentials that are good for a while; may block, and may raise NoCredentialsError.
        token: Must be in the ``Authorization`` header, as it is.
    """

    async def handle(request: Request) -> Response:
        refused = refusal(request, "this page")
        if refused is not None:
            return _error(HTTPStatus.FORBIDDEN, "AccessDenied", refused)
        shown = request.header(b"authorization") or b""
        # Not `==`: its duration tells how many leading characters were right.
        if not hmac.compare_digest(shown, token.reveal().encode()):
            return _error(
                HTTPStatus.UNAUTHORIZED, "Unauthorized", "the Authorization header is not the token"
            )
        if (request.method, request.raw_path) != ("GET", PATH):
            return _error(HTTPStatus.NOT_FOUND, "NotFound", "credentials are at GET " + PATH.decode())
        try:
            credentials = await asyncio.get_running_loop().run_in_executor(None, fetch)
        except NoCredentialsError as error:
            return _error(HTTPStatus.BAD_GATEWAY, "CredentialsUnavailable", str(error))
        return _json(HTTPStatus.OK, credentials.wire)

    return handle


def _error(status: HTTPStatus, code: str, message: str) -> Response:
    return _json(status, {"code": code, "message": message})


def _json(status: HTTPStatus, content: dict[str, str]) -> Response:
    return Response(
        status=status,
        headers=((b"content-type", b"application/json"), (b"cache-control", b"no-store")),
        body=json.dumps(content).encode() + b"\n",
    )
