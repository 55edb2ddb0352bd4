"""The console's built files: they belong to their sources, and are served as a browser can take them."""

import asyncio
import gzip
import hashlib
import re
from pathlib import Path
from typing import Final

from tests.support.browser import Browser, header
from tests.support.world import World

from iamd.console.static import StaticFiles
from iamd.http import Request

ROOT: Final = Path(__file__).resolve().parents[2]
WEB: Final = ROOT / "web"
STATIC: Final = ROOT / "src" / "iamd" / "console" / "static"
PAGE: Final = "/_iamd/console/"
MOST: Final = 1_000_000


def digest() -> str:
    """Return the digest of the sources, as ``web/vite.config.js`` makes it."""
    lines = [
        f"{path.relative_to(WEB).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in WEB.rglob("*")
        if path.is_file() and "node_modules" not in path.relative_to(WEB).parts
    ]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def test_the_build_belongs_to_its_sources() -> None:
    built = (STATIC / "sources.sha256").read_text(encoding="ascii").strip()
    assert built == digest(), "the console's sources have changed: run `make console`"


def test_the_whole_of_it_is_small() -> None:
    assert sum(path.stat().st_size for path in STATIC.rglob("*.gz")) < MOST


def test_the_page_has_nothing_inline(world: World) -> None:
    """R-80: what the content security policy would block is not there."""
    page = gzip.decompress((STATIC / "index.html.gz").read_bytes()).decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
    assert "<style" not in page
    assert " style=" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_every_file_that_the_page_names_is_there(world: World) -> None:
    browser = Browser(world)
    page = browser.send("GET", PAGE).body.decode()
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) >= 3
    for path in named:
        answer = browser.send("GET", path)
        assert answer.status == 200
        assert answer.body


def test_files_are_sent_as_the_browser_takes_them(world: World) -> None:
    browser = Browser(world)
    plain = browser.send("GET", PAGE)
    assert header(plain, "content-encoding") is None
    assert header(plain, "cache-control") == "no-cache"
    assert header(plain, "content-type") == "text/html; charset=utf-8"
    zipped = browser.send("GET", PAGE, accept_encoding="gzip, deflate")
    assert header(zipped, "content-encoding") == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    assert header(browser.send("GET", PAGE, accept_encoding="gzip, br"), "content-encoding") == "br"
    (script,) = re.findall(r'<script[^>]* src="([^"]+)"', plain.body.decode())
    lasting = browser.send("GET", script)
    assert header(lasting, "cache-control") == "public, max-age=31536000, immutable"
    assert header(lasting, "content-type") == "text/javascript; charset=utf-8"


def test_an_answer_that_nobody_reads_is_no_copy() -> None:
    """R-84: for these nobody signs, and a client may leave them unread for half a minute, on each of its connections."""
    files = StaticFiles()
    request = Request(method="GET", raw_path=PAGE.encode(), raw_query=b"", headers=(), body=b"")
    first, second = (asyncio.run(files.answer(request)).body for _ in range(2))
    assert first is second
    assert first.lower().startswith(b"<!doctype html>")


def test_no_path_leads_out_of_the_folder(world: World) -> None:
    """R-20."""
    browser = Browser(world)
    for path in (
        "../door.py",
        "..%2fdoor.py",
        "assets/../index.html",
        "/etc/passwd",
        "assets/",
        "sources.sha256",
        "%00",
    ):
        assert browser.send("GET", PAGE + path).status == 404


def test_without_the_slash_the_browser_is_sent_on(world: World) -> None:
    answer = Browser(world).send("GET", PAGE[:-1])
    assert (answer.status, header(answer, "location")) == (303, PAGE)
