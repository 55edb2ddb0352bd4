"""Nodes that share a database: on every store alike."""

from dataclasses import replace
from datetime import timedelta

from tests.support.store_values import AT as NOW
from tests.support.store_values import read, write

from iamd.domain.nodes import Node
from iamd.store.interface import Change, Store

NODE = Node(
    node_id="one",
    host="a.example.com",
    process=7,
    version="1.2.3",
    started_at=NOW,
    seen_at=NOW,
    epoch=12,
)
OTHER = replace(NODE, node_id="two", host="b.example.com")


def say(store: Store, node: Node) -> None:
    write(store, lambda tx: tx.nodes.put(node))


def test_a_node_says_that_it_is_there_again_and_again(store: Store) -> None:
    later = replace(NODE, seen_at=NOW + timedelta(seconds=30), epoch=13)
    for each in (OTHER, NODE, later):
        say(store, each)
    assert read(store, lambda tx: tx.nodes.all()) == [later, OTHER]
    write(store, lambda tx: tx.nodes.delete("one"))
    assert read(store, lambda tx: tx.nodes.all()) == [OTHER]


def test_nobody_has_to_hear_of_it(store: Store) -> None:
    """What is remembered stays true: the epoch does not move."""
    heard: list[Change] = []
    store.on_changes(heard.extend)
    before = read(store, lambda tx: tx.epoch)
    say(store, NODE)
    assert read(store, lambda tx: tx.epoch) == before
    assert heard == []


def test_those_that_have_gone_without_a_word_are_forgotten(store: Store) -> None:
    say(store, NODE)
    say(store, replace(OTHER, seen_at=NOW + timedelta(hours=1)))
    write(store, lambda tx: tx.nodes.forget(NOW + timedelta(minutes=1)))
    assert [each.node_id for each in read(store, lambda tx: tx.nodes.all())] == ["two"]
