"""What is asked on the way of an escalation, and what that costs."""

from tests.support.answers import arn

from iamd.trust.asking import Targets


def test_what_is_held_against_patterns_is_counted() -> None:
    """Thousands of users with patterns of their own, and thousands of targets, would keep the server busy for minutes."""
    targets = Targets(arn(f"user/{number}") for number in range(100))
    assert targets.matching(arn("user/*7")) == tuple(arn(f"user/{number}7") for number in ("", *range(1, 10)))
    assert targets.matched == 100
    # Each pattern once, and what is no pattern not at all.
    targets.matching(arn("user/*7"))
    assert targets.matching(arn("user/7")) == (arn("user/7"),)
    assert targets.matched == 100
