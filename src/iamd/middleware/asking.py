"""
What both kinds of middleware do: find the route, ask iamd, and make an answer of a refusal.

An application is only asked when iamd has said yes; whatever else happens is a refusal.
"""

import json
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote, unquote_to_bytes, urlsplit

from iamd.enforcement.points import ApiRoute
from iamd.secret import Secret

T = TypeVar("T")
"""An application."""

KEY: Final = "iamd.principal"
"""Where an application finds the `Principal`; None where no signature is needed."""

_PAGE: Final = "/_iamd/authz/check"
_MOST_IDLE: Final = 64
_MOST_ANSWERED: Final = 1024 * 1024
_JSON: Final = ("content-type", "application/json")


@dataclass(frozen=True, slots=True)
class Principal:
    """
    Who has sent a request.

    Attributes:
        type: ``User``, ``AssumedRole``, ``Root`` or ``FederatedUser``.
    """

    arn: str
    account: str
    user_id: str
    type: str
    access_key_id: str


@dataclass(frozen=True, slots=True)
class Got:
    """A request as a server has got it; *raw_path* undecoded, *source_ip* of whoever has connected."""

    method: str
    raw_path: str
    raw_query: str
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str
    secure: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to answer instead of the application."""

    status: HTTPStatus
    code: str
    message: str
    decision_id: str | None = None

    @property
    def headers(self) -> list[tuple[str, str]]:
        headers = [_JSON, ("content-length", str(len(self.body))), ("cache-control", "no-store")]
        if self.status is HTTPStatus.UNAUTHORIZED:
            headers.append(("www-authenticate", "AWS4-HMAC-SHA256"))
        return headers

    @property
    def body(self) -> bytes:
        told = {"code": self.code, "message": self.message, "decision_id": self.decision_id}
        return json.dumps(told).encode() + b"\n"


TOO_LARGE: Final = Refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge", "The body of the request is too large."
)
_UNAVAILABLE: Final = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", "The request cannot be authorized now."
)
_UNMAPPED: Final = Refusal(HTTPStatus.FORBIDDEN, "AccessDenied", "There is no such route.")
_AMBIGUOUS: Final = Refusal(HTTPStatus.FORBIDDEN, "InvalidRequest", "The path of the request is ambiguous.")


class Iamd:
    """
    The server that is asked; may be used from several threads, and keeps connections.

    Args:
        url: ``https://iamd.example.com:4263``; certificates are verified.
        key: Of the enforcement point.
        key_file: Or the file that holds it.
        seconds: How long an answer is waited for; none in time is a refusal.
        cafile: Certificates to trust besides the machine's own.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        key_file: str | Path | None = None,
        seconds: float = 5.0,
        cafile: str | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError("the URL of iamd begins with http:// or https://, names a host, and has no path")
        if (key is None) == (key_file is None):
            raise ValueError("expected either `key` or `key_file`")
        text = key if key_file is None else Path(key_file).read_text(encoding="ascii").rstrip("\r\n")
        if not text:
            raise ValueError("the key is empty")
        self._key = Secret(text)
        self._host, self._port = parts.hostname, parts.port
        self._seconds = seconds
        self._tls = ssl.create_default_context(cafile=cafile) if parts.scheme == "https" else None
        self._idle: deque[HTTPConnection] = deque()

    def check(self, got: Got, action: str, resource: str) -> Principal | Refusal:
        """Return who has sent a request that may be answered, or what to answer instead; blocks."""
        asked = {
            "method": got.method,
            "target": got.raw_path + (f"?{got.raw_query}" if got.raw_query else ""),
            "headers": got.headers,
            "body_sha256": sha256(got.body).hexdigest(),
            "source_ip": got.source_ip,
            "secure": got.secure,
            "action": action,
            "resource": resource,
        }
        try:
            status, answer = self._ask(json.dumps(asked).encode())
            told = json.loads(answer)
            if status != HTTPStatus.OK:
                # Of the key, of the question, or a fault there: nothing that the client could mend, but when it is.
                is_clients = status == HTTPStatus.FORBIDDEN and told["code"] in {
                    "InvalidInput",
                    "InvalidRequest",
                }
                return (
                    Refusal(HTTPStatus.FORBIDDEN, told["code"], told["message"])
                    if is_clients
                    else _UNAVAILABLE
                )
            if told["allowed"] is True:
                return Principal(**told["principal"])
            return Refusal(HTTPStatus(told["status"]), told["code"], told["message"], told["decision_id"])
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return _UNAVAILABLE

    def _ask(self, body: bytes) -> tuple[int, bytes]:
        try:
            kept = self._idle.pop()
        except IndexError:
            kept = None
        if kept is not None:
            try:
                return self._send(kept, body)
            except (OSError, HTTPException):
                # It may have been closed since; a question can be asked twice.
                kept.close()
        fresh = (
            HTTPConnection(self._host, self._port, timeout=self._seconds)
            if self._tls is None
            else HTTPSConnection(self._host, self._port, timeout=self._seconds, context=self._tls)
        )
        try:
            return self._send(fresh, body)
        except BaseException:
            fresh.close()
            raise

    def _send(self, connection: HTTPConnection, body: bytes) -> tuple[int, bytes]:
        headers = {"X-Iamd-Pep-Key": self._key.reveal(), "Content-Type": "application/json"}
        connection.request("POST", _PAGE, body, headers)
        response = connection.getresponse()
        answer = response.read(_MOST_ANSWERED)
        if response.isclosed() and len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return response.status, answer

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()


class Gate:
    """What an application stands behind."""

    def __init__(
        self, iamd: Iamd, routes: Sequence[ApiRoute], *, public: Sequence[str], account: str, region: str
    ) -> None:
        """
        Take the routes.

        Raises:
            ValueError: A resource names an account or a region, and there is none.
        """
        given = {"account": account, "region": region}
        for route in routes:
            for name, value in given.items():
                if f"{{{name}}}" in route.resource and not value:
                    raise ValueError(f"`resource` {route.resource} needs the argument `{name}`")
        self._iamd = iamd
        self._routes = tuple(routes)
        self._public = frozenset(public)
        self._given = given

    def opens_to_all(self, path: str) -> bool:
        """Say whether the operator has named *path*, decoded, as one that needs no signature."""
        return path in self._public

    def find(self, method: str, raw_path: str, path: str) -> tuple[str, str] | Refusal:
        """
        Return the action and the resource of a request.

        Args:
            method: In upper case.
            raw_path: As it was signed.
            path: As the application will read it: the same, decoded, or nobody knows what is asked (R-73).
        """
        try:
            raw = raw_path.encode("ascii")
            if unquote_to_bytes(raw).decode() != path:
                return _AMBIGUOUS
            for route in self._routes:
                places = route.places_in(method, raw)
                if places is not None:
                    return route.action, route.resource_of(places | self._given)
        except UnicodeError:
            return _AMBIGUOUS
        return _UNMAPPED

    def check(self, got: Got, needs: tuple[str, str]) -> Principal | Refusal:
        """Ask iamd; blocks."""
        return self._iamd.check(got, *needs)


class Middleware(Generic[T]):
    """What both kinds of middleware are made of, and with."""

    def __init__(
        self,
        application: T,
        iamd: Iamd,
        routes: Sequence[ApiRoute],
        *,
        public: Sequence[str] = (),
        account: str = "",
        region: str = "",
        most_body: int = 1024 * 1024,
    ) -> None:
        """
        Stand in front of *application*.

        Args:
            application: What is protected.
            iamd: Whom to ask.
            routes: The first that fits says what a request needs; without one it is refused.
            public: Paths, whole, that need no signature.
            account: What ``{account}`` in a resource stands for.
            region: Likewise.
            most_body: Bytes of a body.

        Raises:
            ValueError: A resource names an account or a region, and there is none.
        """
        self._application = application
        self._gate = Gate(iamd, routes, public=public, account=account, region=region)
        self._most = most_body


def encoded(path: str) -> str:
    """Return a decoded path as clients encode it, where a server does not keep what they have sent."""
    return quote(path, safe="/-_.~")


def ascii_texts(headers: Any) -> list[tuple[str, str]]:
    """Return headers of bytes as texts."""
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
