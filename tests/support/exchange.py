"""Imports and exports of a `World`: through the server's own pages, signed, as `iamd import` and `iamd export` ask for them."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from tests.support.world import Actor, World

from iamd.exchange.contents import LISTS, Contents, ExportFile, portions
from iamd.exchange.import_files import imported
from iamd.http import Request, Response

PATH = "/_iamd/imports"


def page(
    world: World, actor: Actor | None, method: str, path: str, body: bytes = b""
) -> tuple[int, dict[str, Any]]:
    """Return status and content of a page of the exchange, as *actor* asks for it."""
    request = Request(
        method=method, raw_path=path.encode(), headers=((b"host", b"127.0.0.1:4263"),), body=body
    )
    if actor is not None and actor.credentials is not None:
        request = actor.credentials.sign(request, "iam")
    raw = request.raw_path
    routes = world.app.exchange.routes()
    handle = routes.get((method, raw)) or routes[method, raw[: raw.rfind(b"/") + 1]]
    answering: Any = handle(request)
    response: Response = asyncio.run_coroutine_threadsafe(answering, world.loop.loop).result(60)
    return response.status, json.loads(response.body)


def import_(
    world: World,
    contents: Contents,
    actor: Actor | None = None,
    *,
    dry_run: bool = False,
    part_bytes: int = 512 * 1024,
) -> tuple[int, dict[str, Any]]:
    """Import *contents*; return status and content of the last answer, or of the first that has problems."""
    actor = actor or world.root
    status, begun = page(world, actor, "POST", PATH)
    if status != 201:
        return status, begun
    path = f"{PATH}/{begun['id']}"
    for part in portions(contents, part_bytes):
        status, checked = page(world, actor, "PUT", path, msgspec.json.encode(part))
        if status != 200 or checked["problems"]:
            page(world, actor, "DELETE", path)
            return status, checked
    answer = page(world, actor, "POST", path, json.dumps({"dry_run": dry_run}).encode())
    if dry_run or answer[0] != 200:
        page(world, actor, "DELETE", path)
    return answer


def made(world: World, contents: Contents, actor: Actor | None = None) -> dict[str, Any]:
    """Import *contents*, which must succeed, and return the report."""
    status, report = import_(world, contents, actor)
    assert status == 200, report
    return report


def refused(world: World, contents: Contents, actor: Actor | None = None) -> list[str]:
    """Import *contents*, which must fail, and return the problems."""
    _, answer = import_(world, contents, actor)
    assert "problems" in answer, answer
    return [f"{each['where']}: {each['code']}: {each['message']}" for each in answer["problems"]]


def exported(world: World, actor: Actor | None = None) -> Contents:
    status, content = page(world, actor or world.root, "GET", "/_iamd/export")
    assert status == 200, content
    return msgspec.convert(content, ExportFile).contents


def contents_of(*values: Mapping[str, Any]) -> Contents:
    """Return what *values*, parsed files, hold of their one account."""
    (account,) = imported([(Path("file.json"), value) for value in values])
    return account.contents


def in_order(contents: Contents) -> dict[str, Any]:
    """Return *contents* as builtins, in an order that does not depend on where they come from."""
    built: dict[str, Any] = msgspec.to_builtins(contents)
    return {name: sorted(value, key=_key) if name in LISTS else value for name, value in built.items()}


def _key(entity: Mapping[str, Any]) -> list[str]:
    return [str(entity.get(name, "")) for name in ("kind", "owner", "name", "url", "user", "group", "policy")]
