"""
Every member of a request is read by the handler of its operation: none is accepted and then ignored.

The handlers are run with parameters that remember which of their members were asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.house.sender import OPERATIONS, generated, name_of, request_to, send_all, signed
from tests.house.town import Town, plants, town
from tests.support.world import LoopThread

from iamd.operations import registry
from iamd.operations.call import Call, Params
from iamd.operations.registry import Registered
from iamd.wire.model import Operation

# Members that are not read, each with its reason.
IGNORED: Mapping[str, str] = {}

REGISTERED = registry.load()
IMPLEMENTED = [operation for operation in OPERATIONS if (operation.service, operation.name) in REGISTERED]


class Remembering(dict[str, Any]):
    """Parameters that note in *read* which members were asked for."""

    def __init__(self, params: Params, read: set[str]) -> None:
        super().__init__(params)
        self._read = read

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        return super().get(name, default)


def remembering(registered: Registered, read: set[str]) -> Registered:
    def handler(call: Call, params: Params) -> Any:
        return registered.handler(call, Remembering(params, read))

    def prepare(call: Call, params: Params) -> Any:
        return registered.prepare(call, Remembering(params, read)) if registered.prepare else None

    return replace(registered, handler=handler, prepare=prepare if registered.prepare else None)


def variants(operation: Operation) -> Iterator[Mapping[str, Any]]:
    """Yield parameters: all there are, and all but each one of those that may be left out."""
    if operation.input is None:
        return
    for seed in range(3):
        given = generated(operation, plants(), seed)
        yield given
        for name in given.keys() - set(operation.input.required):
            yield {key: value for key, value in given.items() if key != name}
        yield given | {name: "x" for name in ("Marker",) if name in operation.input.members}


def test_every_member_is_read(monkeypatch: pytest.MonkeyPatch, loop: LoopThread, tmp_path: Path) -> None:
    """R-25, from the other side: what a client asks for is done, or refused."""
    table = dict(REGISTERED)
    monkeypatch.setattr(registry, "load", lambda: table)
    ignored: set[str] = set()
    with town(loop, tmp_path) as found:
        for operation in IMPLEMENTED:
            read: set[str] = set()
            key = operation.service, operation.name
            # Reset, and planted, by the handlers as they are; the access keys of the seed are the same ones again.
            found.world.app.reset()
            table[key] = remembering(REGISTERED[key], read)
            send(found, operation)
            table[key] = REGISTERED[key]
            members = operation.input.members.keys() if operation.input else ()
            ignored |= {f"{name_of(operation)} {member}" for member in set(members) - read}
    assert not print(sorted(ignored))
    assert sorted(ignored) == sorted(IGNORED)


def send(found: Town, operation: Operation) -> None:
    credentials = found.actor("admin").credentials
    requests = [
        signed(request_to(operation, given), operation.service, credentials) for given in variants(operation)
    ]
    send_all(found.world, requests)
