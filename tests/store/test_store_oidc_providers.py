"""OpenID Connect providers: on every store alike."""

from dataclasses import replace

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, OTHER_ACCOUNT_ID, TAGS, add, read, write

from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Change, ChangeKind, Store

URL = "https://idp.example.com/Realms/a"


def test_a_provider_with_everything_survives(store: Store) -> None:
    provider = values.oidc_provider(
        URL, client_ids=("b", "ä☃", "a"), thumbprints=("0" * 40, "f" * 40), tags=TAGS
    )
    add(store, provider)
    assert read(store, lambda tx: tx.oidc_providers.find(provider.arn)) == provider
    assert provider.arn == f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/idp.example.com/Realms/a"


def test_a_url_is_taken_once_in_an_account_whatever_its_scheme(store: Store) -> None:
    first, theirs = values.oidc_provider(URL), values.oidc_provider(URL, account_id=OTHER_ACCOUNT_ID)
    add(store, first, theirs)
    with pytest.raises(EntityAlreadyExists) as caught:
        add(store, values.oidc_provider(URL.replace("https", "http")))
    assert caught.value.message == "Provider with url http://idp.example.com/Realms/a already exists."
    assert read(store, lambda tx: tx.oidc_providers.list_of(ACCOUNT_ID)) == [first]
    assert read(store, lambda tx: tx.oidc_providers.find(theirs.arn)) == theirs
    assert read(store, lambda tx: tx.oidc_providers.count(ACCOUNT_ID)) == 1


def test_a_url_has_a_case(store: Store) -> None:
    lower, upper = values.oidc_provider(URL), values.oidc_provider(URL.upper().replace("HTTPS", "https"))
    add(store, lower, upper)
    assert read(store, lambda tx: tx.oidc_providers.list_of(ACCOUNT_ID)) == [upper, lower]


def test_a_change_is_kept_and_told(store: Store) -> None:
    provider = values.oidc_provider(URL, client_ids=("a",))
    add(store, provider)
    told: list[Change] = []
    store.on_changes(told.extend)
    changed = replace(provider, client_ids=(), thumbprints=("a" * 40,), tags=TAGS)
    write(store, lambda tx: tx.oidc_providers.put(changed))
    assert read(store, lambda tx: tx.oidc_providers.find(provider.arn)) == changed
    assert [(change.kind, change.id) for change in told] == [(ChangeKind.OIDC_PROVIDER, provider.arn)]


def test_a_deleted_one_is_gone(store: Store) -> None:
    provider = values.oidc_provider(URL)
    add(store, provider)
    told: list[Change] = []
    store.on_changes(told.extend)
    write(store, lambda tx: tx.oidc_providers.delete(provider))
    assert read(store, lambda tx: tx.oidc_providers.find(provider.arn)) is None
    assert read(store, lambda tx: tx.oidc_providers.count(ACCOUNT_ID)) == 0
    assert [(change.kind, change.id) for change in told] == [(ChangeKind.OIDC_PROVIDER, provider.arn)]
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity) as caught:
            write(store, lambda tx, verb=verb: getattr(tx.oidc_providers, verb)(provider))  # type: ignore[misc]
        assert caught.value.message == f"OpenId connect Provider {provider.arn} cannot be found."
