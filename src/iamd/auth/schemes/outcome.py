"""
What a scheme of authentication answers.

The first scheme that was *requested* decides: a request that carries a bad signature is refused, and never looked at as
if it carried none.
"""

from dataclasses import dataclass

from iamd.auth.caller import Caller
from iamd.errors import ServiceError


@dataclass(frozen=True, slots=True)
class NotRequested:
    """The request carries nothing of this scheme."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The request carries proof of this scheme, and it does not hold."""

    error: ServiceError


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The proof holds."""

    caller: Caller


Outcome = NotRequested | Failed | Authenticated
