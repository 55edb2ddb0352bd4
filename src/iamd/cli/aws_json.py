"""
A small client of the services that speak JSON, for the commands that ask the running server.

No SDK is imported for it: to sign and to send one request takes a few milliseconds, and importing one takes a third of a
second.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from iamd.cli.connections import connection_to
from iamd.cli.failures import NoServerError, refusal
from iamd.cli.state import ServerState
from iamd.clock import Clock, SystemClock
from iamd.http import Request
from iamd.sigv4.sign import Credentials, sign

_PREFIX: Final = "AWSOrganizationsV20161128."
_SERVICE: Final = "organizations"
_SECONDS: Final = 30.0


class OrganizationsClient:
    """
    Organizations, asked as the root user of the server's account.

    Operations are methods in botocore's spelling, and take their parameters by wire name:
    ``client.describe_account(AccountId="123456789012")``.
    """

    def __init__(self, server: ServerState, clock: Clock | None = None) -> None:
        self._server = server
        self._clock = clock or SystemClock()

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name.startswith("_"):
            raise AttributeError(name)
        operation = "".join(map(str.capitalize, name.split("_")))
        return lambda **members: self._ask(operation, members)

    def pages(self, name: str, member: str, **members: Any) -> Iterator[dict[str, Any]]:
        """Yield what all pages of a list hold in *member*."""
        while True:
            page = getattr(self, name)(**members)
            yield from page[member]
            if "NextToken" not in page:
                return
            members["NextToken"] = page["NextToken"]

    def _ask(self, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        """
        Return the answer to one request.

        Raises:
            RefusedError: It is an error.
            NoServerError: There is none.
        """
        url = urlsplit(self._server.endpoint)
        request = sign(
            Request(
                method="POST",
                raw_path=b"/",
                headers=(
                    (b"host", url.netloc.encode()),
                    (b"content-type", b"application/x-amz-json-1.1"),
                    (b"x-amz-target", f"{_PREFIX}{operation}".encode()),
                ),
                body=json.dumps(members).encode(),
            ),
            Credentials(
                access_key_id=self._server.access_key_id,
                secret_access_key=self._server.secret_access_key,
                session_token=self._server.session_token,
            ),
            region=self._server.region,
            service=_SERVICE,
            at=self._clock.real(),
        )
        connection = connection_to(self._server.endpoint, _SECONDS)
        try:
            headers = {name.decode(): value.decode() for name, value in request.headers}
            connection.request("POST", "/", request.body, headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoServerError(f"the server at {self._server.endpoint} does not answer: {error!r}") from None
        finally:
            connection.close()
        if response.status != HTTPStatus.OK:
            raise refusal(answer.get("__type", "?"), answer.get("Message") or answer.get("message") or "")
        return answer
