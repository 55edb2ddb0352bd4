"""What the campaign of `power.py` is made of, and one small turn of it."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.disk import compiled
from tests.faults.journal import Disk, Kind, Loss, Record, records
from tests.faults.power import SOURCE, Report, of_init
from tests.faults.powered import Powered
from tests.support.loops import LoopThread

pytestmark = pytest.mark.slow

PROGRAM = """
import os, sys
file = os.open("{0}/file", os.O_WRONLY | os.O_CREAT, 0o600)
os.write(file, b"first")
os.fsync(file)
{1}
os.write(file, b"+second" * 200)
"""
NAMED = 'os.fsync(os.open("{0}", os.O_RDONLY))'


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("power") / "power.so"
    missing = compiled(SOURCE, library)
    if missing is not None:
        pytest.skip(missing)
    return library


@pytest.fixture
def powered(tmp_path: Path, library: Path) -> Powered:
    return Powered(tmp_path, "root", library)


def left(powered: Powered, program: str, loss: Loss) -> Iterator[bytes | None]:
    """Run *program*, and yield what some losses of power behind its end leave of its file; None where there is none."""
    disk = Disk(powered.root)
    subprocess.run([sys.executable, "-c", program], env=powered.environ, check=True)  # noqa: S603  our own
    for record in records(powered.journal):
        disk.play(record)
    for seed in range(40):
        folder = powered.folder / f"{loss.name}-{seed}"
        disk.lose(folder, loss, random.Random(seed))  # noqa: S311  the same each time
        file = folder / "file"
        yield file.read_bytes() if file.exists() else None


def test_what_was_synced_is_there_and_of_the_rest_anything_may_be(powered: Powered) -> None:
    synced, second = b"first", b"+second" * 200
    program = PROGRAM.format(powered.root, NAMED.format(powered.root))
    assert set(left(powered, program, Loss.NOTHING)) == {synced}
    again = Powered(powered.folder, "again", powered.library)
    program = PROGRAM.format(again.root, NAMED.format(again.root))
    some = {each or b"" for each in left(again, program, Loss.SOME)}
    assert {each[:5] for each in some} == {synced}
    # Of three sectors each may be there or not.
    assert {synced, synced + second} < some
    assert len(some) > 4


def test_a_file_whose_folder_was_not_synced_may_be_gone(powered: Powered) -> None:
    assert set(left(powered, PROGRAM.format(powered.root, ""), Loss.NOTHING)) == {None}


@pytest.mark.parametrize("loss", Loss)
def test_a_file_that_moves_is_where_its_folders_were_synced(tmp_path: Path, loss: Loss) -> None:
    (tmp_path / "root" / "to").mkdir(parents=True)
    old, new = tmp_path / "root" / "file", tmp_path / "root" / "to" / "file"
    old.write_bytes(b"first")
    disk = Disk(tmp_path / "root")
    disk.play(Record(0, Kind.RENAME, 0, 0, old, new, b""))

    def found() -> Iterator[tuple[bool, bool]]:
        for seed in range(40):
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            disk.lose(folder, loss, random.Random(seed))  # noqa: S311  the same each time
            yield (folder / "file").exists(), (folder / "to" / "file").exists()

    before, after = (True, False), (False, True)
    anything = {before, after, (True, True), (False, False)}
    expected = {Loss.NOTHING: {before}, Loss.EVERYTHING: {after}}
    assert set(found()) == expected.get(loss, anything)
    for number, folder in enumerate((new.parent, old.parent)):
        disk.play(Record(0, Kind.SYNC_BEGINS, 0, number, folder, Path(), b""))
        disk.play(Record(0, Kind.SYNC_ENDS, 0, number, folder, Path(), b""))
    assert set(found()) == {after}


def test_a_server_that_was_set_up_stays_so(powered: Powered, loop: LoopThread) -> None:
    """R-87: when `iamd init` has said that all is there, it is; and an interrupted one is finished by the next."""
    report = Report()
    of_init(powered, 4, random.Random(1), loop, report)  # noqa: S311  the same each time
    assert (report.runs, report.wrong) == (4, [])


def test_a_master_key_is_there_before_anything_is_sealed_with_it(powered: Powered) -> None:
    """What is sealed with a key that is lost is lost, whatever was acknowledged."""
    program = (
        "from pathlib import Path; from iamd.domain.ids import Ids; from iamd.store.master_key_file import MasterKeyFile\n"
        "root = Path({0!r}); MasterKeyFile(root / 'file').read_or_make(root / 'iamd.db', Ids())"
    )
    kept = set(left(powered, program.format(str(powered.root)), Loss.NOTHING))
    assert kept == {(powered.root / "file").read_bytes()}
