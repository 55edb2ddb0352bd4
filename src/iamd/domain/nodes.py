"""Nodes: the processes that share a database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HEARTBEAT: Final = timedelta(seconds=30)
"""How often each says that it is there."""
FORGOTTEN_AFTER: Final = timedelta(days=1)
"""How long one is remembered that has stopped saying so without having said that it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """
    A process that answers requests.

    Attributes:
        node_id: Of this start of it.
        host: As the machine calls itself.
        process: Its number there.
        version: Of iamd.
        seen_at: When it said last that it is there.
        epoch: Of the last change that it knew of then.
    """

    node_id: str
    host: str
    process: int
    version: str
    started_at: datetime
    seen_at: datetime
    epoch: int
