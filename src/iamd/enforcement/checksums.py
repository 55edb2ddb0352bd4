"""
Checksums of short bodies that are answered here, as S3 holds them to what their headers declare.

AWS: *Checking object integrity in Amazon S3*.  What passes on to an upstream is checked there.
"""

import zlib
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import md5, sha1, sha256
from hmac import compare_digest
from typing import Final

from iamd.enforcement.refusals import InvalidRequest
from iamd.http import Request


class BadDigest(InvalidRequest):
    """The body is not the one whose checksum the request has."""


class InvalidDigest(InvalidRequest):
    """The checksum cannot be one."""


def check_checksums(request: Request, body: bytes) -> None:
    """
    Hold *body* to every checksum that *request* declares.

    Raises:
        BadDigest: It has another.
        InvalidDigest: One of them cannot be one.
    """
    for header, calculate in _CHECKSUMS.items():
        declared = request.header(header)
        if declared is None:
            continue
        name = header.decode()
        try:
            given = b64decode(declared, validate=True)
        except Error:
            raise InvalidDigest(f"The {name} you specified is not valid.") from None
        if not compare_digest(given, calculate(body)):
            raise BadDigest(f"The {name} you specified did not match what we received.")


def _reflected(polynomial: int, bits: int, body: bytes) -> bytes:
    """Return a cyclic redundancy check whose bits are reflected, begun and ended with all ones."""
    ones = (1 << bits) - 1
    value = ones
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ polynomial if value & 1 else value >> 1
    return (value ^ ones).to_bytes(bits // 8, "big")


_CHECKSUMS: Final[Mapping[bytes, Callable[[bytes], bytes]]] = {
    b"content-md5": lambda body: md5(body, usedforsecurity=False).digest(),
    b"x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    b"x-amz-checksum-crc32c": partial(_reflected, 0x82F63B78, 32),
    b"x-amz-checksum-crc64nvme": partial(_reflected, 0x9A6C9329AC4BC9B5, 64),
    b"x-amz-checksum-sha1": lambda body: sha1(body, usedforsecurity=False).digest(),
    b"x-amz-checksum-sha256": lambda body: sha256(body).digest(),
}


def encoded(body: bytes, header: bytes) -> bytes:
    """Return the value of *header* that is right for *body*."""
    return b64encode(_CHECKSUMS[header](body))
