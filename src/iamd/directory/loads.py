"""Running a pure pass again and again until all that it asks for is in memory."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

from iamd.directory.directory import CachedView, NeedsLoad
from iamd.federation.needs_fetch import NeedsFetch

T = TypeVar("T")

_MOST_LOADS: Final = 1_000
"""
More than any pass can need; a pass that asks for more is a fault of ours.

A hundred questions, each about a principal, a resource and accounts that nobody has asked about before, need some hundreds.
"""


async def with_loads(workers: Executor, view: CachedView, attempt: Callable[[], T]) -> T:
    """
    Run *attempt*; load what it lacks on one of *workers*, and run it again.

    Args:
        workers: Threads that may wait for the database.
        view: What *attempt* asks, and where what was loaded stays at hand.
        attempt: Pure, since it is run again from its beginning.

    Raises:
        RuntimeError: It asks for ever more.
    """
    for _ in range(_MOST_LOADS):
        try:
            return attempt()
        except NeedsLoad as lack:
            await asyncio.get_running_loop().run_in_executor(workers, view.load, lack.need)
        except NeedsFetch as lack:
            # Others may wait for the same answer: who goes away does not take it from them.
            await asyncio.shield(asyncio.wrap_future(lack.done))
    raise RuntimeError("a pass asks for ever more")
