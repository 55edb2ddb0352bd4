"""Login profiles; hashes of passwords are sealed besides (`iamd.store.encryption`)."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.login_profiles import LoginProfile
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.secret import Secret
from iamd.store import schema
from iamd.store.encryption import Place
from iamd.store.execution import Execution
from iamd.store.statements import Statement, adding, deleting, given, replacing
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.login_profiles

_ADD: Final = adding(_TABLE)
_PUT: Final = replacing(_TABLE, "user_id")
_DELETE: Final = deleting(_TABLE, "user_id")
_FIND: Final = Statement(select(*_TABLE.c).where(_TABLE.c.user_id == given("user_id")))


class LoginProfiles:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, profile: LoginProfile, user_name: str) -> None:
        if self._execution.write(_ADD, self._row(profile)) == 0:
            raise EntityAlreadyExists(f"Login Profile for user {user_name} already exists.")  # fact 25

    def find(self, user_id: str) -> LoginProfile | None:
        row = self._execution.row(_FIND, {"user_id": user_id})
        return None if row is None else self._value(row)

    def get(self, user_id: str, user_name: str) -> LoginProfile:
        found = self.find(user_id)
        if found is None:
            raise NoSuchEntity(f"Login Profile for User {user_name} cannot be found.")  # fact 25
        return found

    def put(self, profile: LoginProfile) -> None:
        if self._execution.write(_PUT, self._row(profile)) == 0:
            raise _gone(profile)

    def delete(self, profile: LoginProfile) -> None:
        if self._execution.remove(_DELETE, {"user_id": profile.user_id}) == 0:
            raise _gone(profile)

    def _row(self, profile: LoginProfile) -> dict[str, Any]:
        vault = self._execution.vault
        previous = json.dumps([each.reveal() for each in profile.previous])
        return {
            "user_id": profile.user_id,
            "account_id": profile.account_id,
            "created_at": microseconds(profile.created_at),
            "password": vault.seal(Place.PASSWORD, profile.user_id, profile.password),
            "previous": vault.seal(Place.PREVIOUS_PASSWORDS, profile.user_id, Secret(previous)),
            "changed_at": microseconds(profile.changed_at),
            "reset_required": int(profile.reset_required),
        }

    def _value(self, row: Sequence[Any]) -> LoginProfile:
        user_id, account_id, created_at, password, previous, changed_at, reset_required = row
        vault = self._execution.vault
        earlier = json.loads(vault.open(Place.PREVIOUS_PASSWORDS, user_id, previous).reveal())
        return LoginProfile(
            account_id=account_id,
            user_id=user_id,
            created_at=time_of(created_at),
            password=vault.open(Place.PASSWORD, user_id, password),
            changed_at=time_of(changed_at),
            reset_required=bool(reset_required),
            previous=tuple(map(Secret, earlier)),
        )


def _gone(profile: LoginProfile) -> NoSuchEntity:
    return NoSuchEntity(f"Login Profile for User {profile.user_id} cannot be found.")
