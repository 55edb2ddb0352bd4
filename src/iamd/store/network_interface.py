"""
What the archive promises of VPC endpoints, and of the nodes that share it.

The rules of `iamd.store.interface` hold here, too.
"""

from datetime import datetime
from typing import Protocol

from iamd.domain.nodes import Node
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


class Nodes(Protocol):
    """What the nodes that share the database say of themselves; no listener is told."""

    def put(self, node: Node) -> None:
        """Keep what it says, in the place of what it has said before."""
        ...

    def delete(self, node_id: str) -> None: ...
    def all(self) -> list[Node]:
        """In the order of hosts, and of processes on each."""
        ...

    def forget(self, before: datetime) -> None:
        """Drop those that were seen last before."""
        ...
