"""Server certificates."""

from dataclasses import replace

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, OTHER_ACCOUNT_ID, TAGS, add, read, revealed, write

from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.secret import Secret
from iamd.store.interface import Store


def test_a_certificate_survives_and_changes(store: Store) -> None:
    made = values.server_certificate("Web", path="/p/", chain="chain\r\n", tags=TAGS)
    add(store, made)
    found = read(store, lambda tx: tx.server_certificates.get(ACCOUNT_ID, "wEB"))
    assert revealed(found) == revealed(made)

    changed = replace(made, name="Site", path="/", chain=None, private_key=Secret("other"), tags=())
    write(store, lambda tx: tx.server_certificates.put(changed))
    found = read(store, lambda tx: tx.server_certificates.get(ACCOUNT_ID, "site"))
    assert revealed(found) == revealed(changed)
    assert read(store, lambda tx: tx.server_certificates.find(ACCOUNT_ID, "web")) is None
    assert read(store, lambda tx: tx.server_certificates.find(OTHER_ACCOUNT_ID, "site")) is None


def test_a_name_is_taken_and_missing(store: Store) -> None:
    """fact 67."""
    made, other = values.server_certificate("web"), values.server_certificate("other")
    add(store, made, other)
    for job in (
        lambda tx: tx.server_certificates.add(values.server_certificate("WEB")),
        lambda tx: tx.server_certificates.put(replace(other, name="WEB")),
    ):
        with pytest.raises(EntityAlreadyExists) as exists:
            write(store, job)
        assert exists.value.message == "The Server Certificate with name WEB already exists."
    write(store, lambda tx: tx.server_certificates.delete(made))
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity) as missing:
            write(store, lambda tx, verb=verb: getattr(tx.server_certificates, verb)(made))  # type: ignore[misc]
        assert missing.value.message == "The Server Certificate with name web cannot be found."


def test_certificates_are_in_the_order_of_names(store: Store) -> None:
    for name, path in (("c", "/x/"), ("B", "/"), ("a", "/x/y/"), ("d", "/x/")):
        add(store, values.server_certificate(name, path=path))

    def page(prefix: str, after: str | None, limit: int) -> list[str]:
        found = read(store, lambda tx: tx.server_certificates.page(ACCOUNT_ID, prefix, after, limit))
        return [each.name for each in found]

    assert page("/", None, 10) == ["a", "B", "c", "d"]
    assert page("/x", "a", 1) == ["c"]
    assert read(store, lambda tx: tx.server_certificates.count(ACCOUNT_ID)) == 4
    assert read(store, lambda tx: tx.server_certificates.count(OTHER_ACCOUNT_ID)) == 0
