"""
Answers to browsers, each with the headers that keep a page from doing what it is not meant to do.

The content security policy has no exception (R-80): scripts and styles are files of this server, nothing is inline, and
nothing is loaded from, sent to or framed by anybody else.
"""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from iamd.http import Response

Headers = tuple[tuple[bytes, bytes], ...]

_EVERYWHERE: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_CONTENT: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_POLICY: Final = (b"content-security-policy", _CONTENT)
_CLEAR_TEXT: Final[Headers] = ()
_TLS: Final[Headers] = ((b"strict-transport-security", b"max-age=31536000"),)
_NO_STORE: Final = (b"cache-control", b"no-store")


def guarded(response: Response, *, secure: bool, more: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    """Return *response* with these headers, and *more*."""
    own = (_POLICY, *_EVERYWHERE, *(_TLS if secure else _CLEAR_TEXT))
    return Response(status=response.status, headers=(*response.headers, *own, *more), body=response.body)


def json_answer(content: Any, status: int = HTTPStatus.OK) -> Response:
    headers = ((b"content-type", b"application/json"), _NO_STORE)
    return Response(status=status, headers=headers, body=json.dumps(content).encode())


def html_answer(content: str, status: int = HTTPStatus.OK) -> Response:
    headers = ((b"content-type", b"text/html; charset=utf-8"), _NO_STORE)
    return Response(status=status, headers=headers, body=content.encode())


def redirect(location: bytes) -> Response:
    """Send the browser on to a path of this server; by GET, whatever it came with."""
    return Response(status=HTTPStatus.SEE_OTHER, headers=((b"location", location), _NO_STORE))


def error_answer(status: int, code: str, message: str) -> Response:
    return json_answer({"code": code, "message": message}, status)
