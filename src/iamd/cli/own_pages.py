"""The server's own pages, asked by signed requests; see `iamd.server` for what they are."""

import http.client
import json
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from iamd.cli.aws_json import RefusedError
from iamd.cli.state import NoServerError, ServerState
from iamd.clock import SystemClock
from iamd.secret import Secret

_SECONDS: Final = 10.0

Key = tuple[str, Secret, Secret | None]
"""Access key id, secret access key, and session token if there is one."""


def ask(
    server: ServerState, key: Key, method: str, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    """
    Return status and content of a page.

    Raises:
        NoServerError: The server does not answer, or not with JSON.
    """
    from iamd.http import Request
    from iamd.sigv4.sign import Credentials, sign

    url = urlsplit(server.endpoint)
    request = sign(
        Request(
            method=method,
            raw_path=path.encode(),
            headers=((b"host", url.netloc.encode()),),
            body=b"" if body is None else json.dumps(body).encode(),
        ),
        Credentials(access_key_id=key[0], secret_access_key=key[1], session_token=key[2]),
        region=server.region,
        service="iam",
        at=SystemClock().real(),
    )
    # Not urllib: it would ask the proxies of the environment for a server of this machine.
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname or "", server.port, timeout=_SECONDS)
    try:
        headers = {name.decode(): value.decode() for name, value in request.headers}
        connection.request(method, path, request.body or None, headers)
        answer = connection.getresponse()
        page = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoServerError(f"the server at {server.endpoint} does not answer: {error!r}") from None
    finally:
        connection.close()
    return answer.status, page


def ask_as_root(server: ServerState, method: str, path: str, body: object = None) -> dict[str, Any]:
    """
    Return the content of a page that is for the root user of the server's account.

    Raises:
        RefusedError: The answer is an error.
        NoServerError: The server does not answer.
    """
    key = (server.access_key_id, server.secret_access_key, None)
    status, page = ask(server, key, method, path, body)
    if status != HTTPStatus.OK:
        said = page.get("message") or page.get("Message") or page.get("error") or ""
        raise RefusedError(page.get("__type", f"the server answers {status}"), said)
    return page
