"""
``GET /_iamd/keyring`` and ``POST /_iamd/keyring/rotate``: the keys that session tokens are sealed with, by id and state.

For the operator alone, signed as every request is, and noted in the chronicle.  No page ever holds what a key is made of.
"""

import json
from typing import Final, Protocol

import msgspec

from iamd.directory.sealing_keys import KeyringKeeper
from iamd.errors import InvalidInput, LimitExceeded
from iamd.http import Request, Response
from iamd.operations.call import Call
from iamd.own_pages import OwnPages
from iamd.server.app import Routes
from iamd.sessions.rotation import Keys, TooManyKeysError

PATH: Final = b"/_iamd/keyring"


class Work(Protocol):
    def __call__(self, call: Call, /) -> bytes: ...


class _Rotate(msgspec.Struct, forbid_unknown_fields=True):
    at_once: bool = False


def keyring_routes(pipeline: OwnPages, keeper: KeyringKeeper, account_id: str) -> Routes:
    """Return the routes; *account_id* is the server's own."""

    async def show(request: Request) -> Response:
        def work(call: Call) -> bytes:
            return _page(keeper, tuple(call.store.sealing_keys.all()))

        return await pipeline.administer(request, "ListSealingKeys", account_id, work)

    async def rotate(request: Request) -> Response:
        def work(call: Call) -> bytes:
            try:
                asked = msgspec.json.decode(request.body or b"{}", type=_Rotate)
                return _page(keeper, keeper.rotate(call.store, at_once=asked.at_once))
            except msgspec.DecodeError as error:
                raise InvalidInput(f"the body of the request: {error}") from error
            except TooManyKeysError:
                raise LimitExceeded(
                    "There are as many keys as there may be; the oldest go when what they sealed has expired."
                ) from None

        return await pipeline.administer(request, "RotateSealingKeys", account_id, work)

    return {("GET", PATH): show, ("POST", PATH + b"/rotate"): rotate}


def _page(keeper: KeyringKeeper, keys: Keys) -> bytes:
    page = {
        "keys": [
            {
                "key_id": key.key_id,
                "state": key.state.value,
                "created_at": key.created_at.isoformat(),
                "changed_at": key.changed_at.isoformat(),
                "until": None if (until := keeper.rotation.until(key)) is None else until.isoformat(),
            }
            for key in sorted(keys, key=lambda key: key.created_at)
        ]
    }
    return json.dumps(page).encode() + b"\n"
