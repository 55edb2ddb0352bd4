"""The trust graph of a `World`: as the server tells it, and as files do."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.world import Actor, World

from iamd.exchange.mapped_files import mapped_accounts
from iamd.http import Request, Response
from iamd.server.trust_graph import PATH, trust_graph_routes
from iamd.trust.accounts import MappedAccount
from iamd.trust.graph import trust_graph
from iamd.trust.telling import graph_json

Json = dict[str, Any]
Held = dict[tuple[str, str], str]
"""How each edge holds, by the names of both ends."""


def ask(world: World, actor: Actor | None = None, query: str = "") -> tuple[int, Json]:
    """Return status and content of the page, as *actor* asks for it; the root user when it is None."""
    actor = actor or world.root
    request = Request(
        method="GET", raw_path=PATH, raw_query=query.encode(), headers=((b"host", b"127.0.0.1:4263"),)
    )
    if actor.credentials is not None:
        request = actor.credentials.sign(request, "iam")
    routes = trust_graph_routes(world.app.pipeline, world.app.trust_map)
    answering: Any = routes["GET", PATH](request)
    response: Response = asyncio.run_coroutine_threadsafe(answering, world.loop.loop).result(60)
    return response.status, json.loads(response.body)


def told(world: World, actor: Actor | None = None, query: str = "") -> Json:
    status, graph = ask(world, actor, query)
    assert status == 200, graph
    return graph


def details(*actors: Actor) -> list[Json]:
    """Return what GetAccountAuthorizationDetails tells each of *actors*, as the CLI prints it."""
    found = []
    for actor in actors:
        pages = actor.iam.get_paginator("get_account_authorization_details").paginate()
        found.append(json.loads(json.dumps(pages.build_full_result(), default=str)))
    return found


def accounts_of(world: World, *values: Mapping[str, Any]) -> list[MappedAccount]:
    """Return the accounts of *values*, as they stand in files."""
    given = [(Path("file.json"), value) for value in values]
    return mapped_accounts(given, world.app.tools.catalogue)


def of_files(world: World, *values: Mapping[str, Any], escalations: bool = False) -> Json:
    """Return the graph of *values*, as they stand in files."""
    return graph_json(trust_graph(accounts_of(world, *values), escalations=escalations))


def held(graph: Json) -> Held:
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    return {(names[edge["from"]], names[edge["to"]]): edge["holds"] for edge in graph["edges"]}


def edge(graph: Json, source: str, target: str) -> Json:
    """Return the one edge between two names."""
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    (found,) = (
        each for each in graph["edges"] if (names[each["from"]], names[each["to"]]) == (source, target)
    )
    return dict(found)
