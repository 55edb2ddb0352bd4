"""Files of records: nothing is lost, torn or mixed up, whoever writes and whatever happens to the file."""

import gzip
import json
import os
import re
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iamd.audit.entry import Entry
from iamd.audit.files import Archive, FileTarget, StreamTarget
from iamd.audit.reading import Read, read_file, verify
from iamd.audit.record import body_of
from iamd.audit.trail import TargetError

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def entry(name: str) -> Entry:
    return Entry(
        event_id=name,
        at=NOON,
        account_id="1",
        name=name,
        principal="",
        error_code="",
        body=body_of({"eventName": name}),
    )


def names(reads: Iterable[Read]) -> list[str]:
    return [each.record["eventName"] for each in reads if each.record is not None]


class Hand:
    """A clock's hand that a test moves."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_a_file_is_for_its_owner_alone(path: Path) -> None:
    target = FileTarget(path, "a", Hand())
    target.write([entry("x")])
    target.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_chain_of_the_next_process_hangs_on_the_last_record(path: Path) -> None:
    for chain_id in "ab":
        target = FileTarget(path, chain_id, Hand())
        target.write([entry(chain_id), entry(chain_id)])
        target.close()
    found = verify(read_file(path))
    assert (found.problems, found.beginnings, [head[0] for head in found.heads]) == ([], [], ["a", "b"])


def test_what_a_loss_of_power_has_left_of_some_lines_is_cut_off(path: Path) -> None:
    """What was not forced to the disk may be there in parts, with zeros before them: nobody was told of it."""
    target = FileTarget(path, "a", Hand())
    target.write([entry("x")])
    target.close()
    kept = path.read_bytes()
    path.write_bytes(kept + kept[:20] + bytes(600) + kept[20:])
    target = FileTarget(path, "b", Hand())
    assert path.read_bytes() == kept
    target.write([entry("y")])
    target.close()
    found = verify(read_file(path))
    assert (found.problems, found.beginnings) == ([], [])
    # Not thrown away: one byte of a disk that fails looks like that, too, with good records behind it.
    (aside,) = path.parent.glob(f"{path.name}.cut-*")
    assert aside.read_bytes() == kept[:20] + bytes(600) + kept[20:]
    assert aside.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_process_has_left_of_a_line_does_not_spoil_that_of_another(path: Path) -> None:
    """Workers share the file; one was killed in the middle of a line, and nobody opens the file anew."""
    target = FileTarget(path, "a", Hand())
    target.write([entry("x")])
    with path.open("ab") as file:
        file.write(b'{"eventName":"half')
    target.write([entry("y")])
    target.write([entry("z")])
    target.close()
    assert names(read_file(path)) == ["x", "y", "z"]
    assert verify(read_file(path)).problems == []
    assert [each.name for each in path.parent.glob(f"{path.name}.cut-*")] == []


def test_what_a_crash_has_left_of_a_line_is_cut_off(path: Path) -> None:
    target = FileTarget(path, "a", Hand())
    target.write([entry("x")])
    target.close()
    with path.open("ab") as file:
        file.write(b'{"eventName":"half')
    target = FileTarget(path, "b", Hand())
    target.write([entry("y")])
    target.close()
    assert names(read_file(path)) == ["x", "y"]
    assert verify(read_file(path)).problems == []


def test_two_processes_may_write_to_one_file(path: Path) -> None:
    """Each in turn, through the files that are begun anew meanwhile."""
    hand = Hand()

    def write(chain_id: str) -> None:
        target = FileTarget(path, chain_id, hand, most_bytes=2_000)
        for number in range(40):
            target.write([entry(f"{chain_id}{number}"), entry(f"{chain_id}{number}+")])
        target.close()

    threads = [threading.Thread(target=write, args=(chain_id,)) for chain_id in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = sorted(path.parent.glob("audit.jsonl.2*"))
    assert len(files) > 5
    reads = [each for file in (*files, path) for each in read_file(file)]
    assert sorted(names(reads)) == sorted(
        f"{chain_id}{number}{end}" for chain_id in "ab" for number in range(40) for end in ("", "+")
    )
    assert verify(reads).problems == []


def test_a_file_is_begun_anew_at_the_end_of_the_day(path: Path) -> None:
    hand = Hand()
    target = FileTarget(path, "a", hand, most_bytes=10**9)
    target.write([entry("today")])
    hand.at += timedelta(days=1)
    target.write([entry("tomorrow")])
    target.write([entry("tomorrow, too")])
    target.close()
    (full,) = path.parent.glob("audit.jsonl.2*")
    assert names(read_file(full)) == ["today"]
    assert names(read_file(path)) == ["tomorrow", "tomorrow, too"]


def test_a_file_that_was_taken_away_is_made_anew(path: Path) -> None:
    """As logrotate does it."""
    target = FileTarget(path, "a", Hand())
    target.write([entry("x")])
    path.rename(path.with_name("elsewhere"))
    target.write([entry("y")])
    target.close()
    assert names(read_file(path)) == ["y"]


def test_full_files_are_packed_as_cloudtrail_does_it(path: Path) -> None:
    folder = path.parent / "archive"
    archive = Archive(folder, "123456789012", "eu-central-1")
    hand = Hand()
    target = FileTarget(path, "a", hand, most_bytes=1, archive=archive)
    target.write([entry("x"), entry("y")])
    target.write([entry("z")])
    target.close()
    assert [each.name for each in path.parent.glob("audit.jsonl*")] != []
    (packed,) = folder.iterdir()
    named = f"123456789012_CloudTrail_eu-central-1_{hand.at:%Y%m%dT%H%MZ_%S}0001[0-9a-f]{{10}}.json.gz"
    assert re.fullmatch(named, packed.name, re.ASCII)
    assert packed.stat().st_mode & 0o777 == 0o600
    with gzip.open(packed) as file:
        assert [each["eventName"] for each in json.load(file)["Records"]] == ["x", "y"]
    assert not list(path.parent.glob("audit.jsonl.2*"))
    reads = [*read_file(packed), *read_file(path)]
    assert names(reads) == ["x", "y", "z"]
    assert verify(reads).problems == []


def test_what_could_not_be_packed_is_packed_at_the_next_start(path: Path) -> None:
    hand = Hand()
    target = FileTarget(path, "a", hand, most_bytes=1)
    target.write([entry("x")])
    target.write([entry("y")])
    target.close()
    folder = path.parent / "archive"
    FileTarget(path, "b", hand, archive=Archive(folder, "1", "r")).close()
    (packed,) = folder.iterdir()
    assert names(read_file(packed)) == ["x"]


def test_what_was_packed_and_not_removed_is_packed_in_the_same_place(path: Path) -> None:
    """As a loss of power leaves it, and an interruption: also with the half of another attempt beside it."""
    full = path.with_name("audit.jsonl.20260131T120000Z-0002")
    folder = path.parent / "archive"
    FileTarget(full, "a", Hand()).write([entry("x")])
    content = full.read_bytes()
    archive = Archive(folder, "1", "r")
    archive.take(full)
    (packed,) = folder.iterdir()
    packed.with_name(f".{packed.name}").write_bytes(b"half")
    full.write_bytes(content)
    archive.take(full)
    assert list(folder.iterdir()) == [packed]
    assert names(read_file(packed)) == ["x"]


def test_names_of_packed_files_are_in_the_order_in_which_they_were_filled(path: Path) -> None:
    folder = path.parent / "archive"
    hand = Hand()
    target = FileTarget(path, "a", hand, most_bytes=1, archive=Archive(folder, "1", "r"))
    for number in range(12):
        target.write([entry(f"{number}")])
        hand.at += timedelta(seconds=1)
    target.close()
    reads = [each for packed in sorted(folder.iterdir()) for each in read_file(packed)]
    assert names(reads) == [f"{number}" for number in range(11)]
    assert verify(reads).problems == []


def test_what_is_no_plain_file_is_written_to_all_the_same(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    target = FileTarget(fifo, "a", Hand(), most_bytes=1)
    target.write([entry("x")])
    target.write([entry("y")])
    target.close()
    lines = os.read(reader, 65_536).splitlines()
    os.close(reader)
    assert [json.loads(line)["eventName"] for line in lines] == ["x", "y"]
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_a_full_disk_takes_nothing_half() -> None:
    target = FileTarget(Path("/dev/full"), "a", Hand())
    with pytest.raises(TargetError, match="/dev/full: No space left on device"):
        target.write([entry("x")])
    target.close()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"nowhere/audit\.jsonl: No such file or directory"):
        FileTarget(tmp_path / "nowhere" / "audit.jsonl", "a", Hand())


def test_standard_output_has_a_chain_too(tmp_path: Path) -> None:
    path = tmp_path / "out"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    target = StreamTarget(descriptor, "a")
    target.write([entry("x"), entry("y")])
    target.close()
    os.close(descriptor)
    assert names(read_file(path)) == ["x", "y"]
    assert verify(read_file(path)).problems == []
