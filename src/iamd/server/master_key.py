"""
``GET /_iamd/master-key`` and ``POST /_iamd/master-key/change``: the master keys of the server, by id, and the change to another.

For the operator alone, signed as every request is, and noted in the chronicle.  No page ever holds a key.  A change is many
requests, each of which does a part and says what is left: so it holds nobody up, and whoever was interrupted goes on.
"""

import json
from typing import Final, Protocol

import msgspec

from iamd.errors import InvalidInput
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.server.app import Routes
from iamd.store.interface import Transaction

PATH: Final = b"/_iamd/master-key"

_AT_ONCE: Final = 500
"""How many secrets one request seals anew: some ten milliseconds of the writer's time."""


class Work(Protocol):
    def __call__(self, call: Call, /) -> bytes: ...


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    to: str


def master_key_routes(pipeline: OwnPages, account_id: str) -> Routes:
    """Return the routes; *account_id* is the server's own."""

    async def show(request: Request) -> Response:
        return await pipeline.administer(
            request, "ShowMasterKey", account_id, lambda call: _page(call.store, 0)
        )

    async def change(request: Request) -> Response:
        def work(call: Call) -> bytes:
            keys = call.store.master_keys
            try:
                to = msgspec.json.decode(request.body, type=_Change).to
            except msgspec.DecodeError as error:
                raise InvalidInput(f"the body of the request: {error}") from error
            if to not in keys.held():
                raise InvalidInput("This server does not hold that master key; set `other_master_key`.")
            if keys.sealing() != to:
                keys.seal_with(to)
            return _page(call.store, keys.reseal(_AT_ONCE))

        return await pipeline.administer(request, "ChangeMasterKey", account_id, work)

    return {("GET", PATH): show, ("POST", PATH + b"/change"): change}


def _page(transaction: Transaction, resealed: int) -> bytes:
    keys = transaction.master_keys
    page = {
        "held": list(keys.held()),
        "sealing": keys.sealing(),
        "resealed": resealed,
        "left": keys.left(),
    }
    return json.dumps(page).encode() + b"\n"
