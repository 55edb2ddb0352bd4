"""Who tries one-time passwords must wait, ever longer (RFC 4226, section 7.3)."""

from datetime import UTC, datetime, timedelta

from iamd.auth.mfa_attempts import FREE, MfaAttempts

AT = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def waits(attempts: MfaAttempts, at: datetime) -> int:
    """Return for how many seconds no code is looked at."""
    low, high = 0, 100_000
    while low < high:
        middle = (low + high) // 2
        if attempts.must_wait("device", at + middle * SECOND):
            low = middle + 1
        else:
            high = middle
    return low


def test_each_wrong_code_beyond_the_free_ones_doubles_the_wait() -> None:
    attempts, seen = MfaAttempts(), []
    for _ in range(FREE + 20):
        attempts.failed("device", AT)
        seen.append(waits(attempts, AT))
    doubled = [30, 60, 120, 240, 480, 960, 1920]
    assert seen == [0] * (FREE - 1) + doubled + [3600] * (21 - len(doubled))


def test_a_right_code_ends_it_for_its_device_alone() -> None:
    attempts = MfaAttempts()
    for serial_number in ("device", "another"):
        for _ in range(FREE):
            attempts.failed(serial_number, AT)
    attempts.succeeded("device")
    assert (attempts.must_wait("device", AT), attempts.must_wait("another", AT)) == (False, True)
    attempts.clear()
    assert not attempts.must_wait("another", AT)


def test_a_clock_that_is_set_back_keeps_nobody_out() -> None:
    attempts = MfaAttempts()
    for _ in range(FREE):
        attempts.failed("device", AT)
    assert attempts.must_wait("device", AT)
    assert not attempts.must_wait("device", AT - SECOND)


def test_only_so_many_devices_are_remembered() -> None:
    attempts = MfaAttempts()
    for _ in range(FREE):
        attempts.failed("first", AT)
    for number in range(9_999):
        attempts.failed(str(number), AT)
    assert attempts.must_wait("first", AT)
    attempts.failed("one more", AT)
    assert not attempts.must_wait("first", AT)
