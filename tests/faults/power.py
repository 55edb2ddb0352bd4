"""
Let the power fail, at hundreds of moments, and see that whatever was acknowledged is there, and nothing by half.

``python -m tests.faults.power [--runs 500] [--seed N]``; needs a C compiler, and says so where there is none.

Nothing is really switched off.  A program runs once, and all that it does to its files is written down (`power.c`).  From that
is worked out what a disk may hold that lost its power at any moment (`journal.py`): what was synced, and any part of the rest.
On that the server is started again.

* `iamd serve` on SQLite, with a file of records that is begun anew and packed, and a spool for a collector, while clients write,
  and keys of sessions and of the database are changed: each acknowledged write is there, each has its records, the chains are
  whole, and sessions that were given out go on.
* `iamd init`: when it has said that all is there, it is; and where it was interrupted, it is finished by the next run.
* `iamd backup`: when it has said so, the backup is there and whole; before, there may be a torn one, that no restore takes.
* `iamd restore`: when it has said so, all is there; before, nothing is, or all, and it can be done again.
* `iamd db migrate`, through all revisions: the same; nothing is between two revisions.
"""

import argparse
import logging
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
from click.testing import CliRunner
from tests.faults.disk import compiled
from tests.faults.journal import Disk, Loss, Record, records
from tests.faults.powered import Powered, prepared, recorded, wrong_after
from tests.support.loops import LoopThread, loop_thread
from tests.support.old_database import old_database, wrong_after_migration
from tests.support.serving import IAMD, init

from iamd.cli.main import cli
from iamd.store import schema

SOURCE: Final = Path(__file__).with_name("power.c")


@dataclass
class Report:
    """What came of the losses."""

    runs: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, what: str, found: list[str]) -> None:
        self.runs += 1
        self.wrong += [f"{what}: {each}" for each in found]


Check = Callable[[Path, int], list[str]]
"""Given a folder after a loss, and the place in the journal where it was: what is wrong."""


def lose(
    disk: Disk, journal: Path, runs: int, chance: random.Random, check: Check, report: Report, what: str
) -> None:
    """Lose the power *runs* times in the course of *journal*, and once behind its end."""
    played = list(records(journal))
    cuts = sorted(chance.choices(range(len(played)), k=runs - 1))
    due = iter([*cuts, len(played) - 1])
    cut = next(due)
    for place, record in enumerate(played):
        disk.play(record)
        while place == cut:
            last = place == len(played) - 1
            loss = Loss.NOTHING if last else chance.choice([*Loss, Loss.SOME])
            _lose_once(
                disk, record, loss, chance, check, report, f"{what}, {place} of {len(played)}, {loss.value}"
            )
            cut = next(due, -1)


def _lose_once(
    disk: Disk, record: Record, loss: Loss, chance: random.Random, check: Check, report: Report, what: str
) -> None:
    with tempfile.TemporaryDirectory(prefix="iamd-power-") as folder:
        disk.lose(Path(folder) / "root", loss, chance)
        report.add(what, check(Path(folder) / "root", record.end))


def run_recorded(powered: Powered, *words: str, **environ: str) -> None:
    """Run `iamd` with *words* to its end, and write down what it does."""
    done = subprocess.run(  # noqa: S603  our own program
        [IAMD, *words], env=powered.environ | environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def of_init(powered: Powered, runs: int, chance: random.Random, loop: LoopThread, report: Report) -> None:
    disk = Disk(powered.root)
    run_recorded(powered, "init", str(powered.root / "iamd"), "--port", "0")
    length = powered.position()

    def check(folder: Path, position: int) -> list[str]:
        done = CliRunner().invoke(cli, ["init", str(folder / "iamd"), "--port", "0"])
        words = (folder / "iamd" / "iamd.toml").exists() and "change it there" in done.output
        if words:
            # It has kept what it was told; so a second run is told nothing.
            done = CliRunner().invoke(cli, ["init", str(folder / "iamd")])
        if done.exit_code:
            return [f"`iamd init` says: {done.output}"]
        if position == length and "nothing was changed" not in done.output:
            return [f"`iamd init` had ended, and says: {done.output}"]
        return list(wrong_after(folder / "iamd", loop))

    lose(disk, powered.journal, runs, chance, check, report, "init")


def of_backup(powered: Powered, runs: int, chance: random.Random, report: Report) -> None:
    config = powered.root / "iamd" / "iamd.toml"
    disk = Disk(powered.root)
    given = {"IAMD_OTHER_MASTER_KEY_FILE": str(powered.folder / "other.key")}
    run_recorded(powered, "backup", "--config", str(config), str(powered.root / "backup"), **given)
    length = powered.position()

    def check(folder: Path, position: int) -> list[str]:
        words = ["restore", "--dry-run", "--config", str(config), str(folder / "backup")]
        done = CliRunner().invoke(cli, words, env=given)
        whole = "can be restored" in done.output
        if position == length:
            return [] if whole else [f"the backup is lost: {done.output}"]
        return [] if whole or done.exit_code else [f"of a torn backup is said: {done.output}"]

    lose(disk, powered.journal, runs, chance, check, report, "backup")


def of_restore(powered: Powered, runs: int, chance: random.Random, loop: LoopThread, report: Report) -> None:
    """Restore what `of_backup` has left into another folder."""
    source, folder = powered.root / "iamd", powered.root / "restored"
    folder.mkdir()
    for name in ("iamd.toml", "master.key", "root.credentials"):
        shutil.copy2(source / name, folder / name)
    given = {"IAMD_OTHER_MASTER_KEY_FILE": str(powered.folder / "other.key")}
    words = ["restore", str(powered.root / "backup"), "--config"]
    disk = Disk(powered.root)
    run_recorded(powered, *words, str(folder / "iamd.toml"), **given)
    length = powered.position()

    def check(left: Path, position: int) -> Iterator[str]:
        config = left / "restored" / "iamd.toml"
        again = CliRunner().invoke(cli, [*words, str(config)], env=given)
        if again.exit_code and "is not empty" not in again.output:
            yield f"it cannot be done again: {again.output}"
        if position == length and not again.exit_code:
            yield "it had been done, and nothing is there"
        yield from wrong_after(config.parent, loop, environ=given)

    lose(disk, powered.journal, runs, chance, lambda *given: list(check(*given)), report, "restore")


def of_migrate(powered: Powered, runs: int, chance: random.Random, report: Report) -> None:
    folder = powered.root / "iamd"
    init(folder)
    for each in folder.glob("iamd.db*"):
        each.unlink()
    old_database(folder / "iamd.db")
    disk = Disk(powered.root)
    run_recorded(powered, "db", "migrate", "--config", str(folder / "iamd.toml"))
    length = powered.position()

    def check(left: Path, position: int) -> Iterator[str]:
        words = ["db", "migrate", "--config", str(left / "iamd" / "iamd.toml")]
        done = CliRunner().invoke(cli, words)
        if done.exit_code or not done.output.rstrip().endswith(schema.REVISION):
            yield f"it cannot be done again: {done.output}"
        elif position == length and "up to date" not in done.output:
            yield f"it had been done, and is undone: {done.output}"
        else:
            yield from wrong_after_migration(left / "iamd" / "iamd.db")

    lose(disk, powered.journal, runs, chance, lambda *given: list(check(*given)), report, "migrate")


def of_serve(powered: Powered, runs: int, seed: int, loop: LoopThread, report: Report) -> Iterator[str]:
    prepared(powered)
    disk = Disk(powered.root)
    recording = recorded(powered, seed)
    yield f"{recording.acknowledged} writes acknowledged, {powered.position():,} bytes of journal"
    report.wrong += recording.broken
    chance = random.Random(seed)  # noqa: S311  the same runs each time
    lose(
        disk,
        powered.journal,
        runs,
        chance,
        lambda folder, position: list(wrong_after(folder / "iamd", loop, recording, position)),
        report,
        "serve",
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    # What a server says about a collector that is not there.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"loss of power, {asked.runs} runs, --seed {asked.seed}", flush=True)
    report, chance = Report(), random.Random(asked.seed)  # noqa: S311  the same runs each time
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-power-")))
        library = folder / "power.so"
        missing = compiled(SOURCE, library)
        if missing is not None:
            print(f"skipped: {missing}")
            return 0
        loop = stack.enter_context(loop_thread())
        few = max(2, asked.runs // 10)
        of_init(Powered(folder, "init", library), few, chance, loop, report)
        print(f"init: {report.runs} losses", flush=True)
        powered = Powered(folder, "serve", library)
        for line in of_serve(powered, max(2, asked.runs - 4 * few), asked.seed, loop, report):
            print(line, flush=True)
        of_backup(powered.anew("backup"), few, chance, report)
        of_restore(powered.anew("restore"), few, chance, loop, report)
        of_migrate(Powered(folder, "migrate", library), few, chance, report)
    print(f"{report.runs} losses, {len(report.wrong)} promises broken", *report.wrong[:20], sep="\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
