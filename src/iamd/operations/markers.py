"""
Markers: where the next page of a list begins, sealed.

A marker is bound to the operation, the account and the filter it was made for: one that was changed, or that comes from
elsewhere, is ``Invalid Marker.`` (fact 8, R-86).
"""

import base64
import binascii

from iamd.errors import ValidationError
from iamd.sessions.keyring import Keyring, SealBrokenError

_PURPOSE = b"marker"


class Markers:
    """Seal and open markers."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, position: str, context: str) -> str:
        return base64.urlsafe_b64encode(
            self._keyring.seal(_PURPOSE, position.encode(), context.encode())
        ).decode()

    def open(self, marker: str, context: str) -> str:
        """
        Return the position inside *marker*.

        Raises:
            ValidationError: It was not made here, for this.
        """
        try:
            sealed = base64.b64decode(marker, altchars=b"-_", validate=True)
            return self._keyring.open(_PURPOSE, sealed, context.encode()).decode()
        except (binascii.Error, ValueError, SealBrokenError):
            raise ValidationError("Invalid Marker.") from None
