"""
Fuzzing for a bounded time: documents that somebody has shaken, and targets that are put to the test with them.

A target does one trial with the randomness that it is given, and raises only when a law is broken.  Each trial has a
seed of its own, which a failure names: ``target(random.Random(seed))`` does it again.
"""

import itertools
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

Target = Callable[[random.Random], None]

FAST: Final = 1_500
"""Trials of each target in the fast suite, with the same seeds every time."""

SECONDS: Final = float(os.environ.get("IAMD_TEST_FUZZ_SECONDS", "30"))
"""How long each target runs in the long profile, from a seed that nobody has chosen."""


def first_seed(bits: int) -> int:
    """Return where the long profile begins: as ``IAMD_TEST_FUZZ_SEED`` says, and otherwise where nobody has chosen."""
    chosen = os.environ.get("IAMD_TEST_FUZZ_SEED")
    return int(chosen) if chosen else random.SystemRandom().getrandbits(bits)


def fuzz(target: Target, seeds: Iterable[int]) -> None:
    """Do a trial for each seed."""
    for seed in seeds:
        try:
            target(random.Random(seed))  # noqa: S311  no secrets
        except Exception as error:
            error.add_note(f"seed {seed} of {target.__name__}")
            raise


def for_a_while() -> Iterator[int]:
    """Yield seeds until the time is over."""
    ends = time.monotonic() + SECONDS
    for seed in itertools.count(first_seed(48)):
        if time.monotonic() >= ends:
            return
        yield seed


def shaken(document: bytes, chance: random.Random, words: Sequence[bytes], separator: bytes) -> bytes:
    """
    Return *document* with one to three changes.

    Args:
        document: Something that is right.
        chance: What happens to it.
        words: What documents of its kind are made of, to be put where it does not belong.
        separator: Between what can be moved as a whole.
    """
    made = bytearray(document)
    for _ in range(chance.randint(1, 3)):
        at, to = sorted(chance.randrange(len(made) + 1) for _ in range(2))
        to = min(to, at + chance.choice((1, 4, 40, 400)))
        match chance.randrange(7):
            case 0 if at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            case 1:
                del made[at:to]
            case 2:
                made[at:at] = made[at:to]
            case 3:
                made[at:at] = chance.choice(words)
            case 4:
                made[at:to] = chance.choice(words)
            case 5:
                made = bytearray(_moved(bytes(made), chance, separator))
            case _:
                made[at:to] = made[at:to][::-1]
    return bytes(made)


def _moved(document: bytes, chance: random.Random, separator: bytes) -> bytes:
    """Return *document* with some of its parts put somewhere else, or a second time."""
    parts = document.split(separator)
    first, second = sorted(chance.sample(range(len(parts) + 1), 2))
    rest = parts if chance.random() < 0.5 else parts[:first] + parts[second:]
    at = chance.randrange(len(rest) + 1)
    return separator.join([*rest[:at], *parts[first:second], *rest[at:]])
