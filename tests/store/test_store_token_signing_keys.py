"""Outbound federation and its keys: on every store alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.store_values import (
    ACCOUNT_ID,
    AT,
    LATER,
    OTHER_ACCOUNT_ID,
    read,
    revealed,
    token_signing_key,
    write,
)

from iamd.domain.ids import AccountId
from iamd.domain.outbound_federation import OutboundFederation
from iamd.domain.token_signing_keys import SigningAlgorithm, TokenSigningKey
from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.secret import Secret
from iamd.store.interface import Change, ChangeKind, Store


def federation(account_id: AccountId = ACCOUNT_ID, **changes: Any) -> OutboundFederation:
    given: dict[str, Any] = {"issuer_id": f"issuer-of-{account_id}", "enabled": True, "created_at": AT}
    return OutboundFederation(**given | {"account_id": account_id} | changes)


def key(key_id: str = "EC384_1", **changes: Any) -> TokenSigningKey:
    return token_signing_key(key_id, **changes)


def changes_of(store: Store, job: Callable[[Any], object]) -> list[tuple[ChangeKind, str]]:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    write(store, job)
    return [(change.kind, change.id) for change in heard]


OF_OURS = [(ChangeKind.OUTBOUND_FEDERATION, ACCOUNT_ID)]


def test_a_federation_is_kept_replaced_and_told(store: Store) -> None:
    ours, theirs = federation(), federation(OTHER_ACCOUNT_ID)
    assert changes_of(store, lambda tx: tx.outbound_federations.put(ours)) == OF_OURS
    write(store, lambda tx: tx.outbound_federations.put(theirs))
    assert read(store, lambda tx: tx.outbound_federations.find(ACCOUNT_ID)) == ours
    assert read(store, lambda tx: tx.outbound_federations.find_by_issuer(theirs.issuer_id)) == theirs
    off = replace(ours, enabled=False)
    write(store, lambda tx: tx.outbound_federations.put(off))
    assert read(store, lambda tx: tx.outbound_federations.find(ACCOUNT_ID)) == off
    assert read(store, lambda tx: tx.outbound_federations.find_by_issuer("another")) is None


def test_keys_survive_in_the_order_in_which_they_sign(store: Store) -> None:
    second = key("b", signs_from=AT, signs_until=LATER, algorithm=SigningAlgorithm.RS256)
    first = key("a", account_id=OTHER_ACCOUNT_ID)
    assert changes_of(store, lambda tx: tx.token_signing_keys.add(key("c"))) == OF_OURS
    write(store, lambda tx: tx.token_signing_keys.add(second))
    write(store, lambda tx: tx.token_signing_keys.add(first))
    found = read(store, lambda tx: tx.token_signing_keys.of(ACCOUNT_ID))
    assert list(map(revealed, found)) == [revealed(second), revealed(key("c"))]
    with pytest.raises(EntityAlreadyExists):
        write(store, lambda tx: tx.token_signing_keys.add(first))


def test_a_key_is_replaced_and_deleted(store: Store) -> None:
    write(store, lambda tx: tx.token_signing_keys.add(key()))
    changed = key(signs_until=LATER, private_key=Secret("b3RoZXI="))
    assert changes_of(store, lambda tx: tx.token_signing_keys.put(changed)) == OF_OURS
    assert list(map(revealed, read(store, lambda tx: tx.token_signing_keys.of(ACCOUNT_ID)))) == [
        revealed(changed)
    ]
    assert changes_of(store, lambda tx: tx.token_signing_keys.delete(changed)) == OF_OURS
    assert read(store, lambda tx: tx.token_signing_keys.of(ACCOUNT_ID)) == []
    for verb in ("put", "delete"):
        with pytest.raises(NoSuchEntity):
            write(store, lambda tx, verb=verb: getattr(tx.token_signing_keys, verb)(changed))  # type: ignore[misc]


def test_whose_time_has_come(store: Store) -> None:
    """Of accounts that issue tokens alone: the others need no next key."""

    def plant(tx: Any) -> None:
        tx.outbound_federations.put(federation())
        tx.outbound_federations.put(federation(OTHER_ACCOUNT_ID, enabled=False))
        for each in (
            key("on", signs_from=AT),
            key("later", signs_from=LATER),
            key("off", signs_from=AT, account_id=OTHER_ACCOUNT_ID),
            key("over", signs_from=AT, signs_until=AT),
            key("over later", signs_from=AT, signs_until=LATER, account_id=OTHER_ACCOUNT_ID),
        ):
            tx.token_signing_keys.add(each)

    write(store, plant)

    def ids(verb: str, **given: Any) -> list[str]:
        keys = read(store, lambda tx: getattr(tx.token_signing_keys, verb)(**{"at": AT, "limit": 9} | given))
        return [each.key_id for each in keys]

    assert ids("signing_since", at=AT - timedelta(microseconds=1)) == []
    assert ids("signing_since") == ["on"]
    assert ids("signing_since", at=LATER) == ["on", "later"]
    assert ids("signing_since", at=LATER, limit=1) == ["on"]
    assert ids("retired_since") == ["over"]
    assert ids("retired_since", at=LATER) == ["over", "over later"]
    assert ids("retired_since", at=LATER, limit=1) == ["over"]
