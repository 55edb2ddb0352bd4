"""The server's own pages, asked by signed requests; see `iamd.server` for what they are."""

import http.client
import json
import os
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import click

from iamd.cli.connections import connection_to
from iamd.cli.failures import CredentialsError, NoServerError, RefusedError, refusal
from iamd.cli.state import ServerState
from iamd.clock import SystemClock
from iamd.secret import Secret

_SECONDS: Final = 10.0

Key = tuple[str, Secret, Secret | None]
"""Access key id, secret access key, and session token if there is one."""


class Pages:
    """
    The pages of one server, over one connection: ``with Pages(server, key) as pages: …``.
    """

    def __init__(self, server: ServerState, key: Key, *, seconds: float = _SECONDS) -> None:
        self._server = server
        self._key = key
        url = urlsplit(server.endpoint)
        self._host = url.netloc.encode()
        self._connection = connection_to(server.endpoint, seconds)

    def fetch(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """
        Return status and content of a page.

        Raises:
            NoServerError: The server does not answer.
        """
        from iamd.http import Request
        from iamd.sigv4.sign import Credentials, sign

        plain, _, query = path.partition("?")
        request = sign(
            Request(
                method=method,
                raw_path=plain.encode(),
                raw_query=query.encode(),
                headers=((b"host", self._host),),
                body=body,
            ),
            Credentials(
                access_key_id=self._key[0], secret_access_key=self._key[1], session_token=self._key[2]
            ),
            region=self._server.region,
            service="iam",
            at=SystemClock().real(),
        )
        headers = {name.decode(): value.decode() for name, value in request.headers}
        try:
            self._connection.request(method, path, body or None, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(error) from None

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
        """Do what `fetch` does, with a page that is JSON."""
        status, content = self.fetch(method, path, body)
        try:
            page: dict[str, Any] = json.loads(content)
        except ValueError as error:
            raise self._silent(error) from None
        return status, page

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def _silent(self, error: Exception) -> NoServerError:
        return NoServerError(f"the server at {self._server.endpoint} does not answer: {error!r}")


def ask(
    server: ServerState, key: Key, method: str, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    """
    Return status and content of a page.

    Raises:
        NoServerError: The server does not answer, or not with JSON.
    """
    with Pages(server, key) as pages:
        return pages.ask(method, path, b"" if body is None else json.dumps(body).encode())


def ask_as_root(server: ServerState, method: str, path: str, body: object = None) -> dict[str, Any]:
    """
    Return the content of a page that is for the root user of the server's account.

    Raises:
        RefusedError: The answer is an error.
        NoServerError: The server does not answer.
    """
    key = (server.access_key_id, server.secret_access_key, server.session_token)
    status, page = ask(server, key, method, path, body)
    if status != HTTPStatus.OK:
        raise refused(status, page)
    return page


def refused(status: int, page: dict[str, Any]) -> RefusedError:
    """Return the error that a page is."""
    said = page.get("message") or page.get("Message") or page.get("error") or ""
    return refusal(page.get("__type", f"the server answers {status}"), said)


def key_of_environment() -> Key:
    """
    Return the credentials that the environment names.

    Raises:
        CredentialsError: It names none.
    """
    access_key_id, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key_id or not secret:
        raise CredentialsError("there is no AWS_ACCESS_KEY_ID or no AWS_SECRET_ACCESS_KEY in the environment")
    token = os.environ.get("AWS_SESSION_TOKEN")
    return access_key_id, Secret(secret), Secret(token) if token else None


def key_of_root(server: ServerState, account_id: str | None = None) -> Key:
    """
    Return the access key of the root user of an account: the server's own, or one that a seed has made.

    Raises:
        ClickException: The server has told of none.
    """
    if account_id in {None, server.account_id}:
        return server.access_key_id, server.secret_access_key, server.session_token
    for each in server.seeded:
        if (each.account_id, each.owner) == (account_id, "root"):
            return each.access_key_id, each.secret_access_key, None
    raise click.ClickException(
        f"the server is of account {server.account_id}, and has told of no access key of the root of {account_id}:"
        f" start one with `iamd dev --account-id {account_id}`, or name credentials with --env"
    )
