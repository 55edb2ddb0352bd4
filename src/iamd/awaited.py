"""
Waiting, on the event loop, for what a thread does.

`asyncio.wrap_future` and `asyncio.wait_for` do the same, in so many steps that they were a fifth of what the loop did for a write.
"""

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def awaited(future: Future[T], seconds: float | None = None) -> T:
    """
    Return the result of *future*, or raise its error.

    Who gives up waiting gives up what was not begun.

    Raises:
        TimeoutError: It is not there after so many *seconds*.
    """
    if not future.done():
        await _until_done(future, seconds)
    return future.result()


async def _until_done(future: Future[T], seconds: float | None) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def end(error: Exception | None = None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def tell(_: Future[T]) -> None:
        with suppress(RuntimeError):  # The loop is closed, and nobody waits any more.
            loop.call_soon_threadsafe(end)

    timer = None if seconds is None else loop.call_later(seconds, end, TimeoutError())
    future.add_done_callback(tell)
    try:
        await done
    except BaseException:
        future.cancel()
        raise
    finally:
        if timer is not None:
            timer.cancel()
