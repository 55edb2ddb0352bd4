"""The chain: whatever is changed, taken out, put in or moved is found."""

import json
from typing import Any

import pytest

from iamd.audit.chain import NOTHING, Chain, line_of
from iamd.audit.reading import Read, verify
from iamd.audit.record import body_of


def chained(count: int, chain_id: str = "a", previous: str = NOTHING) -> list[dict[str, Any]]:
    """Return so many records, as they are read."""
    chain = Chain(chain_id, previous)
    found = []
    for number in range(count):
        body = body_of(
            {"eventName": f"CreateUser{number}", "userAgent": "\u2028é", "list": [1, None, {"b": 1, "a": 2}]}
        )
        link = chain.next(body)
        chain.take(link)
        found.append(json.loads(line_of(body, link)))
    return found


def problems(records: list[Any], *contains: str) -> list[str]:
    reads = [Read(f"f:{number}", record) for number, record in enumerate(records, 1)]
    return verify(reads, contains).problems


def test_what_was_written_is_whole() -> None:
    records = chained(5)
    found = verify([Read("f", record) for record in records])
    assert found.problems == []
    assert found.heads == [("a", 5, 5, records[-1]["iamdChain"]["digest"])]
    assert found.beginnings == []


def test_the_order_of_members_says_nothing() -> None:
    """A SIEM may write them as it likes."""
    records = [dict(sorted(record.items(), reverse=True)) for record in chained(3)]
    assert problems(records) == []


@pytest.mark.parametrize("place", range(5))
def test_a_change_is_found(place: int) -> None:
    records = chained(5)
    records[place]["eventName"] = "GetUser"
    assert problems(records) == [f"f:{place + 1}: the record was changed"]


@pytest.mark.parametrize("member", ["id", "sequence", "previous", "digest"])
def test_a_change_of_the_chain_itself_is_found(member: str) -> None:
    records = chained(3)
    link = records[1]["iamdChain"]
    link[member] = 7 if member == "sequence" else "0" * 64
    assert problems(records) != []


@pytest.mark.parametrize("place", [1, 2, 3])
def test_what_is_missing_is_found(place: int) -> None:
    records = chained(5)
    del records[place]
    assert problems(records) == [f"f:{place + 1}: record {place + 2} of a chain comes behind {place}"]


def test_what_is_twice_or_out_of_order_is_found() -> None:
    records = chained(4)
    assert problems([*records, records[3]]) == ["f:5: record 4 of a chain comes behind 4"]
    assert len(problems([records[0], records[2], records[1], records[3]])) == 3


def test_a_record_that_was_written_anew_does_not_fit_the_next() -> None:
    records = chained(3)
    chain = Chain("a", records[0]["iamdChain"]["digest"], 1)
    body = body_of({"eventName": "Harmless"})
    forged = json.loads(line_of(body, chain.next(body)))
    assert problems([records[0], forged, records[2]]) == [
        "f:3: the record before it is another one than when it was written"
    ]


def test_a_cut_off_end_is_found_by_who_has_kept_a_digest() -> None:
    records = chained(5)
    kept = records[4]["iamdChain"]["digest"]
    assert problems(records[:4]) == []
    assert problems(records[:4], kept) == [f"no record has the digest {kept}"]
    assert problems(records, kept) == []


def test_chains_hang_together() -> None:
    first = chained(2)
    second = chained(2, "b", first[-1]["iamdChain"]["digest"])
    assert verify([Read("f", each) for each in (*first, *second)]).beginnings == []
    # The end of the first was cut off before the second began.
    assert verify([Read("f", each) for each in (first[0], *second)]).beginnings == ["b"]


@pytest.mark.parametrize(
    "record", [{"eventName": "x"}, {"iamdChain": None}, {"iamdChain": {"id": 1}}, {"iamdChain": []}]
)
def test_what_has_no_place_is_found(record: dict[str, Any]) -> None:
    assert problems([record]) == ["f:1: a record without a place in a chain"]


def test_what_is_no_record_is_found() -> None:
    assert problems([None]) == ["f:1: no record"]
