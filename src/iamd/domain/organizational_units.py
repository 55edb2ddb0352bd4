"""Organizational units: containers for accounts and for further units, at most five deep."""

from dataclasses import dataclass

from iamd.domain.ids import OrganizationId
from iamd.domain.tags import Tag

PREFIX = "ou-"
DEEPEST = 5
"""AWS: *Quotas and service limits*, OU maximum nesting: five levels of units under the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationalUnit:
    """
    A unit; it never moves.

    Attributes:
        parent_id: Of the root or of a unit.
        name: Unique in its parent.
    """

    organization_id: OrganizationId
    unit_id: str
    parent_id: str
    name: str
    tags: tuple[Tag, ...] = ()
