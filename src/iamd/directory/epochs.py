"""
Epochs on the wire: of which state of the whole installation an answer is.

Every change has a number, its epoch, which is the same on all nodes.  Each answer says in ``x-iamd-epoch`` which changes it
takes into account: all up to that one.  Whoever has changed something on one node and asks another sends that number along
as ``x-iamd-minimum-epoch``, and is not answered by what was before.
"""

import asyncio
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from iamd.directory.directory import Directory
from iamd.errors import ServiceUnavailable, ValidationError
from iamd.http import Request, Response

EPOCH: Final = b"x-iamd-epoch"
MINIMUM_EPOCH: Final = b"x-iamd-minimum-epoch"

_is_epoch: Final = re.compile(rb"[0-9]{1,18}", re.ASCII).fullmatch
_LOOK_SECONDS: Final = tuple([min(0.01 * 1.25**look, 0.2) for look in range(20)])
"""
How long after each other it is looked whether the node has got there: two seconds in all.

Ever longer, since nobody has proved anything yet who makes us look: one request must not cost as much as many.
"""


async def reach(directory: Directory, request: Request, give_up: Callable[[], None]) -> None:
    """
    Wait, a bounded time, until this node knows of the epoch that *request* demands; *give_up* is called if it does not.

    Raises:
        ValidationError: The demand cannot be read.
        ServiceUnavailable: The node is not there yet; to be tried again, as the SDKs do by themselves.
    """
    try:
        await _reach(directory, request)
    except BaseException:
        give_up()
        raise


async def _reach(directory: Directory, request: Request) -> None:
    minimum = _demanded(request)
    for seconds in (0.0, *_LOOK_SECONDS):
        if seconds:
            await asyncio.sleep(seconds)
        directory.enter()
        if directory.epoch >= minimum:
            return
    raise ServiceUnavailable(
        f"The request demands epoch {minimum}, of which this node has not heard yet.",
        detail=f"the node is at epoch {directory.epoch}",
    )


def with_epoch(response: Response, epoch: int) -> Response:
    """Return *response* with the *epoch* that it is of."""
    return Response(status=response.status, headers=(*response.headers, _header(epoch)), body=response.body)


@lru_cache(maxsize=4)  # Many requests are answered before anything changes.
def _header(epoch: int) -> tuple[bytes, bytes]:
    return EPOCH, b"%d" % epoch


def _demanded(request: Request) -> int:
    values = list(request.header_values(MINIMUM_EPOCH))
    if len(values) != 1 or not _is_epoch(values[0]):
        raise ValidationError("The header x-iamd-minimum-epoch must be one number of at most 18 digits.")
    return int(values[0])
