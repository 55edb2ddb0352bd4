"""What a request asks for, once it is known which operation that is."""

from collections.abc import Callable
from typing import Any

import msgspec

from iamd.wire.model import Operation

Params = dict[str, Any]


class Asked(msgspec.Struct, frozen=True):
    """
    What a request asks for.

    Attributes:
        params: Types the parameters when it is called, and not before: proof comes before parameters.  Raises
            MalformedInput or InvalidParameterValue.
    """

    operation: Operation
    params: Callable[[], Params]
