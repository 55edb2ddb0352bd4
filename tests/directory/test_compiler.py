"""Compiled policies are shared, bounded, and asked for by several threads at once."""

import sys
import threading
from collections.abc import Iterator

import pytest

from iamd.directory.load import Compiler
from iampolicy import PolicyKind, parse

TEXTS = [
    f'{{"Statement":{{"Effect":"Allow","Action":"s3:Get{number}","Resource":"*"}}}}' for number in range(64)
]


@pytest.fixture
def impatient() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_text_is_compiled_once_for_each_use() -> None:
    compiler = Compiler()
    text = TEXTS[0]
    first = compiler(text, PolicyKind.SESSION, "a", "")
    assert compiler(text, PolicyKind.SESSION, "a", "") is first
    assert compiler(text, PolicyKind.IDENTITY, "a", "") is not first
    assert first.name == parse(text, PolicyKind.SESSION, name="a").name


def test_what_was_not_used_for_longest_goes_first() -> None:
    compiler = Compiler(2)
    old, new = (compiler(text, PolicyKind.SESSION, "a", "") for text in TEXTS[:2])
    assert compiler(TEXTS[0], PolicyKind.SESSION, "a", "") is old
    compiler(TEXTS[2], PolicyKind.SESSION, "a", "")
    assert compiler(TEXTS[0], PolicyKind.SESSION, "a", "") is old
    assert compiler(TEXTS[1], PolicyKind.SESSION, "a", "") is not new


@pytest.mark.usefixtures("impatient")
def test_threads_may_fill_it_together() -> None:
    """A full cache that two threads make room in at once must not fail either."""
    compiler = Compiler(1)
    faults: list[BaseException] = []

    def run() -> None:
        try:
            for text in TEXTS * 4:
                compiler(text, PolicyKind.SESSION, "a", "")
        except RuntimeError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
