"""
The same server with nothing behind the door: what any answer costs at least.

``hello.py PORT LENGTH`` answers every request with LENGTH bytes, under the settings and with the protocol of iamd.
"""

import sys
from typing import Any, cast

from iamd.server.app import Door
from iamd.server.run import serve


def main() -> None:
    body = b"x" * int(sys.argv[2])
    headers = [
        (b"content-type", b"text/xml"),
        (b"x-amzn-requestid", b"00000000-0000-4000-8000-000000000000"),
        (b"content-length", b"%d" % len(body)),
    ]

    async def hello(_scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    serve(cast("Door", hello), "127.0.0.1", int(sys.argv[1]))


if __name__ == "__main__":
    main()
