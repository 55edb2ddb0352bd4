"""
A store that keeps nothing: what is put is thrown away, and what is got is as long as the last part of its name says.

``endless.py PORT``
"""

import sys
from typing import Any, Final, cast

from iamd.server.app import Door
from iamd.server.limits import Limits
from iamd.server.run import serve

PIECE: Final = bytes(256 * 1024)


async def endless(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    left = int(scope["raw_path"].rpartition(b"/")[2]) if scope["method"] == "GET" else 0
    headers = [(b"content-length", b"%d" % left)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while left > len(PIECE):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        left -= len(PIECE)
    await send({"type": "http.response.body", "body": PIECE[:left]})


if __name__ == "__main__":
    serve(cast("Door", endless), "127.0.0.1", int(sys.argv[1]), limits=Limits(body=2**40, body_seconds=3600))
