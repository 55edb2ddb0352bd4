"""IAM users."""

from collections.abc import Sequence
from typing import Any

from iamd.domain.users import User
from iamd.errors import EntityAlreadyExists, NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.bounded import Bounded, BoundedStatements
from iamd.store.interface import ChangeKind
from iamd.store.policies_interface import OwnerKind
from iamd.store.renames import rename
from iamd.store.values import microseconds, microseconds_or_none, tags_of, tags_text, time_of, time_or_none


class Users(Bounded[User]):
    statements = BoundedStatements(schema.users)
    owner_kind = OwnerKind.USER

    def put(self, value: User) -> None:
        super().put(value)
        rename(self._execution, value.user_id, value.name)

    def _bind(self, value: User) -> dict[str, Any]:
        return {
            "user_id": value.user_id,
            "created_at": microseconds(value.created_at),
            "permissions_boundary": value.permissions_boundary,
            "password_last_used_at": microseconds_or_none(value.password_last_used_at),
            "tags": tags_text(value.tags),
        }

    def _value(self, row: Sequence[Any]) -> User:
        return user_of(row)

    def _exists(self, name: str) -> ServiceError:
        return EntityAlreadyExists(f"User with name {name} already exists.")  # fact 14

    def _missing(self, name: str) -> ServiceError:
        return NoSuchEntity(f"The user with name {name} cannot be found.")  # fact 14

    def _changed(self, value: User) -> None:
        self._execution.changed(ChangeKind.USER, value.user_id)


def user_of(row: Sequence[Any]) -> User:
    """Read a row of `columns_of` the table of users."""
    user_id, account_id, name, path, created_at, boundary, password_last_used_at, tags = row
    return User(
        account_id=account_id,
        user_id=user_id,
        name=name,
        path=path,
        created_at=time_of(created_at),
        permissions_boundary=boundary,
        password_last_used_at=time_or_none(password_last_used_at),
        tags=tags_of(tags),
    )
