"""
The body of a form, read while it comes: its fields first, and then its file, which is never here as a whole.

RFC 7578 (multipart/form-data) and RFC 2046, section 5.1.1, narrowly: what two readers could read in two ways is refused.
AWS: *POST Object*; *Browser-based uploads using POST*: the file is the last field, and the others have 20 KB at most.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from iamd.enforcement.bodies import Body
from iamd.enforcement.refusals import InvalidRequest
from iamd.http import Request

FILE: Final = "file"
MOST_BEFORE_FILE: Final = 20 * 1024
_MOST_HEADERS: Final = 4096
_HELD: Final = 1024 * 1024
"""A file that is shorter is read before it is passed on, however its form ends."""

_boundary_of = re.compile(
    rb"""multipart/form-data\s*;\s*boundary=(?:"([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])"|([0-9A-Za-z'+_.-]{1,70}))\s*""",
    re.IGNORECASE | re.ASCII,
).fullmatch
_is_header = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*").fullmatch
_is_disposition = re.compile(
    rb"""\s*form-data(?:\s*;\s*[a-z*]+=(?:"(?:[^"\\]|\\.)*"|[^\s;"]*))+\s*""", re.IGNORECASE | re.ASCII
).fullmatch
_parameters = re.compile(
    rb""";\s*([a-z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))""", re.IGNORECASE | re.ASCII
).finditer
_escaped = re.compile(rb"""\\(["\\])""")
_is_length = re.compile(rb"[0-9]{1,15}", re.ASCII).fullmatch


class MalformedPOSTRequest(InvalidRequest):
    """The body is not well-formed multipart/form-data."""


class MissingContentLength(InvalidRequest):
    """The length of the form must be told."""

    status = 411


class MaxPostPreDataLengthExceededError(InvalidRequest):
    """The fields before the file are too long."""


class IncorrectNumberOfFilesInPostRequest(InvalidRequest):
    """A form has one file."""


class InvalidArgument(InvalidRequest):
    """A field cannot be what it is."""


class Form(msgspec.Struct, frozen=True):
    """
    A form whose fields have been read.

    Attributes:
        fields: By their names in lower case, as they were sent.
        filename: As the browser calls the file, without a path.
        length: Of the file, in bytes.
        file: Its bytes; the last of them come only when the form has ended as it should.
    """

    fields: Mapping[str, str]
    filename: str
    length: int
    file: Body


def is_form(request: Request) -> bool:
    """Say whether *request* has a form for a body."""
    kind = request.header(b"content-type") or b""
    return request.method == "POST" and kind.lower().startswith(b"multipart/form-data")


async def read_form(request: Request, body: Body) -> Form:
    """
    Read the fields of a form.

    Raises:
        MalformedPOSTRequest: It is none.
        MissingContentLength: Its length is not told.
        MaxPostPreDataLengthExceededError: The fields before the file are too long.
        IncorrectNumberOfFilesInPostRequest: It has no file.
    """
    found = _boundary_of(request.header(b"content-type") or b"")
    if found is None:
        raise _malformed("the boundary")
    length = request.header(b"content-length") or b""
    if not _is_length(length):
        raise MissingContentLength("You must provide the Content-Length HTTP header.")
    reader = _Reader(body, b"\r\n--" + (found[1] or found[2]))
    if await reader.until(reader.delimiter):
        raise _malformed("something stands before the first field")
    fields: dict[str, str] = {}
    while True:
        following = await reader.exactly(2)
        if following not in {b"\r\n", b"--"}:
            raise _malformed("a boundary goes on")
        if following == b"--":
            raise IncorrectNumberOfFilesInPostRequest("POST requires exactly one file upload per request.")
        name, filename = _named(await reader.until(b"\r\n\r\n", _MOST_HEADERS))
        if name == FILE:
            return await _with_file(fields, filename, reader, int(length))
        value = _decoded(await reader.until(reader.delimiter))
        if name in fields:
            raise _malformed(f"the field {name[:64]} comes twice")
        fields[name] = value


class _Reader:
    """
    What has come of a body and was not read yet.

    Attributes:
        buffer: Begins with a line break of ours, so that the first delimiter is like all others.
        came: How many bytes have come.
    """

    def __init__(self, body: Body, delimiter: bytes) -> None:
        self._body = body
        self.delimiter = delimiter
        self.buffer = bytearray(b"\r\n")
        self.came = 0
        self._before_file = 0

    async def more(self) -> bool:
        """Wait for more; False at the end."""
        async for piece in self._body:
            self.buffer += piece
            self.came += len(piece)
            return True
        return False

    async def until(self, mark: bytes, most: int = MOST_BEFORE_FILE) -> bytes:
        """Take what stands before *mark*, and *mark*; raises what `read_form` raises."""
        while (at := self.buffer.find(mark)) < 0:
            if len(self.buffer) > most + len(mark) or self._before_file + len(self.buffer) > MOST_BEFORE_FILE:
                break
            if not await self.more():
                raise _malformed("it ends too early")
        self._before_file += at + len(mark)
        if not 0 <= at <= most or self._before_file > MOST_BEFORE_FILE:
            raise MaxPostPreDataLengthExceededError(
                "Your POST request fields preceding the upload file was too large."
            )
        taken = bytes(self.buffer[:at])
        del self.buffer[: at + len(mark)]
        return taken

    async def exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if not await self.more():
                raise _malformed("it ends too early")
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    async def drain(self) -> None:
        """Read what comes after the file, which nobody wants."""
        self.buffer.clear()
        while await self.more():
            self.buffer.clear()


async def _with_file(fields: Mapping[str, str], filename: str, reader: _Reader, total: int) -> Form:
    while reader.delimiter not in reader.buffer and len(reader.buffer) < _HELD:
        if not await reader.more():
            raise _malformed("it ends too early")
    at = reader.buffer.find(reader.delimiter)
    if at >= 0:
        return Form(fields, filename, at, _short(reader, at))
    # Nobody tells how long the file is.  Of forms that end as every browser ends them it is known nevertheless.
    left = total - reader.came + len(reader.buffer)
    length = left - len(reader.delimiter) - len(b"--\r\n")
    if length < len(reader.buffer) - len(reader.delimiter):
        raise _malformed("it is longer than its head says")
    return Form(fields, filename, length, _long(reader, length))


async def _short(reader: _Reader, length: int) -> Body:
    content = bytes(reader.buffer[:length])
    del reader.buffer[: length + len(reader.delimiter)]
    await _end(reader)
    if content:
        yield content


async def _long(reader: _Reader, length: int) -> Body:
    sent, held = 0, b""
    # A delimiter may come in two pieces.
    kept = len(reader.delimiter) - 1
    while (at := reader.buffer.find(reader.delimiter)) < 0:
        piece = bytes(reader.buffer[:-kept])
        del reader.buffer[:-kept]
        if piece:
            if sent + len(held) + len(piece) > length:
                raise _malformed("the file is not its last field, or does not end with a line break")
            if held:
                sent += len(held)
                yield held
            held = piece
        if not await reader.more():
            raise _malformed("it ends too early")
    last = held + bytes(reader.buffer[:at])
    del reader.buffer[: at + len(reader.delimiter)]
    await _end(reader)
    if sent + len(last) != length:
        raise _malformed("the file is not its last field, or does not end with a line break")
    yield last


async def _end(reader: _Reader) -> None:
    # AWS: *POST Object*: "Any fields below it are ignored."
    if await reader.exactly(2) not in {b"--", b"\r\n"}:
        raise _malformed("what follows the file")
    await reader.drain()


def _named(headers: bytes) -> tuple[str, str]:
    """Return the name of a field in lower case, and that of its file."""
    disposition: bytes | None = None
    for line in headers.split(b"\r\n"):
        if not _is_header(line):
            raise _malformed("a header of a field")
        name, _, value = line.partition(b":")
        if name.lower() == b"content-disposition":
            if disposition is not None:
                raise _malformed("a header of a field comes twice")
            disposition = value
    if disposition is None or not _is_disposition(disposition):
        raise _malformed("a field has no name")
    given: dict[bytes, bytes] = {}
    for found in _parameters(disposition):
        key = found[1].lower()
        if key in given:
            raise _malformed("a field has two names")
        given[key] = _escaped.sub(rb"\1", found[2]) if found[2] is not None else found[3]
    if b"name" not in given:
        raise _malformed("a field has no name")
    filename = _decoded(given.get(b"filename", b""))
    # AWS: "only the text following the last slash (/) or backslash (\) is used".
    return _decoded(given[b"name"]).lower(), re.split(r"[/\\]", filename)[-1]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _malformed("a field is not UTF-8") from None


def _malformed(detail: str) -> MalformedPOSTRequest:
    return MalformedPOSTRequest(
        "The body of your POST request is not well-formed multipart/form-data.", detail=detail
    )
