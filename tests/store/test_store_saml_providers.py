"""SAML providers: on every store alike."""

from dataclasses import replace

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, OTHER_ACCOUNT_ID, TAGS, add, read, revealed, write

from iamd.domain.saml_providers import AssertionEncryptionMode
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Change, ChangeKind, Store


def test_a_provider_with_everything_survives(store: Store) -> None:
    provider = values.saml_provider(
        "Idp",
        assertion_encryption_mode=AssertionEncryptionMode.REQUIRED,
        private_keys=(values.saml_private_key("SAMLPKB"), values.saml_private_key("SAMLPKA")),
        tags=TAGS,
    )
    add(store, provider)
    found = read(store, lambda tx: tx.saml_providers.find(provider.arn))
    assert found is not None
    assert revealed(found) == revealed(provider)
    assert provider.arn == f"arn:aws:iam::{ACCOUNT_ID}:saml-provider/Idp"


def test_a_name_is_taken_once_in_an_account(store: Store) -> None:
    first, theirs = values.saml_provider("Idp"), values.saml_provider("Idp", account_id=OTHER_ACCOUNT_ID)
    add(store, first, theirs)
    with pytest.raises(EntityAlreadyExists) as caught:
        add(store, values.saml_provider("Idp"))
    assert caught.value.message == "Provider with name Idp already exists."
    assert read(store, lambda tx: tx.saml_providers.list_of(ACCOUNT_ID)) == [first]
    assert read(store, lambda tx: tx.saml_providers.find(theirs.arn)) == theirs
    assert read(store, lambda tx: tx.saml_providers.count(ACCOUNT_ID)) == 1


def test_a_name_has_a_case(store: Store) -> None:
    lower, upper = values.saml_provider("idp"), values.saml_provider("IDP")
    add(store, lower, upper)
    assert read(store, lambda tx: tx.saml_providers.list_of(ACCOUNT_ID)) == [upper, lower]


def test_a_change_is_kept_and_told(store: Store) -> None:
    provider = values.saml_provider("Idp", private_keys=(values.saml_private_key("SAMLPKA"),))
    add(store, provider)
    told: list[Change] = []
    store.on_changes(told.extend)
    changed = replace(provider, metadata="<new/>", private_keys=(), tags=TAGS)
    write(store, lambda tx: tx.saml_providers.put(changed))
    assert read(store, lambda tx: tx.saml_providers.find(provider.arn)) == changed
    assert [(change.kind, change.id) for change in told] == [(ChangeKind.SAML_PROVIDER, provider.arn)]


def test_a_deleted_one_is_gone(store: Store) -> None:
    provider = values.saml_provider("Idp")
    add(store, provider)
    told: list[Change] = []
    store.on_changes(told.extend)
    write(store, lambda tx: tx.saml_providers.delete(provider))
    assert read(store, lambda tx: tx.saml_providers.find(provider.arn)) is None
    assert read(store, lambda tx: tx.saml_providers.count(ACCOUNT_ID)) == 0
    assert [(change.kind, change.id) for change in told] == [(ChangeKind.SAML_PROVIDER, provider.arn)]
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity) as caught:
            write(store, lambda tx, verb=verb: getattr(tx.saml_providers, verb)(provider))  # type: ignore[misc]
        assert caught.value.message == f"Manifest not found for arn {provider.arn}"
