"""Login profiles and password policies."""

from dataclasses import replace

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, AT, OTHER_ACCOUNT_ID, add, read, revealed, write

from iamd.domain.password_policy import PasswordPolicy
from iamd.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from iamd.secret import Secret
from iamd.store.interface import Change, ChangeKind, Store


def test_a_login_profile_survives(store: Store) -> None:
    user = values.user("u")
    made = values.login_profile(
        user.user_id, reset_required=True, previous=(Secret("last ☃"), Secret(""), Secret("first"))
    )
    add(store, user)
    write(store, lambda tx: tx.login_profiles.add(made, "u"))
    found = read(store, lambda tx: tx.login_profiles.get(user.user_id, "u"))
    assert revealed(found) == revealed(made)
    with pytest.raises(EntityAlreadyExists) as caught:
        write(store, lambda tx: tx.login_profiles.add(made, "u"))
    assert caught.value.message == "Login Profile for user u already exists."

    changed = replace(made, password=Secret("new"), changed_at=AT, reset_required=False, previous=())
    write(store, lambda tx: tx.login_profiles.put(changed))
    found = read(store, lambda tx: tx.login_profiles.get(user.user_id, "u"))
    assert revealed(found) == revealed(changed)


def test_a_user_with_a_login_profile_cannot_be_deleted(store: Store) -> None:
    user = values.user("u")
    made = values.login_profile(user.user_id)
    add(store, user)
    write(store, lambda tx: tx.login_profiles.add(made, "u"))
    with pytest.raises(DeleteConflict):
        write(store, lambda tx: tx.users.delete(user))
    write(store, lambda tx: tx.login_profiles.delete(made))
    assert read(store, lambda tx: tx.login_profiles.find(user.user_id)) is None
    with pytest.raises(NoSuchEntity) as caught:
        read(store, lambda tx: tx.login_profiles.get(user.user_id, "u"))
    assert caught.value.message == "Login Profile for User u cannot be found."
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity):
            write(store, lambda tx, verb=verb: getattr(tx.login_profiles, verb)(made))  # type: ignore[misc]
    write(store, lambda tx: tx.users.delete(user))


def test_hashes_are_sealed(store: Store) -> None:
    """Whoever reads the database alone has nothing to guess passwords against."""
    user = values.user("u")
    add(store, user)
    write(store, lambda tx: tx.login_profiles.add(values.login_profile(user.user_id), "u"))

    def blobs() -> list[object]:
        cursor = store._database.readers.raw_connection().cursor()  # type: ignore[attr-defined]
        cursor.execute("SELECT password, previous FROM login_profiles")
        return list(cursor.fetchall()[0])

    assert [b"argon2" in bytes(blob) or b"[]" in bytes(blob) for blob in blobs()] == [False, False]  # type: ignore[call-overload]


def test_password_policies(store: Store) -> None:
    full = PasswordPolicy(
        account_id=ACCOUNT_ID,
        minimum_length=128,
        require_symbols=True,
        require_numbers=True,
        require_uppercase=True,
        require_lowercase=True,
        allow_users_to_change_password=True,
        max_age_days=1095,
        reuse_prevention=24,
        hard_expiry=False,
    )
    plain = PasswordPolicy(account_id=OTHER_ACCOUNT_ID, hard_expiry=True)
    assert read(store, lambda tx: tx.password_policies.find(ACCOUNT_ID)) is None
    for each in (full, plain):
        write(store, lambda tx, each=each: tx.password_policies.put(each))  # type: ignore[misc]
    assert read(store, lambda tx: tx.password_policies.find(ACCOUNT_ID)) == full
    assert read(store, lambda tx: tx.password_policies.find(OTHER_ACCOUNT_ID)) == plain

    emptied = PasswordPolicy(account_id=ACCOUNT_ID)
    write(store, lambda tx: tx.password_policies.put(emptied))
    assert read(store, lambda tx: tx.password_policies.find(ACCOUNT_ID)) == emptied
    assert write(store, lambda tx: tx.password_policies.delete(ACCOUNT_ID)) is True
    assert write(store, lambda tx: tx.password_policies.delete(ACCOUNT_ID)) is False
    assert read(store, lambda tx: tx.password_policies.find(OTHER_ACCOUNT_ID)) == plain


def test_a_password_policy_changes_its_account(store: Store) -> None:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    write(store, lambda tx: tx.password_policies.put(PasswordPolicy(account_id=ACCOUNT_ID)))
    write(store, lambda tx: tx.password_policies.delete(ACCOUNT_ID))
    write(store, lambda tx: tx.password_policies.delete(ACCOUNT_ID))
    assert [(change.kind, change.id) for change in heard] == [(ChangeKind.ACCOUNT, ACCOUNT_ID)] * 2
