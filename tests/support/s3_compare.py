"""What two tellings of a story (`s3_surface`) must have in common, and what they cannot."""

import re
from collections.abc import Iterable, Mapping
from difflib import unified_diff
from itertools import zip_longest
from typing import Final

from tests.support.s3_surface import Exchange

DIFFER: Final[Mapping[str, str]] = {
    "connection": "of one connection",
    "date": "the server's that the client talks to: its clock is what signatures are held against",
    "keep-alive": "of one connection",
    "transfer-encoding": "of one connection",
    "x-iamd-request-id": "the gateway's own",
}
"""Headers that are not compared, and why."""

_NAMED: Final = "RequestId|HostId|UploadId|VersionId|NextVersionIdMarker|DeleteMarkerVersionId"
_HEADERS: Final = "x-amz-version-id|x-amz-request-id|x-amz-id-2|x-amz-copy-source-version-id|x-amzn-requestid"
_TIMES: Final = "CreationDate|LastModified|Initiated"
# Made anew each time; the same one must stay the same one.
_ID: Final = re.compile(rf"(?m)(<(?:{_NAMED})>|^(?:{_HEADERS}): )([^<\n]+)")
_TIME: Final = re.compile(rf"(?m)(<(?:{_TIMES})>|^last-modified: )([^<\n]+)")
_PLACE: Final = re.compile(r"127\.0\.0\.1:[0-9]+")


def comparable(exchanges: Iterable[Exchange]) -> list[str]:
    """Return each answer as a text, without what is made anew each time; ids are named by their order of appearance."""
    seen: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return found[1] + seen.setdefault(found[2], f"[{len(seen)}]")

    def plain(text: str) -> str:
        return _ID.sub(named, _TIME.sub(r"\1[time]", _PLACE.sub("STORE", text)))

    texts = []
    for each in exchanges:
        body = plain(each.body.decode("latin-1"))
        lines = [plain(f"{name}: {value}") for name, value in each.headers if name not in DIFFER]
        if body != each.body.decode("latin-1"):
            # Ids are of several lengths; that the body has the length which is told is the client's to see.
            lines = [line for line in lines if not line.startswith("content-length: ")]
        texts.append("\n".join([f"{each.said}: {each.status}", *sorted(lines), "", body]))
    return texts


def differences(expected: Iterable[Exchange], actual: Iterable[Exchange]) -> list[str]:
    """Return, for each answer that is not the same, how it differs: lines with ``-`` are only in *expected*."""
    pairs = zip_longest(comparable(expected), comparable(actual), fillvalue="")
    return [
        "\n".join(
            [
                one.partition("\n")[0] or "nothing",
                *unified_diff(one.splitlines(), other.splitlines(), n=0, lineterm=""),
            ][:40]
        )
        for one, other in pairs
        if one != other
    ]
