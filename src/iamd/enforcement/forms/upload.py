"""
A form as the upload that it asks for, and the answer that its browser gets.

What is authorized and what is sent is one request, made of the fields: PutObject, which every store knows.  The bucket is
that of the URL and no other (R-14).

AWS: *POST Object*, with the fields of a form and what is answered.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

import msgspec

from iamd.enforcement.forms.multipart import Form, InvalidArgument, MalformedPOSTRequest
from iamd.enforcement.forward import Made
from iamd.enforcement.mapping import s3_bodies
from iamd.enforcement.passage import Reply
from iamd.enforcement.refusals import NotImplementedHere
from iamd.http import Request, Response

_AS_HEADERS: Final[Mapping[str, bytes]] = {
    "acl": b"x-amz-acl",
    "cache-control": b"cache-control",
    "content-disposition": b"content-disposition",
    "content-encoding": b"content-encoding",
    "content-language": b"content-language",
    "content-type": b"content-type",
    "expires": b"expires",
}
_PREFIXES: Final = (
    "x-amz-checksum-",
    "x-amz-grant-",
    "x-amz-meta-",
    "x-amz-object-lock-",
    "x-amz-server-side-encryption",
)
_AMZ: Final = frozenset({"x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-acl"})
_OF_SIGNATURE: Final = frozenset(
    {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "x-amz-signature"}
)
_is_name = re.compile(r"[a-z0-9._-]{1,256}", re.ASCII).fullmatch
"""Of a header; fewer than RFC 9110 allows, since whatever ends a name would begin another header."""
_FILENAME: Final = "${filename}"
_STATUSES: Final = {"200": 200, "201": 201, "204": 204}
_NO_CONTENT: Final = 204
_CREATED: Final = 201
_SEE_OTHER: Final = 303
_REDIRECTS: Final = 300
_KEPT: Final = (b"etag", b"x-amz-")


class Upload(msgspec.Struct, frozen=True):
    """
    What a form asks for.

    Attributes:
        bucket: Of the URL.
        key: Where the file goes.
        fields: With their variables filled in, and the bucket, as conditions see them.
        request: The upload, without its body.
    """

    bucket: str
    key: str
    fields: Mapping[str, str]
    request: Request


def upload_of(form: Form, bucket: str, sent: Request) -> Upload:
    """
    Return the upload that *form* asks for.

    Args:
        form: Its fields read.
        bucket: That it was sent to.
        sent: The request that it came with.

    Raises:
        InvalidArgument: It names no key.
        MalformedPOSTRequest: A field cannot be sent on, or names another bucket.
        NotImplementedHere: It asks for what nobody here knows.
    """
    fields = {
        name: value.replace(_FILENAME, form.filename) if name not in _OF_SIGNATURE | {"policy"} else value
        for name, value in form.fields.items()
    }
    key = fields.get("key")
    if not key:
        raise InvalidArgument(
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
        )
    if fields.setdefault("bucket", bucket) != bucket:
        raise MalformedPOSTRequest("The form names another bucket than it was sent to.")
    path = f"/{bucket}/{quote(key, safe='/~')}"
    headers = [(name, value) for name, value in sent.headers if name in {b"host", b"user-agent", b"referer"}]
    headers += _headers(fields)
    headers.append((b"content-length", b"%d" % form.length))
    if len({name for name, _ in headers}) != len(headers):
        # `acl` beside `x-amz-acl`: a policy would be asked about the one, and a store might take the other.
        raise MalformedPOSTRequest("Two fields of the form are one header.")
    request = msgspec.structs.replace(
        sent, method="PUT", raw_path=path.encode(), raw_query=b"", headers=tuple(headers), streamed=True
    )
    return Upload(bucket, key, fields, request)


def _headers(fields: Mapping[str, str]) -> Iterator[tuple[bytes, bytes]]:
    for name, value in fields.items():
        if name == "tagging":
            tags = s3_bodies.tags(value.encode())
            yield b"x-amz-tagging", urlencode(tags, quote_via=quote).encode()
            continue
        header = _AS_HEADERS.get(name)
        if header is None and (name in _AMZ or name.startswith(_PREFIXES)):
            if not _is_name(name):
                raise MalformedPOSTRequest("The name of a field cannot be that of a header.")
            header = name.encode()
        if header is None:
            if name.startswith("x-amz-") and name not in _OF_SIGNATURE:
                raise NotImplementedHere(
                    f"The field {name[:64]} implies functionality that is not implemented."
                )
            continue
        if not value.isprintable() or value != value.strip():
            raise MalformedPOSTRequest(f"The field {name[:64]} cannot be a header.")
        yield header, value.encode()


def answered(upload: Upload, reply: Reply) -> Reply:
    """Return what the browser is answered, now that its file was put; what a store refuses stays as it is."""
    if reply.status >= _REDIRECTS:
        return reply
    kept = tuple(header for header in reply.headers if header[0].startswith(_KEPT))
    reply.close()
    etag = next((value.decode("latin-1") for name, value in kept if name == b"etag"), "")
    location = _location(upload)
    fields = upload.fields
    target = fields.get("success_action_redirect", fields.get("redirect", ""))
    if redirect := _redirect(target, upload, etag):
        return Made(Response(status=_SEE_OTHER, headers=(*kept, (b"location", redirect.encode()))))
    # AWS: "If the value is not set to one of these, S3 returns an empty document with a 204 status code".
    status = _STATUSES.get(fields.get("success_action_status", ""), _NO_CONTENT)
    headers = (*kept, (b"location", location.encode()))
    if status != _CREATED:
        return Made(Response(status=status, headers=headers))
    told = {"Location": location, "Bucket": upload.bucket, "Key": upload.key, "ETag": etag}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inner}</PostResponse>'
    return Made(
        Response(status=status, headers=(*headers, (b"content-type", b"application/xml")), body=body.encode())
    )


def _location(upload: Upload) -> str:
    scheme = "https" if upload.request.secure else "http"
    host = (upload.request.header(b"host") or b"").decode("latin-1")
    return f"{scheme}://{host}{upload.request.raw_path.decode()}"


def _redirect(target: str, upload: Upload, etag: str) -> str | None:
    """Return where the browser is sent; None where S3 could not make sense of it either."""
    try:
        url = urlsplit(target)
    except ValueError:
        return None
    if (
        url.scheme not in {"http", "https"}
        or not url.netloc
        or not target.isascii()
        or not target.isprintable()
    ):
        return None
    added = urlencode({"bucket": upload.bucket, "key": upload.key, "etag": etag}, quote_via=quote)
    query = f"{url.query}&{added}" if url.query else added
    return url._replace(query=query, fragment="").geturl()
