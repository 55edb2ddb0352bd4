"""
The chain of records: each carries the digest of the one before it.

A chain is the records that one process has written to one target, numbered from 1.  The first names the digest of the last
record that it found there, so that the chains of a target hang together, too; 64 zeros where it found none.

    digest = SHA-256(id LF sequence LF previous LF record)

where the record is in the form of `record.body_of`, without the member ``iamdChain``.  It proves that nothing between two
records was changed, taken out or put in.  It does not prove that nothing was cut off at the end, or that all of it was not
written anew: for that, the digest of a late record must be kept where the writer cannot reach it.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

MEMBER: Final = "iamdChain"
NOTHING: Final = "0" * 64


class Link(msgspec.Struct, frozen=True):
    """The place of a record in its chain."""

    id: str
    sequence: int
    previous: str
    digest: str


class Chain:
    """
    One chain, as it grows.  Not for several threads.

    Attributes:
        id: Of the chain.
        sequence: Of the last record; 0 before the first.
        digest: Of the last record.
    """

    def __init__(self, chain_id: str, previous: str = NOTHING, sequence: int = 0) -> None:
        self.id: Final = chain_id
        self.digest = previous
        self.sequence = sequence

    def next(self, body: bytes) -> Link:
        """Return the link of the next record; it is part of the chain only when `take` is called with it."""
        sequence = self.sequence + 1
        return Link(self.id, sequence, self.digest, digest_of(self.id, sequence, self.digest, body))

    def take(self, link: Link) -> None:
        """Go on behind *link*, which was written."""
        self.sequence, self.digest = link.sequence, link.digest


def digest_of(chain_id: str, sequence: int, previous: str, body: bytes) -> str:
    return sha256(b"%b\n%d\n%b\n%b" % (chain_id.encode(), sequence, previous.encode(), body)).hexdigest()


def line_of(body: bytes, link: Link) -> bytes:
    """Return the record with its link, without a line break."""
    return b'%b,"%b":%b}' % (body[:-1], MEMBER.encode(), msgspec.json.encode(link))


def link_of(record: Mapping[str, Any]) -> Link | None:
    """Return the link of a record that was read; None where it has none that is one."""
    try:
        return msgspec.convert(record.get(MEMBER), Link)
    except msgspec.ValidationError:
        return None


def body_of_read(record: Mapping[str, Any]) -> bytes:
    """Return the form that the digest of a record was taken of, whatever the order of its members is now."""
    plain = {name: value for name, value in record.items() if name != MEMBER}
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode("ascii")
