"""
Damage the file of a database, each of its pages in turn, and see what a server makes of it.

``python -m tests.faults.damage [--runs 1000] [--seed N]``

The database holds users who may do something and may not do something else: by an explicit Deny of their own, of their group, of a
managed policy or of their boundary, or because their key is inactive; and roles that trust some of them.  Each run damages one page,
every page in turn: bits of a byte of it are flipped; or a byte of a text becomes the next letter; or a sector of it is nothing but
zeros, or holds what another page has there.  Then it starts the application on that, and asks everybody for everything.  What must
hold:

* Nothing but an answer comes of it: what is damaged is refused, the rest is answered as before.
* Nothing is allowed that was not before.
* Nothing passes for sound when the file is looked through.
* Cut off anywhere, or with a byte flipped, the write-ahead log leaves what was there at one moment, and never a half of something.
"""

import argparse
import logging
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from tests.support.loops import LoopThread, loop_thread
from tests.support.sqlite import sqlite
from tests.support.world import Actor, Credentials, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings
from iamd.store.errors import StoreError

PAGE: Final = 4096
SECTOR: Final = 512
USERS: Final = 12
"""Of each kind."""
PASSED: Final = "passed for sound"
WRITES: Final = 40
"""In the log that is cut off."""
_ROOT: Final = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")
_MASTER_KEY: Final = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
_FORBIDDEN: Final = (403, 400)

Answers = dict[str, str]
"""Of each question whether it was *allowed* or *denied*, or has *failed*."""


@dataclass
class Report:
    """What came of the runs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def settings(path: Path) -> Settings:
    return Settings(
        account_id="123456789012",
        root_access_key_id=_ROOT[0],
        root_secret_access_key=Secret(_ROOT[1]),
        data=path,
        master_key=Secret(_MASTER_KEY),
    )


def made(path: Path, loop: LoopThread) -> Mapping[str, Credentials]:
    """Make the database; return everybody's credentials."""
    both = document(allow("iam:*"), deny("iam:ListUsers"))
    found: dict[str, Credentials] = {}
    with closing(World(loop, settings(path))) as world:
        iam = world.root.iam
        iam.create_group(GroupName="denied")
        iam.put_group_policy(GroupName="denied", PolicyName="p", PolicyDocument=both)
        managed = iam.create_policy(PolicyName="denied", PolicyDocument=both)["Policy"]["Arn"]
        boundary = document(allow("iam:GetUser"))
        bound = iam.create_policy(PolicyName="bound", PolicyDocument=boundary)["Policy"]["Arn"]
        for number in range(USERS):
            own = world.user(f"own-{number}", allow("iam:*"), deny("iam:ListUsers"))
            grouped = world.user(f"grouped-{number}")
            iam.add_user_to_group(GroupName="denied", UserName=grouped.name)
            attached = world.user(f"attached-{number}")
            iam.attach_user_policy(UserName=attached.name, PolicyArn=managed)
            bounded = world.user(f"bounded-{number}", allow("iam:*"), PermissionsBoundary=bound)
            inactive = world.user(f"inactive-{number}", allow("*"))
            iam.update_access_key(
                UserName=inactive.name, AccessKeyId=_of(inactive).access_key_id, Status="Inactive"
            )
            world.role(f"role-{number}", {"AWS": f"arn:aws:iam::123456789012:user/own-{number}"})
            found |= {each.name: _of(each) for each in (own, grouped, attached, bounded, inactive)}
    return found


def asked(world: World, everybody: Mapping[str, Credentials]) -> Answers:
    """Ask everybody for what they may do and what they may not."""
    answers: Answers = {}
    for name, credentials in everybody.items():
        actor, number = Actor(world, credentials), int(name.partition("-")[2])
        answers[f"{name} GetUser"] = _answer(actor.iam.get_user)
        answers[f"{name} ListUsers"] = _answer(actor.iam.list_users)
        for other in (number, (number + 1) % USERS):
            arn = f"arn:aws:iam::123456789012:role/role-{other}"
            answers[f"{name} AssumeRole {other}"] = _answer(
                actor.sts.assume_role, RoleArn=arn, RoleSessionName="session"
            )
    return answers


def outcome(
    path: Path, loop: LoopThread, everybody: Mapping[str, Credentials], sound: Answers
) -> Answers | str:
    """Return what everybody is answered; or, in a word, why that is of no interest."""
    try:
        with closing(World(loop, settings(path))) as world:
            answers = asked(world, everybody)
            try:
                problems = world.app.store.read(lambda tx: tx.problems()).result()
            except StoreError:
                problems = ["it cannot be read"]
    except StoreError:
        return "refused at the start"
    if answers == sound:
        return "found when looked through" if problems else PASSED
    return answers


def flipped(content: bytearray, page: int, chance: random.Random) -> None:
    """Flip bits of a byte."""
    content[page * PAGE + chance.randrange(PAGE)] ^= chance.randrange(1, 256)


def misspelt(content: bytearray, page: int, chance: random.Random) -> None:
    """Make a letter another one, so that a text stays a text; flip bits of a page that has none."""
    letters = [at for at in range(page * PAGE, (page + 1) * PAGE) if content[at : at + 1].isalpha()]
    if letters:
        content[chance.choice(letters)] ^= 1
    else:
        flipped(content, page, chance)


def blank(content: bytearray, page: int, chance: random.Random) -> None:
    """Write zeros over a sector."""
    _sector(content, page, chance, bytes(SECTOR))


def misplaced(content: bytearray, page: int, chance: random.Random) -> None:
    """Write another page's sector over one."""
    other = chance.randrange(len(content) // PAGE) * PAGE + chance.randrange(PAGE // SECTOR) * SECTOR
    _sector(content, page, chance, bytes(content[other : other + SECTOR]))


def _sector(content: bytearray, page: int, chance: random.Random, written: bytes) -> None:
    at = page * PAGE + chance.randrange(PAGE // SECTOR) * SECTOR
    content[at : at + SECTOR] = written


KINDS: Final = (flipped, misspelt, blank, misplaced)


def damage(runs: int, chance: random.Random, loop: LoopThread, folder: Path, report: Report) -> None:
    """Damage each page in turn, *runs* times."""
    path = folder / "sound.db"
    everybody = made(path, loop)
    content = path.read_bytes()
    with closing(World(loop, settings(path))) as world:
        sound = asked(world, everybody)
    expected = {f"{name} {what}" for name in everybody for what in _allowed(name)}
    odd = expected ^ {each for each, answer in sound.items() if answer == "allowed"}
    if odd:
        raise RuntimeError(f"not as expected: {odd}")
    pages = len(content) // PAGE
    print(f"{pages} pages, {len(sound)} questions", flush=True)
    for run in range(runs):
        kind, damaged = KINDS[run % len(KINDS)], bytearray(content)
        page = run // len(KINDS) % pages
        kind(damaged, page, chance)
        if damaged == content:  # zeros for zeros
            flipped(damaged, page, chance)
        with tempfile.TemporaryDirectory(dir=folder) as where:
            file = Path(where) / "iamd.db"
            file.write_bytes(damaged)
            found = outcome(file, loop, everybody, sound)
        if isinstance(found, str):
            report.outcomes[found] += 1
            if found == PASSED:
                report.wrong.append(f"{kind.__name__}, run {run}: {PASSED}")
            continue
        more = [each for each, answer in found.items() if answer == "allowed" != sound[each]]
        report.outcomes["allowed by damage" if more else "refused when asked for"] += 1
        report.wrong += [f"{kind.__name__}, run {run}: allowed {each}" for each in more]


def cut_off(runs: int, chance: random.Random, loop: LoopThread, folder: Path, report: Report) -> None:
    """Cut the write-ahead log off, or flip a byte of it, *runs* times."""
    path = folder / "logged.db"
    log = path.with_name("logged.db-wal")
    # Whoever reads keeps the log from being begun anew.
    with (
        closing(World(loop, settings(path))) as world,
        sqlite(path) as reader,
    ):
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM users").fetchall()
        database = path.read_bytes()
        for number in range(WRITES):
            world.root.iam.create_user(UserName=f"user-{number:03}", Tags=[{"Key": "k", "Value": "v"}])
        whole = log.read_bytes()
    for run in range(runs):
        damaged = bytearray(whole)
        if run % 2:
            damaged[chance.randrange(len(damaged))] ^= chance.randrange(1, 256)
        else:
            del damaged[chance.randrange(len(damaged)) :]
        with tempfile.TemporaryDirectory(dir=folder) as where:
            file = Path(where) / "iamd.db"
            file.write_bytes(database)
            file.with_name("iamd.db-wal").write_bytes(damaged)
            report.wrong += [f"log, run {run}: {each}" for each in _wrong_prefix(file, loop)]
        report.outcomes["log of a moment before"] += 1


def _wrong_prefix(file: Path, loop: LoopThread) -> list[str]:
    try:
        with closing(World(loop, settings(file))) as world:
            users = [user["UserName"] for user in world.root.iam.list_users(MaxItems=1000)["Users"]]
            problems: list[str] = world.app.store.read(lambda tx: tx.problems()).result()
            world.root.iam.create_user(UserName="behind")
    except (StoreError, ClientError, BotoCoreError) as error:
        return [str(error)]
    if users != [f"user-{number:03}" for number in range(len(users))]:
        problems.append(f"there are {users}")
    return problems


def _allowed(name: str) -> list[str]:
    kind, _, number = name.partition("-")
    return {"inactive": [], "own": ["GetUser", f"AssumeRole {number}"]}.get(kind, ["GetUser"])


def _of(actor: Actor) -> Credentials:
    assert actor.credentials is not None
    return actor.credentials


def _answer(ask: Callable[..., Any], **given: str) -> str:
    try:
        ask(**given)
    except ClientError as error:
        return "denied" if error.response["ResponseMetadata"]["HTTPStatusCode"] in _FORBIDDEN else "failed"
    except BotoCoreError:
        return "failed"
    return "allowed"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked_for = parser.parse_args()
    # What a server says about each fault.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    report, chance = Report(), random.Random(asked_for.seed)  # noqa: S311  the same runs each time
    print(f"damage, --seed {asked_for.seed}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-damage-")))
        loop = stack.enter_context(loop_thread())
        damage(asked_for.runs, chance, loop, folder, report)
        cut_off(max(1, asked_for.runs // 10), chance, loop, folder, report)
    for what, count in report.outcomes.most_common():
        print(f"{count:6} {what}")
    print(f"{len(report.wrong)} promises broken", *report.wrong[:20], sep="\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
