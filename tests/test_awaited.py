"""Waiting on the event loop for what a thread does."""

import asyncio
from concurrent.futures import Future

import pytest

from iamd.awaited import awaited


def in_a_moment(future: "Future[str]", result: str | Exception) -> None:
    """End *future* from another thread, once somebody waits."""

    def end() -> None:
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: loop.run_in_executor(None, end))


@pytest.mark.parametrize("seconds", [None, 30.0])
def test_a_result(seconds: float | None) -> None:
    async def waiting() -> str:
        future: Future[str] = Future()
        in_a_moment(future, "done")
        return await awaited(future, seconds)

    assert asyncio.run(waiting()) == "done"


def test_an_error() -> None:
    async def waiting() -> str:
        future: Future[str] = Future()
        in_a_moment(future, LookupError("gone"))
        return await awaited(future)

    with pytest.raises(LookupError, match="gone"):
        asyncio.run(waiting())


def test_what_is_done_is_not_waited_for() -> None:
    future: Future[str] = Future()
    future.set_result("done")
    with pytest.raises(StopIteration, match="done"):
        awaited(future, 0.0).send(None)


def test_who_waits_too_long_gives_up_what_was_not_begun() -> None:
    future: Future[str] = Future()
    with pytest.raises(TimeoutError):
        asyncio.run(awaited(future, 0.0))
    assert future.cancelled()


def test_who_is_cancelled_gives_up_what_was_not_begun() -> None:
    future: Future[str] = Future()

    async def waiting() -> None:
        task = asyncio.ensure_future(awaited(future))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(waiting())
    assert future.cancelled()


def test_what_was_begun_goes_on_and_tells_nobody_when_the_loop_is_closed() -> None:
    future: Future[str] = Future()
    future.set_running_or_notify_cancel()
    with pytest.raises(TimeoutError):
        asyncio.run(awaited(future, 0.0))
    future.set_result("done")
    assert future.result() == "done"
