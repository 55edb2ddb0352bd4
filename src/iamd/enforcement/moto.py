"""
What moto's server reads otherwise than AWS does, and would do instead of what was authorized.

It takes every body for a form, whatever its type, and looks there for an ``Action`` before it looks at the target or the path; of S3 it takes the
fields of a form for parameters of the query.  Requests that could mean two things to it are refused, where the settings say that an
upstream is one (``kind = "moto"``).
"""

from typing import Final

from iamd.enforcement.mapping.asked import Asked, UnmappedRequest
from iamd.enforcement.routing import S3
from iamd.enforcement.upstreams import Upstream
from iamd.http import Request
from iamd.sigv4 import canonical

_FORMS: Final = frozenset({b"application/x-www-form-urlencoded", b"multipart/form-data"})
_OF_FORMS: Final = frozenset({"query", "ec2"})


def is_moto(upstream: Upstream | None) -> bool:
    return upstream is not None and upstream.kind == "moto"


def check_read_once(upstream: Upstream | None, request: Request, asked: Asked) -> None:
    """
    Refuse what means something else to *upstream*, if it is one.

    Args:
        upstream: Where the request goes.
        request: With its body, but of S3.
        asked: What it means.

    Raises:
        UnmappedRequest: It does.
    """
    if not is_moto(upstream) or asked.protocol in _OF_FORMS:
        return
    if asked.service == S3:
        media_type = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
        if media_type in _FORMS:
            raise UnmappedRequest("The upstream would take the body for a form.")
    elif any(canonical.decode(field.partition(b"=")[0]) == b"Action" for field in request.body.split(b"&")):
        raise UnmappedRequest("The upstream would take the body for a form, with an action of its own.")
