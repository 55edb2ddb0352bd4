"""What a connection may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    Sizes in bytes and times in seconds; the defaults are those of a server open to the world.

    Attributes:
        request_line: Of the target on the request line.
        headers: Of all names and values together.
        header_count: How many of them.
        body: Of the body; what is larger is refused before it is read.
        head_seconds: From a request's first byte, or from the connection, to its last header.
        body_seconds: From the last header to the last byte of the body.
        idle_seconds: Between two requests.
        write_seconds: How long a client may leave an answer unread.
        linger_seconds: How long a refused client may go on sending before the connection is cut.
        last_request_seconds: How long a connection on which nothing is asked stays open when the server stops: a request may be on its
            way, and its client is told with the answer to ask elsewhere.
        connections: Requests on those that are too many are answered by 503, and many more are cut; None for no limit.
    """

    request_line: int = 8 * 1024
    headers: int = 16 * 1024
    header_count: int = 100
    body: int = 1024 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 75.0
    write_seconds: float = 30.0
    linger_seconds: float = 2.0
    last_request_seconds: float = 0.0
    connections: int | None = None
