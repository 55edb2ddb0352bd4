"""The trail: what waits, what is refused, and when."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

import pytest
import structlog

from iamd.audit.entry import Entry, Scribe
from iamd.audit.event import Event
from iamd.audit.trail import PATIENCE, TargetError, Trail, TrailBlockedError
from iamd.wire.model import load


class Shelf:
    """A target that can be told to fail, or to hang."""

    def __init__(self) -> None:
        self.fails = False
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.hangs = threading.Event()
        self.entries: list[Entry] = []
        self.closed = False

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.entries]

    def write(self, entries: Sequence[Entry]) -> None:
        self.hangs.set()
        self.goes_on.wait(30)
        if self.fails:
            raise TargetError("it is full")
        self.entries += entries

    def close(self) -> None:
        self.closed = True


def event(name: str) -> Event:
    return Event(
        at=datetime(2026, 1, 31, tzinfo=UTC),
        request_id="r",
        service="iam",
        name=name,
        source_ip="",
        user_agent="",
        status=200,
    )


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def shelves() -> tuple[Shelf, Shelf]:
    return Shelf(), Shelf()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def trail(shelves: tuple[Shelf, Shelf], seconds: Seconds) -> Iterator[Trail]:
    ids = count()
    made = Trail(Scribe(lambda: str(next(ids)), "1", "r"), shelves, seconds, most_waiting=5)
    yield made
    for each in shelves:
        each.fails = False
        each.goes_on.set()
    made.close()


def test_everything_comes_to_every_target_in_order(trail: Trail, shelves: tuple[Shelf, Shelf]) -> None:
    trail.record(event("a"))
    trail.record(event("b"))
    trail.confirm(event("c")).result(10)
    assert [each.names for each in shelves] == [["a", "b", "c"]] * 2
    assert trail.waiting == 0


def test_what_waits_is_written_at_the_end(trail: Trail, shelves: tuple[Shelf, Shelf]) -> None:
    trail.record(event("a"))
    trail.close()
    assert [(each.names, each.closed) for each in shelves] == [(["a"], True)] * 2
    trail.close()


def test_a_target_that_fails_keeps_others_from_nothing_and_loses_nothing(
    trail: Trail, shelves: tuple[Shelf, Shelf]
) -> None:
    first, second = shelves
    first.fails = True
    with pytest.raises(TrailBlockedError):
        trail.confirm(event("a")).result(10)
    with pytest.raises(TrailBlockedError) as caught:
        trail.check()
    assert caught.value.detail == "the audit trail cannot be written: it is full"
    assert "full" not in (caught.value.message or "")
    assert (first.names, second.names) == ([], ["a"])
    first.fails = False
    trail.confirm(event("b")).result(10)
    trail.check()
    assert (first.names, second.names) == (["a", "b"], ["a", "b"])


def test_it_is_tried_again_without_being_asked(trail: Trail, shelves: tuple[Shelf, Shelf]) -> None:
    first, _ = shelves
    first.fails = True
    with pytest.raises(TrailBlockedError):
        trail.confirm(event("a")).result(10)
    first.hangs.clear()
    first.fails = False
    assert first.hangs.wait(10)


def test_readers_are_answered_until_the_line_is_full(trail: Trail, shelves: tuple[Shelf, Shelf]) -> None:
    shelves[0].fails = True
    with pytest.raises(TrailBlockedError):
        trail.confirm(event("0")).result(10)
    for number in range(4):
        trail.record(event(str(number)))
    with pytest.raises(TrailBlockedError):
        trail.record(event("one too many"))
    shelves[0].fails = False
    trail.flush()
    trail.record(event("5"))
    trail.flush()
    assert shelves[0].names == shelves[1].names == ["0", "0", "1", "2", "3", "5"]


def test_nobody_begins_to_write_while_a_target_hangs(
    trail: Trail, shelves: tuple[Shelf, Shelf], seconds: Seconds
) -> None:
    shelves[0].goes_on.clear()
    shelves[0].hangs.clear()
    waiting = trail.confirm(event("a"))
    assert shelves[0].hangs.wait(10)
    trail.check()
    seconds.now += PATIENCE + 1
    with pytest.raises(TrailBlockedError) as caught:
        trail.check()
    assert caught.value.detail == "the audit trail cannot be written: a target hangs"
    shelves[0].goes_on.set()
    waiting.result(10)
    trail.check()


def test_what_cannot_be_told_keeps_nothing_else_from_being_written(
    trail: Trail, shelves: tuple[Shelf, Shelf]
) -> None:
    """A fault of ours in one record leaves a bare one, and a line in the log."""
    odd = Event(
        at=datetime(2026, 1, 31, tzinfo=UTC),
        request_id="odd",
        service="iam",
        name="CreateUser",
        source_ip="",
        user_agent="",
        status=200,
        operation=load("iam").operations["CreateUser"],
        parameters={"Tags": [{"Key": {1, 2}}], "UserName": "\ud800"},
        decided=("no decision",),  # type: ignore[arg-type]
    )
    with structlog.testing.capture_logs() as logged:
        trail.record(odd)
        trail.confirm(event("next")).result(10)
    assert [each.names for each in shelves] == [["CreateUser", "next"]] * 2
    record = json.loads(shelves[0].entries[0].body)
    assert record["requestID"] == "odd"
    assert record["additionalEventData"]["errorDetail"].startswith("incomplete: ")
    assert [each["event"] for each in logged] == ["audit record incomplete"]


def test_a_trail_without_targets_keeps_nothing() -> None:
    trail = Trail(Scribe(str, "1", "r"), (), Seconds())
    assert not trail.keeps
    trail.check()
    trail.flush()
    trail.close()
