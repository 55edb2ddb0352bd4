"""
Which requests are the gateway's, and which service each of them is for.

The wire keeps what is signed for IAM, STS and Organizations, and what is unsigned and asks at ``/``: the two operations
that need no signature.  Everything else, signed for another service or sent to another path, is for an upstream.

Nothing here is believed: it says where a request goes, and the signature is verified for that very service later.
"""

import re
from collections.abc import Iterable
from typing import Final

from iamd.http import Request
from iamd.wire.model import SERVICES

OWN_PREFIX: Final = b"/_iamd/"
S3: Final = "s3"

_scope_of = re.compile(rb"(?:/|%2[Ff])([a-z0-9-]{1,64})(?:/|%2[Ff])aws4_request(?![A-Za-z0-9_])").search
_FORM: Final = b"multipart/form-data"
_OWN: Final = frozenset(name.encode() for name in SERVICES)


def is_for_gateway(url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Say whether a request with this target and these headers (names in lower case) is not the wire's."""
    if url.startswith(OWN_PREFIX):
        return False
    path, _, query = url.partition(b"?")
    form = False
    for name, value in headers:
        if name == b"authorization":
            found = _scope_of(value)
            return found is not None and found[1] not in _OWN
        if name == b"content-type":
            # The wire takes no forms with files: it is one for a bucket that is a host.
            form = value[: len(_FORM)].lower() == _FORM
    if query and (found := _scope_of(query)):
        return found[1] not in _OWN
    return form or path != b"/"


def scope_service(request: Request) -> str:
    """Return the service whose protocol an error is written in; unsigned requests are taken for S3's."""
    header = request.header(b"authorization")
    for text in (header, request.raw_query):
        if text and (found := _scope_of(text)):
            return found[1].decode()
    return S3
