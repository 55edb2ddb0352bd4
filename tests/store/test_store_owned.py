"""The smaller credentials of users: what holds for each kind of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import AT, add, read, revealed, write

from iamd.domain.credential_status import CredentialStatus
from iamd.domain.ids import Ids
from iamd.domain.service_specific_credentials import ServiceSpecificCredential
from iamd.domain.signing_certificates import SigningCertificate
from iamd.domain.ssh_public_keys import SSHPublicKey
from iamd.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Store

_ids = Ids()


def ssh_public_key(owner_id: str) -> SSHPublicKey:
    return SSHPublicKey(
        account_id=values.ACCOUNT_ID,
        ssh_public_key_id=_ids.unique_id("APKA"),
        owner_id=owner_id,
        body="ssh-rsa AAAA Größe\t",
        fingerprint=":".join(["00"] * 16),
        created_at=AT,
    )


def signing_certificate(owner_id: str, **changes: Any) -> SigningCertificate:
    given: dict[str, Any] = {
        "account_id": values.ACCOUNT_ID,
        "certificate_id": _ids.unique_id("ABCDEFGHIJKLMNO"),
        "owner_id": owner_id,
        "body": "-----BEGIN CERTIFICATE-----\r\nAAAA",
        "fingerprint": "00" * 32,
        "created_at": AT,
    }
    return SigningCertificate(**{**given, **changes})


def service_specific_credential(owner_id: str, **changes: Any) -> ServiceSpecificCredential:
    given: dict[str, Any] = {
        "account_id": values.ACCOUNT_ID,
        "credential_id": _ids.unique_id("ACCA"),
        "owner_id": owner_id,
        "service": "bedrock.amazonaws.com",
        "service_user_name": "u+1-at-123456789012",
        "secret_hash": "00" * 32,
        "created_at": AT,
        "expires_at": values.LATER,
    }
    return ServiceSpecificCredential(**{**given, **changes})


Make = Callable[[str], Any]
# By collection: what is kept in it, the name of its id, what can change of it, and how it is missing.
KINDS: dict[str, tuple[Make, str, dict[str, Any], str]] = {
    "ssh_public_keys": (
        ssh_public_key,
        "ssh_public_key_id",
        {"status": CredentialStatus.INACTIVE},
        "The Public Key with id {} cannot be found.",
    ),
    "signing_certificates": (
        signing_certificate,
        "certificate_id",
        {"status": CredentialStatus.INACTIVE},
        "The Certificate with id {} cannot be found.",
    ),
    "service_specific_credentials": (
        service_specific_credential,
        "credential_id",
        {"status": CredentialStatus.INACTIVE, "secret_hash": "11" * 32, "expires_at": None},
        "No such credential {} exists",
    ),
}
kinds = pytest.mark.parametrize("collection", KINDS)


@kinds
def test_one_survives_and_changes(store: Store, collection: str) -> None:
    make, id_name, changes, _ = KINDS[collection]
    user = values.user("u")
    made = make(user.user_id)
    id_ = getattr(made, id_name)
    add(store, user)
    write(store, lambda tx: getattr(tx, collection).add(made))
    assert revealed(read(store, lambda tx: getattr(tx, collection).find(id_))) == revealed(made)
    assert revealed(read(store, lambda tx: getattr(tx, collection).get(user.user_id, id_))) == revealed(made)
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: getattr(tx, collection).add(made))
    changed = replace(made, created_at=AT + timedelta(days=1), **changes)
    write(store, lambda tx: getattr(tx, collection).put(changed))
    assert revealed(read(store, lambda tx: getattr(tx, collection).find(id_))) == revealed(changed)


@kinds
def test_one_is_its_owners_alone(store: Store, collection: str) -> None:
    make, id_name, _, missing = KINDS[collection]
    user, other = values.user("u"), values.user("o")
    made = make(user.user_id)
    add(store, user, other)
    write(store, lambda tx: getattr(tx, collection).add(made))
    for owner_id, id_ in ((other.user_id, getattr(made, id_name)), (user.user_id, "NOBODY")):
        with pytest.raises(NoSuchEntity) as caught:
            read(store, lambda tx, o=owner_id, i=id_: getattr(tx, collection).get(o, i))  # type: ignore[misc]
        assert caught.value.message == missing.format(id_)


@kinds
def test_a_user_who_has_one_cannot_be_deleted(store: Store, collection: str) -> None:
    make, id_name, _, missing = KINDS[collection]
    user = values.user("u")
    made = make(user.user_id)
    add(store, user)
    write(store, lambda tx: getattr(tx, collection).add(made))
    with pytest.raises(DeleteConflict):
        write(store, lambda tx: tx.users.delete(user))
    write(store, lambda tx: getattr(tx, collection).delete(made))
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity) as caught:
            write(store, lambda tx, verb=verb: getattr(getattr(tx, collection), verb)(made))  # type: ignore[misc]
        assert caught.value.message == missing.format(getattr(made, id_name))
    write(store, lambda tx: tx.users.delete(user))


@kinds
def test_they_are_in_the_order_of_creation(store: Store, collection: str) -> None:
    make, id_name, _, _ = KINDS[collection]
    user, other = values.user("u"), values.user("o")
    made = [make(user.user_id) for _ in range(5)]
    add(store, user, other)
    for each in (made[0], make(other.user_id), *made[1:]):
        write(store, lambda tx, each=each: getattr(tx, collection).add(each))  # type: ignore[misc]
    ids = [getattr(each, id_name) for each in made]

    def page(after: str | None, limit: int) -> list[str]:
        found = read(store, lambda tx: getattr(tx, collection).page(user.user_id, after, limit))
        return [getattr(each, id_name) for each in found]

    assert page(None, 10) == ids
    assert page(ids[1], 2) == ids[2:4]
    assert page(ids[4], 10) == []
    write(store, lambda tx: getattr(tx, collection).delete(made[0]))
    assert page(ids[0], 10) == ids[1:]
    assert read(store, lambda tx: getattr(tx, collection).count(user.user_id)) == 4


def test_a_certificate_is_known_in_its_account_alone(store: Store) -> None:
    made = signing_certificate(values.ACCOUNT_ID, fingerprint="ab" * 32)
    write(store, lambda tx: tx.signing_certificates.add(made))
    asked = [
        (values.ACCOUNT_ID, "ab" * 32),
        (values.ACCOUNT_ID, "cd" * 32),
        (values.OTHER_ACCOUNT_ID, "ab" * 32),
    ]
    found = [read(store, lambda tx, a=a, f=f: tx.signing_certificates.known(a, f)) for a, f in asked]  # type: ignore[misc]
    assert found == [True, False, False]


def test_service_specific_credentials_are_listed_by_account(store: Store) -> None:
    user, other = values.user("u"), values.user("o")
    add(store, user, other)
    made = [service_specific_credential(owner.user_id) for owner in (user, other, user)]
    theirs = service_specific_credential(values.OTHER_ACCOUNT_ID, account_id=values.OTHER_ACCOUNT_ID)
    for each in (made[0], theirs, *made[1:]):
        write(store, lambda tx, each=each: tx.service_specific_credentials.add(each))  # type: ignore[misc]

    def page(after: str | None, limit: int) -> list[ServiceSpecificCredential]:
        return read(
            store, lambda tx: tx.service_specific_credentials.page_of_account(values.ACCOUNT_ID, after, limit)
        )

    assert page(None, 10) == made
    assert page(made[0].credential_id, 1) == made[1:2]
