"""
What a scheme of authentication answers.

The first scheme that was *requested* decides: a request that carries a bad signature is refused, and never looked at as
if it carried none.
"""

import msgspec

from iamd.auth.caller import Caller
from iamd.errors import ServiceError


class NotRequested(msgspec.Struct, frozen=True):
    """The request carries nothing of this scheme."""


class Failed(msgspec.Struct, frozen=True):
    """The request carries proof of this scheme, and it does not hold."""

    error: ServiceError


class Authenticated(msgspec.Struct, frozen=True):
    """The proof holds."""

    caller: Caller


Outcome = NotRequested | Failed | Authenticated
