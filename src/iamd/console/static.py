"""
The console's own files, as `make console` has built them.

Read once, when the first is asked for.  What has a digest in its name never changes; what has none is asked for each time.
A path is looked up among the files that there are, and never made into a name of one (R-20).
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Final

from iamd.console.links import PAGE
from iamd.http import Request, Response

_FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".woff2": b"font/woff2",
}
_CODINGS: Final = ((b"br", ".br"), (b"gzip", ".gz"))
_FOR_EVER: Final = b"public, max-age=31536000, immutable"


@dataclass
class _File:
    """
    A file, compressed: nearly every browser takes it so.

    Whoever does not gets what everybody else gets who does not: thousands who leave an answer unread would have to be kept a copy for
    each (R-84).
    """

    kind: bytes
    lasting: bool
    coded: dict[bytes, bytes]

    @cached_property
    def plain(self) -> bytes:
        return gzip.decompress(self.coded[b"gzip"])


class StaticFiles:
    """The files in a folder, by the path at which they are served."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._folder = folder

    @cached_property
    def _files(self) -> Mapping[bytes, _File]:
        found: dict[bytes, _File] = {}
        for path in sorted(self._folder.rglob("*.gz")):
            name = path.relative_to(self._folder).as_posix().removesuffix(".gz")
            coded = {coding: path.with_suffix(suffix).read_bytes() for coding, suffix in _CODINGS}
            kind = _TYPES[Path(name).suffix]
            found[PAGE + name.encode()] = _File(kind, name.startswith("assets/"), coded)
        if PAGE + b"index.html" in found:
            found[PAGE] = found[PAGE + b"index.html"]
        return found

    async def answer(self, request: Request) -> Response:
        """Answer a request for a file."""
        file = self._files.get(request.raw_path)
        if file is None:
            headers = ((b"content-type", b"text/plain"), (b"cache-control", b"no-store"))
            return Response(status=HTTPStatus.NOT_FOUND, headers=headers, body=b"There is no such page.\n")
        known = (
            (b"content-type", file.kind),
            (b"cache-control", _FOR_EVER if file.lasting else b"no-cache"),
            (b"vary", b"accept-encoding"),
        )
        taken = {
            part.partition(b";")[0].strip().lower()
            for value in request.header_values(b"accept-encoding")
            for part in value.split(b",")
        }
        for coding, _ in _CODINGS:
            if coding in taken and coding in file.coded:
                coded = ((b"content-encoding", coding),)
                return Response(status=HTTPStatus.OK, headers=(*known, *coded), body=file.coded[coding])
        return Response(status=HTTPStatus.OK, headers=known, body=file.plain)
