"""What aws-nuke asks of EC2 before it asks anything of IAM: the account's regions.  All else goes to iamd."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit

_REGIONS = b"""<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo><item>
<regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus>
</item></regionInfo></DescribeRegionsResponse>"""


class _Handler(BaseHTTPRequestHandler):
    behind: ClassVar[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b"Action=DescribeRegions" in body:
            self._answer(200, _REGIONS)
            return
        url = urlsplit(self.behind)
        with closing(http.client.HTTPConnection(str(url.hostname), url.port, timeout=30)) as connection:
            # With the host that the client has signed.
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            self._answer(answer.status, answer.read())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def stand_in(behind: str) -> Iterator[str]:
    """Give the URL of a server that answers for EC2, and asks the one at *behind* everything else."""
    handler = type("Handler", (_Handler,), {"behind": behind})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
