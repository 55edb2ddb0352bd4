"""Records from the newest on, out of files that are begun anew meanwhile."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iamd.audit import newest
from iamd.audit.newest import FileRecords, look_through
from iamd.audit.reading import Record


def line(number: int, at: str = "2026-01-31T12:00:00Z", more: str = "") -> bytes:
    return json.dumps({"number": number, "eventTime": at, "more": more}).encode() + b"\n"


def numbers(found: list[Record]) -> list[int]:
    return [each["number"] for each in found]


def every(record: Record) -> Iterator[Record]:
    yield record


def pages(files: FileRecords, limit: int) -> Iterator[list[int]]:
    after: str | None = None
    while True:
        page = look_through(files.newest_first(after), None, every, limit)
        yield numbers(page.items)
        after = page.next
        if after is None:
            return


def test_pages_go_back_through_all_files(tmp_path: Path) -> None:
    live = tmp_path / "audit.jsonl"
    (tmp_path / "audit.jsonl.20260130T000000Z").write_bytes(line(1) + line(2))
    (tmp_path / "audit.jsonl.20260131T000000Z").write_bytes(line(3))
    (tmp_path / "audit.jsonl.lock").write_bytes(line(99))
    live.write_bytes(line(4) + line(5) + line(6))
    assert list(pages(FileRecords(live), 4)) == [[6, 5, 4, 3], [2, 1]]


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
def test_lines_are_whole_however_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(newest, "_BLOCK", block)
    live = tmp_path / "audit.jsonl"
    live.write_bytes(b"".join(line(number, more="x" * (number * 17 % 90)) for number in range(20)))
    assert [each for page in pages(FileRecords(live), 3) for each in page] == list(range(20))[::-1]


def test_a_page_goes_on_where_the_last_one_ended_when_the_file_was_begun_anew(tmp_path: Path) -> None:
    live = tmp_path / "audit.jsonl"
    live.write_bytes(line(1) + line(2) + line(3))
    first = look_through(FileRecords(live).newest_first(None), None, every, 1)
    live.rename(tmp_path / "audit.jsonl.20260131T000000Z")
    live.write_bytes(line(4))
    second = look_through(FileRecords(live).newest_first(first.next), None, every, 9)
    assert (numbers(first.items), numbers(second.items), second.next) == ([3], [2, 1], None)


def test_what_is_no_record_is_passed_over(tmp_path: Path) -> None:
    live = tmp_path / "audit.jsonl"
    live.write_bytes(line(1) + b"\n[1]\nno JSON\n" + line(2) + line(3)[:-9])
    assert list(pages(FileRecords(live), 9)) == [[2, 1]]
    assert list(pages(FileRecords(tmp_path / "nothing"), 9)) == [[]]


def test_work_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "MOST_LOOKED_AT", 3)
    live = tmp_path / "audit.jsonl"
    live.write_bytes(b"".join(line(number) for number in range(7)))
    files = FileRecords(live)

    def first_one(record: Record) -> list[Record]:
        return [record] if record["number"] == 0 else []

    page = look_through(files.newest_first(None), None, first_one, 9)
    assert page.items == []
    page = look_through(files.newest_first(page.next), None, first_one, 9)
    page = look_through(files.newest_first(page.next), None, first_one, 9)
    assert (numbers(page.items), page.next) == ([0], None)


def test_what_is_too_old_ends_the_search(tmp_path: Path) -> None:
    live = tmp_path / "audit.jsonl"
    live.write_bytes(
        line(1, "2026-01-30T11:00:00Z") + line(2, "2026-01-30T10:00:00") + line(3, "0001-01-01T00:00:00Z")
        + line(4, "2026-01-31T12:00:00Z")
    )  # fmt: skip
    since = datetime(2026, 1, 31, tzinfo=UTC)
    assert numbers(look_through(FileRecords(live).newest_first(None), since, every, 9).items) == [4]


@pytest.mark.parametrize(
    "place",
    ["", "-", "1", "a-1", "1-a", "-1-2", "1-" + "9" * 30, "../../etc/passwd-1", "\N{FULLWIDTH DIGIT ONE}-1"],
)
def test_what_was_never_a_place_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(ValueError, match="no such place"):
        list(FileRecords(tmp_path / "audit.jsonl").newest_first(place))
