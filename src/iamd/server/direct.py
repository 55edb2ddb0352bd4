"""
Answering a request without ASGI, and where nothing has to be waited for without a task.

ASGI costs as much as a decision does: a scope, a task, and a message for each step.  A handler is driven by hand to its
first wait; most have none, and then the answer is written before the next request is read.
"""

from collections.abc import Awaitable, Generator
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from iamd.http import Response

_USUAL: Final = bytes(range(32, 127))
_DONE: Final = object()


def response_bytes(
    response: Response, more: list[tuple[bytes, bytes]], *, keep_alive: bool, with_body: bool = True
) -> bytes:
    """
    Return *response* as it goes over the connection; *more* are headers of the server's own.

    Raises:
        ValueError: A header holds what would end it.
    """
    headers = (*more, *response.headers)
    lines = b"\r\n".join(map(b": ".join, headers))
    # Nothing may be in them that is not printable, but for what stands between two of them.
    if len(lines.translate(None, _USUAL)) != 2 * len(headers) - 2:
        raise ValueError("a header of an answer must be printable ASCII")
    body = response.body
    pieces = (
        STATUS_LINE[response.status],
        lines,
        b"\r\ncontent-length: %d\r\n" % len(body),
        b"\r\n" if keep_alive else b"connection: close\r\n\r\n",
        body if with_body else b"",
    )
    return b"".join(pieces)


class Rest:
    """What is left to do of a coroutine that has been begun by hand; awaited by the task that goes on with it."""

    def __init__(self, begun: Generator[Any, Any, None], waits_for: object) -> None:
        self._begun = begun
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                try:
                    sent = yield waits_for
                except BaseException as error:  # noqa: BLE001  a cancellation too: it belongs to the coroutine
                    waits_for = self._begun.throw(error)
                else:
                    waits_for = self._begun.send(sent)
            except StopIteration:
                return


def begin(doing: Awaitable[None]) -> Rest | None:
    """Drive *doing* to its end, or to the first thing that it waits for; raises what it raises."""
    begun: Any = doing.__await__()
    # What is returned would come as an exception, which takes longer than what is begun here.
    waits_for = next(begun, _DONE)
    return None if waits_for is _DONE else Rest(begun, waits_for)
