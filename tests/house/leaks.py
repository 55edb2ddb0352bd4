"""Look for secrets where none may be, in every form in which they could have got there."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

WINDOW: Final = 16
"""A part of a secret of this length is as bad as the whole; shorter ones occur by chance."""

# Six digits occur by chance in these.
_TIMES = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}")


def forms(secret: bytes) -> Iterator[bytes]:
    """Yield *secret* as it is, reversed, and encoded."""
    yield secret
    yield secret[::-1]
    yield quote(secret, safe="").encode()
    for hexadecimal in (binascii.hexlify(secret), binascii.hexlify(secret[::-1])):
        yield hexadecimal
        yield hexadecimal.upper()
    for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            # What stands in front decides how the bits fall; the first and last characters mix with the neighbours.
            encoded = alphabet(b"\0" * shift + secret).rstrip(b"=")
            yield encoded[4 if shift else 0 : -2]


def parts(secret: bytes) -> Iterator[bytes]:
    """Yield windows of *secret*, so that a cut-off one is found, too; of a long one, some."""
    if len(secret) <= WINDOW:
        yield secret
    else:
        for start in range(0, len(secret) - WINDOW + 1, max(WINDOW // 2, len(secret) // 8)):
            yield secret[start : start + WINDOW]


def found_in(places: Mapping[str, bytes], secrets: Mapping[str, str]) -> list[str]:
    """Return ``name of the secret in name of the place`` for each that is there in any form."""
    needles = {
        name: {form for part in parts(secret.encode()) for form in forms(part)}
        for name, secret in secrets.items()
    }
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for name, wanted in needles.items()
        if any(needle in content for needle in wanted)
    ]


def codes_in(places: Mapping[str, bytes], codes: Iterable[str]) -> list[str]:
    """Return where one of these one-time passwords stands as a number of its own."""
    wanted = set(codes)
    return [
        f"{number.decode()} in {place}"
        for place, content in places.items()
        for number in re.findall(rb"(?<![0-9a-zA-Z.])\d{6}(?![0-9a-zA-Z.])", _TIMES.sub(b"", content))
        if number.decode() in wanted
    ]


def contents(paths: Iterable[Path]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in paths if path.is_file()}
