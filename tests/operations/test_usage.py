"""When keys and roles were last used, noted by one thread while another writes it down."""

import sys
import threading
from datetime import UTC, datetime, timedelta

from iamd.operations.usage import MOST_ACCESSES, Usage
from iamd.operations.uses import Asked, Use, Uses

AT = datetime(2026, 1, 1, tzinfo=UTC)


def use(seconds: int = 0) -> Use:
    return Use(AT + timedelta(seconds=seconds), "iam", "us-east-1")


def test_what_was_noted_meanwhile_stays() -> None:
    usage = Usage()
    usage.keep(use(), access_key_id="written")
    usage.keep(use(), access_key_id="again")
    usage.keep(use(), role_id="role")
    noted = usage.noted()
    # At the same moment of a clock that stands still, and before it where the clock was set back.
    usage.keep(use(), access_key_id="again")
    usage.keep(use(-1), role_id="late")
    usage.forget(noted)
    assert usage.noted() == Uses({"again": use()}, {"late": use(-1)})
    assert (usage.access_key("written"), usage.access_key("again")) == (None, use())


def test_noting_disturbs_nobody_who_writes_down() -> None:
    """A thread that flushes in the background must not end, nor a use be lost."""
    usage, seen = Usage(), set[str]()
    faults: list[BaseException] = []
    done = threading.Event()

    def flush() -> None:
        try:
            while not done.is_set():
                noted = usage.noted()
                seen.update(noted.access_keys)
                usage.forget(noted)
        except RuntimeError as fault:
            faults.append(fault)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=flush)
    thread.start()
    try:
        for number in range(20_000):
            usage.keep(use(number), access_key_id=str(number))
    finally:
        sys.setswitchinterval(before)
        done.set()
        thread.join()
    seen.update(usage.noted().access_keys)
    assert (faults, len(seen)) == ([], 20_000)


def test_the_last_use_of_a_key_that_is_written_down_all_the_time_is_kept() -> None:
    usage, written = Usage(), [AT]
    done = threading.Event()

    def flush() -> None:
        while not done.is_set():
            noted = usage.noted()
            written.extend(each.at for each in noted.access_keys.values())
            usage.forget(noted)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=flush)
    thread.start()
    try:
        for number in range(20_000):
            usage.keep(use(number), access_key_id="one")
    finally:
        sys.setswitchinterval(before)
        done.set()
        thread.join()
    left = usage.access_key("one")
    assert max(written[-1], AT if left is None else left.at) == use(19_999).at


def asked(action: str = "GetUser") -> Asked:
    return Asked("123456789012", "AIDAONE", "iam", action)


def test_an_access_that_was_noted_meanwhile_stays() -> None:
    usage = Usage()
    for action in ("GetUser", "ListUsers"):
        usage.keep(use(), asked=asked(action))
    noted = usage.noted()
    usage.keep(use(1), asked=asked("ListUsers"))
    usage.forget(noted)
    (left,) = usage.accesses()
    assert (left.principal_id, left.service, left.action) == ("AIDAONE", "iam", "ListUsers")
    assert (left.at, left.region) == (use(1).at, "us-east-1")
    usage.clear()
    assert (usage.accesses(), bool(usage.noted())) == ([], False)


def test_many_uses_are_written_down_in_parts() -> None:
    usage = Usage()
    usage.keep(use(), role_id="role")
    for number in range(1001):
        usage.keep(use(number), asked=asked(str(number)))
    for number in range(700):
        usage.keep(use(), access_key_id=f"key-{number}")
    parts = list(usage.noted().parts())
    assert [(len(part.access_keys), len(part.roles), len(part.accesses)) for part in parts] == [
        (500, 1, 500),
        (200, 0, 500),
        (0, 0, 1),
    ]
    for part in parts:
        usage.forget(part)
    assert not usage.noted()
    assert list(usage.noted().parts()) == []


def test_what_is_noted_at_once_is_bounded() -> None:
    usage = Usage()
    for number in range(MOST_ACCESSES + 2):
        usage.keep(use(), asked=asked(str(number)))
    # Whoever is noted already may be noted again.
    usage.keep(use(1), asked=asked("0"))
    noted = usage.noted().accesses
    assert (len(noted), noted[asked("0")]) == (MOST_ACCESSES, use(1))
