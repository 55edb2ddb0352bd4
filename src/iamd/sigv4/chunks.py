"""
Bodies that are signed chunk by chunk: verified, and signed anew under another key.

AWS: *Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks* and *Trailing
headers*.  Each chunk carries a signature over the one before it, the first over the seed: the signature of the head.
A chunk leaves here only when it is whole and verified, so that what a stranger puts into a body goes nowhere; and it
leaves as long as it came, so that a length that was told stays true.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from iamd.hmac_key import HmacKey
from iamd.sigv4.errors import MalformedPayload, SignatureDoesNotMatch

SIGNED: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_WITH_TRAILER: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_WITH_TRAILER: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

_MOST_IN_CHUNK: Final = 16 * 1024 * 1024
_LONGEST_LINE: Final = 256
_LONGEST_TRAILER: Final = 8 * 1024
_EMPTY_HASH: Final = sha256(b"").hexdigest()

_is_head = re.compile(rb"([0-9A-Fa-f]{1,8});chunk-signature=([0-9a-f]{64})").fullmatch
_is_trailer = re.compile(rb"([a-z0-9-]+):([ -~]*)").fullmatch


@dataclass(frozen=True, slots=True)
class Signer:
    """
    What chunks are signed with.

    Attributes:
        key: The signing key of the scope.
        amz_date: As in the head.
        scope: The credential scope, as in the head.
        seed: The signature of the head.
    """

    key: HmacKey
    amz_date: str
    scope: str
    seed: str

    def chunk(self, previous: str, data: bytes) -> str:
        """Return the signature of a chunk that follows the one signed *previous*."""
        return self._sign("AWS4-HMAC-SHA256-PAYLOAD", previous, f"{_EMPTY_HASH}\n{sha256(data).hexdigest()}")

    def trailer(self, previous: str, canonical: bytes) -> str:
        """Return the signature of the trailing headers."""
        return self._sign("AWS4-HMAC-SHA256-TRAILER", previous, sha256(canonical).hexdigest())

    def _sign(self, algorithm: str, previous: str, rest: str) -> str:
        text = f"{algorithm}\n{self.amz_date}\n{self.scope}\n{previous}\n{rest}"
        return self.key.digest(text.encode()).hex()


class Resigner:
    """
    Takes a body in pieces, as they come, and returns what may go on.

    ``feed`` each piece, then ``finish``; either raises when the body is not what was signed.
    """

    def __init__(self, theirs: Signer, ours: Signer, *, decoded_length: int, trailer: bool) -> None:
        """
        Begin a body.

        Args:
            theirs: Whose signatures it carries.
            ours: Whose signatures it gets.
            decoded_length: What ``x-amz-decoded-content-length`` says; the chunks must add up to it.
            trailer: Whether trailing headers, signed too, follow the last chunk.
        """
        self._theirs, self._ours = theirs, ours
        self._their_last, self._our_last = theirs.seed, ours.seed
        self._left = decoded_length
        self._trailer = trailer
        self._buffer = bytearray()
        self._wanted = 0  # Bytes of the chunk in hand, with the line break behind it.
        self._claimed = ""
        self._size_text = b""
        self._in_chunk = False
        self._last_seen = False
        self._done = False

    def feed(self, data: bytes) -> bytes:
        """
        Return what of the body is verified now, signed anew.

        Raises:
            MalformedPayload: It is not framed as it should be, or longer than it said.
            SignatureDoesNotMatch: A chunk or the trailer is not what was signed.
        """
        self._buffer += data
        out: list[bytes] = []
        while (made := self._step()) is not None:
            out.append(made)
        return b"".join(out)

    def finish(self) -> None:
        """
        Say that nothing more comes.

        Raises:
            MalformedPayload: Something is missing.
        """
        if not self._done or self._buffer:
            raise MalformedPayload("The request body terminated unexpectedly")

    def _step(self) -> bytes | None:
        """Return the next verified part; None when more bytes are needed."""
        if self._done:
            if self._buffer:
                raise MalformedPayload("The body goes on behind its end.")
            return None
        if self._in_chunk:
            return self._chunk()
        if self._last_seen:
            return self._end()
        line = self._line(_LONGEST_LINE)
        if line is None:
            return None
        head = _is_head(line)
        if head is None:
            raise MalformedPayload("A chunk of the body does not begin as one.")
        size = int(head[1], 16)
        if size > _MOST_IN_CHUNK:
            raise MalformedPayload(f"A chunk of the body is larger than {_MOST_IN_CHUNK} bytes.")
        self._claimed = head[2].decode()
        if size > self._left:
            raise MalformedPayload("The body is longer than x-amz-decoded-content-length says.")
        self._left -= size
        self._wanted = size + 2
        self._size_text = head[1]
        if size:
            self._in_chunk = True
            return b""
        return self._last()

    def _chunk(self) -> bytes | None:
        if len(self._buffer) < self._wanted:
            return None
        data = bytes(self._buffer[: self._wanted - 2])
        if self._buffer[self._wanted - 2 : self._wanted] != b"\r\n":
            raise MalformedPayload("A chunk of the body does not end where it should.")
        del self._buffer[: self._wanted]
        self._in_chunk = False
        return self._resigned(data) + data + b"\r\n"

    def _last(self) -> bytes:
        if self._left:
            raise MalformedPayload("The body is shorter than x-amz-decoded-content-length says.")
        self._last_seen = True
        return self._resigned(b"")

    def _resigned(self, data: bytes) -> bytes:
        """Verify a chunk and return the line that begins it anew."""
        expected = self._theirs.chunk(self._their_last, data)
        if not hmac.compare_digest(expected, self._claimed):
            raise SignatureDoesNotMatch(detail="the signature of a chunk")
        self._their_last = expected
        self._our_last = self._ours.chunk(self._our_last, data)
        return b"%b;chunk-signature=%b\r\n" % (self._size_text, self._our_last.encode())

    def _end(self) -> bytes | None:
        if not self._trailer:
            if len(self._buffer) < 2:
                return None
            if self._buffer[:2] != b"\r\n":
                raise MalformedPayload("The body does not end where it should.")
            del self._buffer[:2]
            self._done = True
            return b"\r\n"
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _LONGEST_TRAILER:
                raise MalformedPayload("The trailing headers are too long.")
            return None
        lines = bytes(self._buffer[:end]).split(b"\r\n")
        del self._buffer[: end + 4]
        self._done = True
        return self._trailing(lines)

    def _trailing(self, lines: list[bytes]) -> bytes:
        found = [_is_trailer(line) for line in lines]
        headers = [(each[1], each[2].strip()) for each in found if each is not None]
        if len(headers) != len(lines) or len(dict(headers)) != len(headers):
            raise MalformedPayload("The trailing headers cannot be read.")
        *signed, (name, claimed) = headers
        if name != b"x-amz-trailer-signature":
            raise MalformedPayload("The trailing headers are not signed.")
        canonical = b"".join([b"%b:%b\n" % header for header in sorted(signed)])
        expected = self._theirs.trailer(self._their_last, canonical)
        if not hmac.compare_digest(expected.encode(), claimed):
            raise SignatureDoesNotMatch(detail="the signature of the trailing headers")
        ours = self._ours.trailer(self._our_last, canonical)
        # With its blanks: the length of the body was told.
        lines[-1] = lines[-1].replace(claimed, ours.encode())
        return b"\r\n".join([*lines, b"", b""])

    def _line(self, longest: int) -> bytes | None:
        end = self._buffer.find(b"\r\n", 0, longest + 2)
        if end < 0:
            if len(self._buffer) > longest:
                raise MalformedPayload("A line of the body is too long.")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line
