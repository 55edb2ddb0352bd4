"""
Enforcement points: the proxies and services that ask, each with a key of its own.

What such a point says of the request that it has got (its method, its address) is believed, and so a point proves itself
first.  Without a point in the settings nobody is believed and nothing is answered.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated, Final, Literal
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Meta

from iamd.secret import Secret
from iamd.wire.model import SERVICES

SMALLEST_KEY: Final = 16
DEFAULT_NAME: Final = "default"

_is_place = re.compile(r"\{([a-z_]{1,32})\}", re.ASCII).fullmatch
_place = re.compile(r"\{([a-z_]{1,32})\}", re.ASCII)
_OWN_SERVICES: Final = frozenset(SERVICES)
_is_service = re.compile(r"[a-z0-9-]{1,64}", re.ASCII).fullmatch
_OF_CALLER: Final = frozenset({"account", "region"})

Method = Literal["*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def check_service(name: str) -> None:
    """
    Refuse a name that is not for requests to enforcement points.

    Raises:
        ValueError: It is none, or iamd's own.
    """
    if not _is_service(name):
        raise ValueError(f"`{name[:64]}` is not the name of a service")
    if name in _OWN_SERVICES:
        # nobody may hold out what was signed for iamd, and be told whose it is.
        raise ValueError(f"requests to `{name}` are for iamd itself, and for no enforcement point")


class ApiRoute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One route of an API of the operator's own, and what it needs.

    Attributes:
        methods: Those that it is for, or ``*``; HEAD is not GET.
        path: Its segments; ``{name}`` stands for any one segment.
        action: ``orders:GetOrder``.
        resource: An ARN or ``*``.  ``{name}`` is the segment of the path, ``{account}`` and ``{region}`` are the caller's.
    """

    methods: Annotated[list[Method], Meta(min_length=1)]
    path: Annotated[str, Meta(pattern=r"\A/[!-~]*\Z")]
    action: Annotated[str, Meta(pattern=r"\A[a-z0-9-]{1,64}:[A-Za-z0-9]{1,128}\Z")]
    resource: str = "*"

    def __post_init__(self) -> None:
        """
        Refuse a route that cannot be meant.

        Raises:
            ValueError: Says why.
        """
        named = [found[1] for segment in self.path.split("/") if (found := _is_place(segment))]
        if any(
            ("{" in segment or "}" in segment) and not _is_place(segment) for segment in self.path.split("/")
        ):
            raise ValueError(f"`path` {self.path}: a place such as `{{id}}` is a whole segment")
        if len(set(named)) != len(named) or _OF_CALLER & set(named):
            raise ValueError(
                f"`path` {self.path}: each place needs a name of its own, not `account` or `region`"
            )
        if self.action.partition(":")[0] in _OWN_SERVICES:
            raise ValueError(f"`action` {self.action} is iamd's own")
        if self.resource != "*" and not self.resource.startswith("arn:"):
            raise ValueError(f"`resource` {self.resource} is neither an ARN nor `*`")
        unknown = set(_place.findall(self.resource)) - set(named) - _OF_CALLER
        if unknown or not {"{", "}"}.isdisjoint(_place.sub("", self.resource)):
            raise ValueError(f"`resource` {self.resource} has a place that `path` has not")

    def places_in(self, method: str, raw_path: bytes) -> dict[str, str] | None:
        """Return what stands in the places of the path; None when this route is not meant."""
        if method not in self.methods and "*" not in self.methods:
            return None
        wanted, given = self.path.split("/"), raw_path.split(b"/")
        if len(wanted) != len(given):
            return None
        places: dict[str, str] = {}
        for segment, raw in zip(wanted, given, strict=True):
            value = unquote_to_bytes(raw).decode()
            place = _is_place(segment)
            if place is None and segment != value:
                return None
            if place is not None:
                if not value:
                    return None
                places[place[1]] = value
        return places

    def resource_of(self, places: dict[str, str]) -> str:
        """Return the resource, its places filled in at once: what stands in one of them opens no other."""
        return _place.sub(lambda found: places[found[1]], self.resource)


class EnforcementPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One ``[[enforcement_point]]`` of ``iamd.toml``.

    Attributes:
        name: For the operator.
        key: What it proves itself with.
        service: What clients sign their requests for: ``s3``, or the name of an API of the operator's own.
        routes: Of such an API; without them requests are mapped as those to the AWS service are.
        account_id: Whose users MinIO's are; the server's own when None.
        keeps_paths: As of an upstream: whether the service behind takes ``//`` and ``/../`` as they are.
    """

    name: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]
    key: Secret
    service: Annotated[str, Meta(pattern=r"\A[a-z0-9-]{1,64}\Z")] = "s3"
    routes: list[ApiRoute] = []
    account_id: Annotated[str, Meta(pattern=r"\A[0-9]{12}\Z")] | None = None
    keeps_paths: bool = False

    def __post_init__(self) -> None:
        """
        Refuse what is not safe.

        Raises:
            ValueError: The key is too short, or cannot be sent, or the service is iamd's own.
        """
        check_service(self.service)
        text = self.key.reveal()
        if len(text) < SMALLEST_KEY:
            raise ValueError(
                f"the key of the enforcement point {self.name} has fewer than {SMALLEST_KEY} characters"
            )
        if not text.isascii() or not text.isprintable() or text != text.strip() or "," in text:
            raise ValueError(f"the key of the enforcement point {self.name} cannot be sent in a header")


class Points:
    """All of them, found by their keys."""

    def __init__(self, points: Sequence[EnforcementPoint]) -> None:
        self._points = tuple((sha256(each.key.reveal().encode()).digest(), each) for each in points)

    def find(self, key: bytes | None) -> EnforcementPoint | None:
        """Return the point that has *key*; takes as long whichever it is, and however much of a key is right."""
        if not key:
            return None
        shown = sha256(key).digest()
        found: EnforcementPoint | None = None
        for digest, point in self._points:
            if compare_digest(digest, shown):
                found = point
        return found
