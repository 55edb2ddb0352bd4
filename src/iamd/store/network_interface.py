"""
What the archive promises of VPC endpoints.

The rules of `iamd.store.interface` hold here, too.
"""

from typing import Protocol

from iamd.domain.vpc_endpoints import VPCEndpoint


class VPCEndpoints(Protocol):
    """Found by their ids, which are those of the whole installation."""

    def add(self, endpoint: VPCEndpoint) -> None: ...
    def find(self, endpoint_id: str) -> VPCEndpoint | None: ...
    def get(self, endpoint_id: str) -> VPCEndpoint: ...
    def put(self, endpoint: VPCEndpoint) -> None: ...
    def delete(self, endpoint: VPCEndpoint) -> None: ...
    def all(self) -> list[VPCEndpoint]:
        """In the order of accounts, and of ids in each."""
        ...
