"""The page that hands credentials to the programs of this machine: who gets them, and who does not."""

import asyncio
import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from iamd.http import Request
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.container_credentials import (
    ContainerCredentials,
    NoCredentialsError,
    container_credentials,
)
from iamd.server.run import ServerThread

TOKEN = "the-token-of-the-tests"
CREDENTIALS = ContainerCredentials(
    access_key_id="ASIAEXAMPLE000000000",
    secret_access_key=Secret("planted-secret-access-key"),
    session_token=Secret("planted-session-token"),
    expires_at=datetime(2026, 11, 21, 10, 30, 59, 5, tzinfo=UTC),
)


class Source:
    """Where the credentials of the page come from."""

    def __init__(self) -> None:
        self.asked = 0
        self.refuses = ""

    def __call__(self) -> ContainerCredentials:
        self.asked += 1
        if self.refuses:
            raise NoCredentialsError(self.refuses)
        return CREDENTIALS


@pytest.fixture(scope="module")
def source() -> Source:
    return Source()


@pytest.fixture(scope="module")
def server(source: Source) -> Iterator[ServerThread]:
    with ServerThread(Door(container_credentials(source, Secret(TOKEN)))) as running:
        yield running


def get(
    server: ServerThread, path: str = "/credentials", method: str = "GET", **headers: str
) -> tuple[int, dict[str, Any]]:
    url = urlsplit(server.url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 0)
    try:
        shown = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Authorization": TOKEN} | shown)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_the_token_opens_the_page(server: ServerThread) -> None:
    assert get(server) == (
        200,
        {
            "AccessKeyId": "ASIAEXAMPLE000000000",
            "SecretAccessKey": "planted-secret-access-key",
            "Token": "planted-session-token",
            "Expiration": "2026-11-21T10:30:59Z",
        },
    )


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "127.9.9.9:80", "[::1]:80"])
def test_loopback_has_many_names(server: ServerThread, host: str) -> None:
    assert get(server, Host=host)[0] == 200


@pytest.mark.parametrize(
    "shown", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), f"Bearer {TOKEN}", "ä" * len(TOKEN)]
)
def test_no_other_text_opens_it(server: ServerThread, source: Source, shown: str) -> None:
    asked = source.asked
    refused = {"code": "Unauthorized", "message": "the Authorization header is not the token"}
    assert get(server, Authorization=shown) == (401, refused)
    assert source.asked == asked


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example.com"},
        {"Host": "127.0.0.1.example.com:80"},
        {"Host": "localhost.example.com"},
        {"Host": "169.254.170.2"},
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
    ids=lambda headers: " ".join(f"{name} {value}" for name, value in headers.items()),
)
def test_no_web_page_reaches_it_even_with_the_token(
    server: ServerThread, source: Source, headers: dict[str, str]
) -> None:
    asked = source.asked
    status, said = get(server, **headers)
    assert (status, said["code"], source.asked) == (403, "AccessDenied", asked)


@pytest.mark.parametrize(
    ("peer", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("10.0.0.1", 403), ("", 403), ("2001:db8::1", 403)],
)
def test_it_is_for_this_machine_whatever_it_listens_on(peer: str, status: int) -> None:
    request = Request(
        method="GET",
        raw_path=b"/credentials",
        headers=((b"host", b"localhost"), (b"authorization", TOKEN.encode())),
        peer=peer,
    )
    handle = container_credentials(Source(), Secret(TOKEN))

    async def ask() -> int:
        return (await handle(request)).status

    assert asyncio.run(ask()) == status


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/credentials/"), ("POST", "/credentials"), ("GET", "/x?y")]
)
def test_there_is_nothing_else(server: ServerThread, method: str, path: str) -> None:
    assert get(server, path, method) == (
        404,
        {"code": "NotFound", "message": "credentials are at GET /credentials"},
    )


def test_who_has_no_token_does_not_learn_what_there_is(server: ServerThread) -> None:
    assert get(server, "/nothing", Authorization="x")[0] == get(server, Authorization="x")[0] == 401


def test_that_there_are_none_is_said(server: ServerThread, source: Source) -> None:
    source.refuses = "AccessDenied: not for you"
    try:
        assert get(server) == (
            502,
            {"code": "CredentialsUnavailable", "message": "AccessDenied: not for you"},
        )
    finally:
        source.refuses = ""


def test_credentials_do_not_print() -> None:
    assert "planted" not in repr(CREDENTIALS)
