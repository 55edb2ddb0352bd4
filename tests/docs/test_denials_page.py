"""The page on debugging a denial says what `iamd explain` says of denials that happen."""

from tests.docs.denials import PAGE, SCENARIOS, written
from tests.support.loops import loop_thread


def test_the_page_is_what_is_explained() -> None:
    """When this fails on purpose: ``python -m tests.docs.denials --write``, and read the difference."""
    with loop_thread() as loop:
        assert written(loop).splitlines() == PAGE.read_text(encoding="utf-8").splitlines()


def test_there_are_ten_different_denials() -> None:
    assert len({scenario.title for scenario in SCENARIOS}) >= 10
