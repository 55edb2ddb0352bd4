"""VPC endpoints: on every store alike."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.store_values import OTHER_ACCOUNT_ID, add, read, vpc_endpoint, write

from iamd.errors import EntityAlreadyExists, NoSuchEntity
from iamd.store.interface import Change, ChangeKind, Store

ID = "vpce-0123456789abcdef0"
TOLD = [(ChangeKind.VPC_ENDPOINT, ID)]


def changes_of(store: Store, job: Callable[[Any], object]) -> list[tuple[ChangeKind, str]]:
    heard: list[Change] = []
    store.on_changes(heard.extend)
    write(store, job)
    return [(change.kind, change.id) for change in heard]


def test_an_endpoint_survives_and_is_told_of(store: Store) -> None:
    endpoint = vpc_endpoint(ID)
    assert changes_of(store, lambda tx: tx.vpc_endpoints.add(endpoint)) == TOLD
    assert read(store, lambda tx: tx.vpc_endpoints.find(ID)) == endpoint
    assert read(store, lambda tx: tx.vpc_endpoints.get(ID)) == endpoint
    assert endpoint.vpc_arn == "arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-0123456789abcdef0"


def test_an_id_is_taken_once_whoever_has_it(store: Store) -> None:
    add(store, vpc_endpoint(ID))
    with pytest.raises(EntityAlreadyExists) as caught:
        add(store, vpc_endpoint(ID, account_id=OTHER_ACCOUNT_ID))
    assert caught.value.message == f"The VPC endpoint {ID} already exists."


def test_they_are_listed_by_account_and_id(store: Store) -> None:
    theirs, second, first = (
        vpc_endpoint("a", account_id=OTHER_ACCOUNT_ID),
        vpc_endpoint("c"),
        vpc_endpoint("b"),
    )
    add(store, theirs, second, first)
    assert read(store, lambda tx: tx.vpc_endpoints.all()) == [first, second, theirs]


def test_a_changed_one_is_kept_and_a_deleted_one_is_gone(store: Store) -> None:
    endpoint = vpc_endpoint(ID)
    add(store, endpoint)
    changed = replace(endpoint, policy="{}")
    assert changes_of(store, lambda tx: tx.vpc_endpoints.put(changed)) == TOLD
    assert read(store, lambda tx: tx.vpc_endpoints.find(ID)) == changed
    assert changes_of(store, lambda tx: tx.vpc_endpoints.delete(changed)) == TOLD
    assert read(store, lambda tx: tx.vpc_endpoints.find(ID)) is None


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_one_that_is_not_there_is_not_changed(store: Store, verb: str) -> None:
    with pytest.raises(NoSuchEntity) as caught:
        write(store, lambda tx: getattr(tx.vpc_endpoints, verb)(vpc_endpoint(ID)))
    assert caught.value.message == f"The VPC endpoint {ID} cannot be found."
    with pytest.raises(NoSuchEntity):
        read(store, lambda tx: tx.vpc_endpoints.get(ID))
