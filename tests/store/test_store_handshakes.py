"""Handshakes, as the archive keeps them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.store_organizations import ID, ORGANIZATION, OTHER_ID
from tests.support.store_values import ACCOUNT_ID, AT, LATER, OTHER_ACCOUNT_ID, TAGS, read, write

from iamd.domain.handshakes import Handshake, HandshakeAction, HandshakeState
from iamd.errors import EntityAlreadyExists
from iamd.errors.organizations import HandshakeNotFoundException
from iamd.store.interface import Store, Transaction


def handshake(handshake_id: str = "h-1", **changes: Any) -> Handshake:
    given: dict[str, Any] = {
        "organization_id": ID,
        "handshake_id": handshake_id,
        "action": HandshakeAction.INVITE,
        "state": HandshakeState.OPEN,
        "account_id": OTHER_ACCOUNT_ID,
        "requested_at": AT,
        "expires_at": LATER,
        "notes": "☃",
        "tags": TAGS,
    }
    return Handshake(**{**given, **changes})


def test_handshakes(org: Store) -> None:
    made = handshake()
    write(org, lambda tx: tx.handshakes.add(made))
    assert read(org, lambda tx: tx.handshakes.find("h-1")) == made
    assert read(org, lambda tx: tx.handshakes.find("h-2")) is None
    with pytest.raises(EntityAlreadyExists):
        write(org, lambda tx: tx.handshakes.add(handshake(organization_id=OTHER_ID)))
    changed = replace(
        made.completed(HandshakeState.DECLINED, LATER),
        action=HandshakeAction.APPROVE_ALL_FEATURES,
        account_id=None,
        email="a@example.com",
        parent_id="h-0",
    )
    write(org, lambda tx: tx.handshakes.put(changed))
    assert read(org, lambda tx: tx.handshakes.find("h-1")) == changed
    write(org, lambda tx: tx.handshakes.delete(changed))
    assert read(org, lambda tx: tx.handshakes.find("h-1")) is None
    with pytest.raises(HandshakeNotFoundException):
        write(org, lambda tx: tx.handshakes.put(changed))
    with pytest.raises(HandshakeNotFoundException):
        write(org, lambda tx: tx.handshakes.delete(changed))


def test_whose_they_are(org: Store) -> None:
    made = [
        handshake("h-3"),
        handshake("h-2", account_id=None, email="a@example.com", requested_at=AT - timedelta(days=1)),
        handshake("h-1", organization_id=OTHER_ID, account_id=ACCOUNT_ID),
        handshake("h-4", organization_id=OTHER_ID, requested_at=LATER),
    ]

    def fill(tx: Transaction) -> None:
        for each in made:
            tx.handshakes.add(each)

    write(org, fill)
    assert read(org, lambda tx: tx.handshakes.of_organization(ID)) == [made[1], made[0]]
    assert read(org, lambda tx: tx.handshakes.of_organization(OTHER_ID)) == [made[2], made[3]]
    of_other = read(org, lambda tx: tx.handshakes.of_account(OTHER_ACCOUNT_ID, None))
    assert of_other == [made[0], made[3]]
    by_email = read(org, lambda tx: tx.handshakes.of_account(OTHER_ACCOUNT_ID, "a@example.com"))
    assert by_email == [made[1], made[0], made[3]]
    assert read(org, lambda tx: tx.handshakes.of_account(ACCOUNT_ID, "b@example.com")) == [made[2]]


def test_they_go_with_the_organization(org: Store) -> None:
    def fill(tx: Transaction) -> None:
        tx.handshakes.add(handshake("h-1"))
        tx.handshakes.add(handshake("h-2", organization_id=OTHER_ID))

    write(org, fill)
    write(org, lambda tx: tx.organizations.delete(ORGANIZATION))
    assert read(org, lambda tx: tx.handshakes.find("h-1")) is None
    assert read(org, lambda tx: tx.handshakes.find("h-2")) is not None
