"""Inline policies: documents that belong to one user, group or role."""

from dataclasses import dataclass

from iamd.domain.ids import UniqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinePolicy:
    """An inline policy; ``owner_id`` is the unique id of its user, group or role."""

    owner_id: UniqueId
    name: str
    document: str
