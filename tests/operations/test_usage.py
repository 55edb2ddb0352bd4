"""When keys and roles were last used, noted by one thread while another writes it down."""

import sys
import threading
from datetime import UTC, datetime, timedelta

from iamd.operations.usage import Usage, Use, Uses

AT = datetime(2026, 1, 1, tzinfo=UTC)


def use(seconds: int = 0) -> Use:
    return Use(AT + timedelta(seconds=seconds), "iam", "us-east-1")


def test_what_was_noted_meanwhile_stays() -> None:
    usage = Usage()
    usage.note_access_key("written", use())
    usage.note_access_key("again", use())
    usage.note_role("role", use())
    noted = usage.noted()
    # At the same moment of a clock that stands still, and before it where the clock was set back.
    usage.note_access_key("again", use())
    usage.note_role("late", use(-1))
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
            usage.note_access_key(str(number), use(number))
    finally:
        sys.setswitchinterval(before)
        done.set()
        thread.join()
    seen.update(usage.noted().access_keys)
    assert (faults, len(seen)) == ([], 20_000)
