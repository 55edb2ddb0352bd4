"""For WSGI applications: Flask, Django's ``wsgi.py``, Pyramid, Bottle (PEP 3333)."""

import io
from collections.abc import Callable, Iterable
from typing import Any, Final

from iamd.middleware.asking import KEY, TOO_LARGE, Got, Middleware, Refusal, encoded

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_RAW: Final = ("RAW_URI", "REQUEST_URI")
"""Where gunicorn and waitress, and uWSGI, Werkzeug and mod_wsgi, keep the target as it came."""
_MOST_DIGITS: Final = 15


class WsgiMiddleware(Middleware[Application]):
    """
    Lets requests through that are signed and allowed; ``environ["iamd.principal"]`` then says whose they are.

    A body is read whole before the application is called, since it is part of what was signed; it needs a length.

    It is made with what `Middleware` says.
    """

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        environ.pop(KEY, None)
        found = self._check(environ)
        if isinstance(found, Refusal):
            start_response(f"{int(found.status)} {found.status.phrase}", found.headers)
            return [found.body]
        return self._application(environ, start_response)

    def _check(self, environ: Environ) -> Refusal | None:
        try:
            path = _texts(environ.get("SCRIPT_NAME", "")) + _texts(environ.get("PATH_INFO", ""))
        except UnicodeError:
            path = ""
        if self._gate.opens_to_all(path):
            environ[KEY] = None
            return None
        target = next((environ[name] for name in _RAW if environ.get(name, "").startswith("/")), None)
        raw_path = encoded(path) if target is None else target.partition("?")[0]
        method = environ["REQUEST_METHOD"]
        needs = self._gate.find(method, raw_path, path)
        if isinstance(needs, Refusal):
            return needs
        body = self._read(environ)
        if isinstance(body, Refusal):
            return body
        got = Got(
            method=method,
            raw_path=raw_path,
            raw_query=environ.get("QUERY_STRING", ""),
            headers=_headers(environ),
            body=body,
            source_ip=environ.get("REMOTE_ADDR", ""),
            secure=environ.get("wsgi.url_scheme") == "https",
        )
        found = self._gate.check(got, needs)
        if isinstance(found, Refusal):
            return found
        environ[KEY] = found
        environ["wsgi.input"] = io.BytesIO(body)
        return None

    def _read(self, environ: Environ) -> bytes | Refusal:
        length = environ.get("CONTENT_LENGTH") or "0"
        chunked = environ.get("HTTP_TRANSFER_ENCODING") is not None
        if chunked or not length.isascii() or not length.isdigit() or len(length) > _MOST_DIGITS:
            return TOO_LARGE
        if int(length) > self._most:
            return TOO_LARGE
        body: bytes = environ["wsgi.input"].read(int(length))
        return body


def _texts(path: str) -> str:
    """Return a path of an environ, whose characters are bytes, as text."""
    return path.encode("latin-1").decode()


def _headers(environ: Environ) -> list[tuple[str, str]]:
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    of_body = [
        (name.replace("_", "-").lower(), environ[name])
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        if environ.get(name)
    ]
    return headers + of_body
