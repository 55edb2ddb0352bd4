"""Whole seconds, one of which is remembered."""

from datetime import UTC, datetime, timedelta, timezone

from iamd.clock import whole_second

AT = datetime(2026, 11, 22, 10, 0, 5, 999_999, tzinfo=UTC)


def test_a_second_begins_where_it_does_whichever_was_asked_for_before() -> None:
    """Forwards, backwards, within a second, at its very ends, and in another zone."""
    steps = (0, 1, -1, 2, 0, -86_400, 0)
    for seconds in steps:
        for microsecond in (0, 1, 999_999, 0):
            at = AT.replace(microsecond=microsecond) + timedelta(seconds=seconds)
            assert whole_second(at) == at.replace(microsecond=0)
            assert whole_second(at.astimezone(timezone(timedelta(hours=2)))).tzinfo is UTC
