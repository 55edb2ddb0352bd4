"""Accounts, access keys, MFA devices and sealing keys."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support import store_values as values
from tests.support.store_values import (
    ACCOUNT_ID,
    AT,
    LATER,
    OTHER_ACCOUNT_ID,
    TAGS,
    add,
    read,
    revealed,
    write,
)

from iamd.domain.access_keys import AccessKeyStatus
from iamd.domain.ids import AccountId
from iamd.domain.sealing_keys import SealingKeyState
from iamd.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from iamd.secret import Secret
from iamd.store.interface import Store


def test_accounts(store: Store) -> None:
    made = values.account(AccountId("000000000001"), alias="acme")
    write(store, lambda tx: tx.accounts.add(made))
    assert read(store, lambda tx: tx.accounts.find(made.account_id)) == made
    assert read(store, lambda tx: tx.accounts.find_by_alias("acme")) == made
    assert read(store, lambda tx: tx.accounts.find_by_alias("ACME")) is None
    assert read(store, lambda tx: tx.accounts.find(AccountId("000000000002"))) is None
    assert [account.account_id for account in read(store, lambda tx: tx.accounts.all())] == [
        "000000000001",
        ACCOUNT_ID,
        OTHER_ACCOUNT_ID,
    ]
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: tx.accounts.add(replace(made, alias=None)))


def test_an_alias_is_one_account_s(store: Store) -> None:
    mine, theirs = values.account(alias="acme"), values.account(OTHER_ACCOUNT_ID, alias="acme")
    write(store, lambda tx: tx.accounts.put(mine))
    write(store, lambda tx: tx.accounts.put(mine))
    with pytest.raises(EntityAlreadyExists) as caught:
        write(store, lambda tx: tx.accounts.put(theirs))
    assert caught.value.message == "The account alias acme already exists."
    write(store, lambda tx: tx.accounts.put(replace(mine, alias=None)))
    write(store, lambda tx: tx.accounts.put(theirs))
    assert read(store, lambda tx: tx.accounts.find_by_alias("acme")) == theirs
    with pytest.raises(NoSuchEntity):
        write(store, lambda tx: tx.accounts.put(values.account(AccountId("000000000009"))))


def test_an_access_key_survives(store: Store) -> None:
    user = values.user("u")
    key = values.access_key(
        user.user_id,
        status=AccessKeyStatus.INACTIVE,
        last_used_at=LATER,
        last_used_service="iam",
        last_used_region="us-east-1",
    )
    add(store, user, key)
    found = read(store, lambda tx: tx.access_keys.find(key.access_key_id))
    assert found is not None
    assert revealed(found) == revealed(key)
    assert revealed(read(store, lambda tx: tx.access_keys.get(user.user_id, key.access_key_id))) == revealed(
        key
    )
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: tx.access_keys.add(key))

    changed = replace(key, status=AccessKeyStatus.ACTIVE, last_used_at=None, secret=Secret("other ☃"))
    write(store, lambda tx: tx.access_keys.put(changed))
    found = read(store, lambda tx: tx.access_keys.find(key.access_key_id))
    assert found is not None
    assert revealed(found) == revealed(changed)


def test_the_root_owns_access_keys_too(store: Store) -> None:
    key = values.access_key(ACCOUNT_ID)
    write(store, lambda tx: tx.access_keys.add(key))
    found = read(store, lambda tx: tx.access_keys.get(ACCOUNT_ID, key.access_key_id))
    assert found.of_root


def test_an_access_key_is_its_owner_s_alone(store: Store) -> None:
    """fact 22."""
    user, other = values.user("u"), values.user("o")
    key = values.access_key(user.user_id)
    add(store, user, other, key)
    for owner_id, access_key_id in ((other.user_id, key.access_key_id), (user.user_id, "AKIANOBODY")):
        with pytest.raises(NoSuchEntity) as caught:
            read(store, lambda tx, o=owner_id, i=access_key_id: tx.access_keys.get(o, i))  # type: ignore[misc]
        assert caught.value.message == f"The Access Key with id {access_key_id} cannot be found."


def test_a_user_with_access_keys_cannot_be_deleted(store: Store) -> None:
    user = values.user("u")
    key = values.access_key(user.user_id)
    add(store, user, key)
    with pytest.raises(DeleteConflict):
        write(store, lambda tx: tx.users.delete(user))
    write(store, lambda tx: tx.access_keys.delete(key))
    write(store, lambda tx: tx.users.delete(user))
    assert read(store, lambda tx: tx.access_keys.find(key.access_key_id)) is None
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity):
            write(store, lambda tx, verb=verb: getattr(tx.access_keys, verb)(key))  # type: ignore[misc]


def test_access_keys_are_in_the_order_of_creation(store: Store) -> None:
    user, other = values.user("u"), values.user("o")
    keys = [values.access_key(user.user_id) for _ in range(6)]
    add(store, user, other)
    write(store, lambda tx: tx.access_keys.add(values.access_key(other.user_id)))
    add(store, *keys)
    ids = [key.access_key_id for key in keys]

    def page(after: str | None, limit: int) -> list[str]:
        found = read(store, lambda tx: tx.access_keys.page(user.user_id, after, limit))
        return [key.access_key_id for key in found]

    assert page(None, 10) == ids
    assert page(ids[1], 2) == ids[2:4]
    assert page(ids[5], 10) == []
    # The marker's key was deleted between two pages: rather all again than some never.
    write(store, lambda tx: tx.access_keys.delete(keys[0]))
    assert page(ids[0], 10) == ids[1:]
    assert read(store, lambda tx: tx.access_keys.count(user.user_id)) == 5


def test_the_use_of_a_key_is_recorded_and_never_set_back(store: Store) -> None:
    key = values.access_key(ACCOUNT_ID)
    id_ = key.access_key_id
    write(store, lambda tx: tx.access_keys.add(key))
    write(store, lambda tx: tx.access_keys.record_uses([(id_, AT, "sts", "eu-west-1")]))
    write(store, lambda tx: tx.access_keys.record_uses([(id_, AT - timedelta(days=1), "iam", "us-east-1")]))
    write(store, lambda tx: tx.access_keys.record_uses([("AKIANOBODY", AT, "iam", "us-east-1")]))
    found = read(store, lambda tx: tx.access_keys.find(id_))
    assert found is not None
    assert (found.last_used_at, found.last_used_service, found.last_used_region) == (AT, "sts", "eu-west-1")


def test_mfa_devices(store: Store) -> None:
    user = values.user("u")
    write(store, lambda tx: tx.users.add(user))
    free = values.mfa_device("free", path="/p/", tags=TAGS)
    late = values.mfa_device("late", owner_id=user.user_id, enabled_at=LATER, last_step=2**40)
    early = values.mfa_device("zz-early", owner_id=user.user_id, enabled_at=AT)
    root = values.mfa_device("root", owner_id=ACCOUNT_ID, enabled_at=AT)
    strange = values.mfa_device("strange", account_id=OTHER_ACCOUNT_ID)
    devices = [free, late, early, root, strange]
    add(store, *devices)

    for device in devices:
        found = read(store, lambda tx, device=device: tx.mfa_devices.find(device.serial_number))  # type: ignore[misc]
        assert found is not None
        assert revealed(found) == revealed(device)
    page = read(store, lambda tx: tx.mfa_devices.page(ACCOUNT_ID, None, 10))
    assert [device.name for device in page] == ["late", "free", "root", "zz-early"]
    page = read(store, lambda tx: tx.mfa_devices.page(ACCOUNT_ID, late.serial_number, 2))
    assert [device.name for device in page] == ["free", "root"]
    mine = read(store, lambda tx: tx.mfa_devices.list_of(user.user_id))
    assert [device.name for device in mine] == ["zz-early", "late"]
    assert [d.name for d in read(store, lambda tx: tx.mfa_devices.list_of(ACCOUNT_ID))] == ["root"]
    assert read(store, lambda tx: tx.mfa_devices.counts(ACCOUNT_ID)) == (4, 3)


def test_an_mfa_device_changes_and_goes(store: Store) -> None:
    """fact 65."""
    device = values.mfa_device("d")
    write(store, lambda tx: tx.mfa_devices.add(device))
    for same in (device, values.mfa_device("D")):
        with pytest.raises(EntityAlreadyExists) as exists:
            write(store, lambda tx, same=same: tx.mfa_devices.add(same))  # type: ignore[misc]
        assert exists.value.message == "MFA device already exists."
    write(store, lambda tx: tx.mfa_devices.add(values.mfa_device("d", path="/elsewhere/")))

    used = replace(device, last_step=57_000_000, owner_id=ACCOUNT_ID, enabled_at=LATER)
    write(store, lambda tx: tx.mfa_devices.put(used))
    found = read(store, lambda tx: tx.mfa_devices.find(device.serial_number))
    assert found is not None
    assert revealed(found) == revealed(used)

    write(store, lambda tx: tx.mfa_devices.delete(used))
    assert read(store, lambda tx: tx.mfa_devices.find(device.serial_number)) is None
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity) as missing:
            write(store, lambda tx, verb=verb: getattr(tx.mfa_devices, verb)(device))  # type: ignore[misc]
        assert (
            missing.value.message == f"MFA Device with serial number {device.serial_number} does not exist."
        )


def test_sealing_keys(store: Store) -> None:
    old, new = values.sealing_key("ffffffff"), values.sealing_key("00000000", created_at=LATER)
    add(store, new, old)
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: tx.sealing_keys.add(old))
    retired = replace(old, state=SealingKeyState.RETIRED)
    write(store, lambda tx: tx.sealing_keys.put(retired))
    stored = read(store, lambda tx: tx.sealing_keys.all())
    assert [revealed(key) for key in stored] == [revealed(retired), revealed(new)]
    with pytest.raises(NoSuchEntity):
        write(store, lambda tx: tx.sealing_keys.put(values.sealing_key("12345678")))
