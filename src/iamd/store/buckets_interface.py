"""
What the archive promises of buckets.

The rules of `iamd.store.interface` hold here, too.
"""

from typing import Protocol

from iamd.domain.buckets import Bucket


class Buckets(Protocol):
    """Found by their names, which are those of the whole installation."""

    def add(self, bucket: Bucket) -> None: ...
    def find(self, name: str) -> Bucket | None: ...
    def put(self, bucket: Bucket) -> None: ...
    def delete(self, bucket: Bucket) -> None: ...
    def names(self) -> list[str]:
        """Return all of them, in their order."""
        ...
