"""
The path of a request as both sides read it.

An upstream may read a path in another way than the one that was authorized: it may collapse ``..`` and ``//``, decode
``%2F``, stop at a NUL.  Such a path is refused, unless the operator says that the upstream takes it as it is (R-20,
R-73).  A bucket may be named by the host instead of the path; for mapping and for the upstream it is put into the path.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from iamd.enforcement.refusals import InvalidRequest
from iamd.http import Request
from iamd.sigv4 import canonical
from iamd.sigv4.claim import PARAMETERS

_AMBIGUOUS: Final = re.compile(rb"%2f|%5c|%00|%7f|%0[0-9a-f]|%1[0-9a-f]|[\\;]", re.IGNORECASE)
_AMBIGUOUS_ELSEWHERE: Final = re.compile(rb"%00|%7f|%0[0-9a-f]|%1[0-9a-f]|[\\;]", re.IGNORECASE)

# Frameworks take the method, the path or the operation from these; MinIO removes whole prefixes and unpacks archives upon its own.
_OF_FRAMEWORKS: Final = frozenset(
    {b"x-http-method", b"x-http-method-override", b"x-method-override", b"x-rewrite-url"}
)
_OTHER_MEANINGS: Final = _OF_FRAMEWORKS | {b"action", b"x-amz-meta-snowball-auto-extract"}
_OF_STORES: Final = (b"x-minio-", b"x-rgw-")
# R-14: by these other services' operations are asked for, whatever the target says.
_NOT_OF_S3: Final = frozenset({b"x-amz-target", b"smithy-protocol"})
_is_bucket = re.compile(rb"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]").fullmatch


def check_header_names(request: Request) -> None:
    """
    Refuse headers that one server takes for another one.

    Raises:
        InvalidRequest: One has an underscore in its name.
    """
    # many servers take `_` and `-` for the same.  Metadata of S3 may have it, and is signed.
    for name, _ in request.headers:
        if b"_" in name and not name.startswith(b"x-amz-meta-"):
            raise InvalidRequest(f"The header {name.decode('latin-1')} has an underscore in its name.")


def check_meaning(request: Request, *, of_s3: bool) -> None:
    """
    Refuse headers, and a query, by which some upstreams do something else than method, target and body say.

    No client of AWS sends them; what they do was not authorized.

    Raises:
        InvalidRequest: There is one.
    """
    for name, _ in request.headers:
        if name in _OTHER_MEANINGS or name.startswith(_OF_STORES) or (of_s3 and name in _NOT_OF_S3):
            raise InvalidRequest(f"The header {name.decode('latin-1')} is not passed on.")
    # Some servers begin a new parameter there, and Go leaves the whole one out.  Of a signature it is taken away.
    if b";" in request.raw_query and any(
        b";" in piece and canonical.decode(piece.partition(b"=")[0]).lower() not in PARAMETERS
        for piece in request.raw_query.split(b"&")
    ):
        raise InvalidRequest("The query holds a semicolon: write %3B.")
    if request.header(b"x-amz-trailer") is not None and any(
        not trailer.strip().lower().startswith(b"x-amz-checksum-")
        for value in request.header_values(b"x-amz-trailer")
        for trailer in value.split(b",")
    ):
        raise InvalidRequest("Behind the body there can be checksums alone.")


def check_rerouting(request: Request) -> None:
    """
    Refuse headers by which a framework behind a proxy takes another method or path than those that were signed.

    A proxy passes them on, and asks nobody here to take them away.

    Raises:
        InvalidRequest: There is one.
    """
    for name, _ in request.headers:
        if name in _OF_FRAMEWORKS:
            raise InvalidRequest(f"The header {name.decode('latin-1')} must not be sent.")
    target = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
    of_host = b"://" + (request.header(b"host") or b"") + target
    for said in request.header_values(b"x-original-url"):
        # Proxies of some kinds say by it what was asked, which is nothing new.
        if said != target and said not in {b"http" + of_host, b"https" + of_host}:
            raise InvalidRequest("The header x-original-url must not be sent.")


def check_path(request: Request, *, kept: bool, of_s3: bool) -> None:
    """
    Refuse a path that the upstream might read in another way, and such a one that an object is copied from.

    Args:
        request: As it came.
        kept: The upstream takes paths as they are.
        of_s3: The path names a key; of other services it may hold an ARN, whose slashes are encoded.

    Raises:
        InvalidRequest: Its encoding is malformed, or ambiguous.
    """
    _check_encoding(request.raw_query)
    _check_path(request.raw_path, kept=kept, of_s3=of_s3)
    source = request.header(b"x-amz-copy-source")
    if of_s3 and source is not None:
        path, _, query = source.partition(b"?")
        if b"#" in source:
            raise InvalidRequest("The copy source holds a fragment.")
        if b"+" in path:
            # versitygw takes it for a blank, as in a form, and MinIO for itself.
            raise InvalidRequest("The copy source holds a plus sign: write %2B, or %20 for a blank.")
        _check_encoding(query)
        _check_path(b"/" + path.removeprefix(b"/"), kept=kept, of_s3=True)


def _check_encoding(text: bytes) -> None:
    if not canonical.is_well_encoded(text):
        raise InvalidRequest("The percent-encoding of the URI is malformed.")
    try:
        unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise InvalidRequest("The URI is not UTF-8.") from None


def _check_path(path: bytes, *, kept: bool, of_s3: bool) -> None:
    _check_encoding(path)
    if kept:
        return
    ambiguous = _AMBIGUOUS.search(path) if of_s3 else _AMBIGUOUS_ELSEWHERE.search(path)
    if ambiguous is not None:
        raise InvalidRequest(
            "The URI holds an encoded slash, a backslash, a semicolon or a control character."
        )
    decoded = unquote_to_bytes(path)
    segments = decoded.split(b"/")
    if b"." in segments or b".." in segments or b"//" in decoded:
        raise InvalidRequest("The URI holds a dot segment or an empty segment.")


def in_path_style(request: Request, suffixes: tuple[bytes, ...]) -> Request:
    """
    Return *request* with the bucket in its path.

    Args:
        request: Of S3, as it came.
        suffixes: The host names under which buckets are hosts of their own, such as ``s3.example.com``.
    """
    host = (request.header(b"host") or b"").lower().rsplit(b":", 1)[0]
    for suffix in suffixes:
        bucket = host.removesuffix(b"." + suffix)
        if bucket != host and _is_bucket(bucket):
            return msgspec.structs.replace(request, raw_path=b"/" + bucket + request.raw_path)
    return request
