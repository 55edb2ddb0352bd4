"""Instance profiles; no decision depends on one, so the log of changes does not speak of them."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Integer, select

from iamd.domain.ids import UniqueId
from iamd.domain.instance_profiles import InstanceProfile
from iamd.errors import EntityAlreadyExists, NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.named import Named, NamedStatements, columns_of
from iamd.store.statements import Statement, given
from iamd.store.values import microseconds, name_key, tags_of, tags_text, time_of

_TABLE: Final = schema.instance_profiles
_WITH_ROLE: Final = Statement(
    select(*columns_of(_TABLE))
    .where(_TABLE.c.role_id == given("role_id"), _TABLE.c.name_key > given("after"))
    .order_by(_TABLE.c.name_key)
    .limit(given("limit", Integer()))
)


class InstanceProfiles(Named[InstanceProfile]):
    statements = NamedStatements(_TABLE)

    def list_with_role(self, role_id: UniqueId, after: str | None, limit: int) -> list[InstanceProfile]:
        rows = self._execution.rows(
            _WITH_ROLE, {"role_id": role_id, "after": name_key(after or ""), "limit": limit}
        )
        return [self._value(row) for row in rows]

    def _bind(self, value: InstanceProfile) -> dict[str, Any]:
        return {
            "instance_profile_id": value.instance_profile_id,
            "created_at": microseconds(value.created_at),
            "role_id": value.role_id,
            "tags": tags_text(value.tags),
        }

    def _value(self, row: Sequence[Any]) -> InstanceProfile:
        instance_profile_id, account_id, name, path, created_at, role_id, tags = row
        return InstanceProfile(
            account_id=account_id,
            instance_profile_id=instance_profile_id,
            name=name,
            path=path,
            created_at=time_of(created_at),
            role_id=role_id,
            tags=tags_of(tags),
        )

    def _exists(self, name: str) -> ServiceError:
        return EntityAlreadyExists(f"Instance Profile {name} already exists.")  # fact 62

    def _missing(self, name: str) -> ServiceError:
        return NoSuchEntity(f"Instance Profile {name} cannot be found.")  # fact 62

    def _changed(self, value: InstanceProfile) -> None:
        """Say nothing: what an instance may do is its role's business."""
