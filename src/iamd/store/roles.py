"""IAM roles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, update

from iamd.domain.roles import Role, SourceTemplate
from iamd.errors import EntityAlreadyExists, NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.bounded import Bounded, BoundedStatements
from iamd.store.interface import ChangeKind
from iamd.store.policies_interface import OwnerKind
from iamd.store.statements import Statement, given
from iamd.store.values import (
    microseconds,
    microseconds_or_none,
    tags_of,
    tags_text,
    time_of,
    time_or_none,
    trusted_ids_of,
    trusted_ids_text,
)

_TABLE: Final = schema.roles
# Uses are gathered and stored later, by several nodes: a late one does not set the time back.
_RECORD_USE: Final = Statement(
    update(_TABLE)
    .where(
        _TABLE.c.role_id == given("role_id"),
        or_(_TABLE.c.last_used_at.is_(None), _TABLE.c.last_used_at <= given("at")),
    )
    .values(last_used_at=given("at"), last_used_region=given("region")),
)


class Roles(Bounded[Role]):
    statements = BoundedStatements(_TABLE)
    owner_kind = OwnerKind.ROLE

    def record_uses(self, uses: Sequence[tuple[str, datetime, str]]) -> None:
        rows = [
            {"role_id": role_id, "at": microseconds(at), "region": region} for role_id, at, region in uses
        ]
        self._execution.write_all(_RECORD_USE, rows)

    def _bind(self, value: Role) -> dict[str, Any]:
        return {
            "role_id": value.role_id,
            "created_at": microseconds(value.created_at),
            "trust_policy": value.trust_policy,
            "trusted_ids": trusted_ids_text(value.trusted_ids),
            "description": value.description,
            "max_session_duration": value.max_session_duration,
            "permissions_boundary": value.permissions_boundary,
            "last_used_at": microseconds_or_none(value.last_used_at),
            "last_used_region": value.last_used_region,
            "tags": tags_text(value.tags),
            "template_arn": None if value.source_template is None else value.source_template.arn,
            "template_minor_version": None
            if value.source_template is None
            else value.source_template.minor_version,
        }

    def _value(self, row: Sequence[Any]) -> Role:
        role_id, account_id, name, path, created_at, trust_policy, trusted_ids, *rest = row
        description, max_session_duration, boundary, last_used_at, last_used_region, tags, *template = rest
        return Role(
            account_id=account_id,
            role_id=role_id,
            name=name,
            path=path,
            created_at=time_of(created_at),
            trust_policy=trust_policy,
            trusted_ids=trusted_ids_of(trusted_ids),
            description=description,
            max_session_duration=max_session_duration,
            permissions_boundary=boundary,
            last_used_at=time_or_none(last_used_at),
            last_used_region=last_used_region,
            tags=tags_of(tags),
            source_template=None if template[0] is None else SourceTemplate(*template),
        )

    def _exists(self, name: str) -> ServiceError:
        return EntityAlreadyExists(f"Role with name {name} already exists.")  # fact 34

    def _missing(self, name: str) -> ServiceError:
        return NoSuchEntity(f"The role with name {name} cannot be found.")  # fact 34

    def _changed(self, value: Role) -> None:
        self._execution.changed(ChangeKind.ROLE, value.role_id)
