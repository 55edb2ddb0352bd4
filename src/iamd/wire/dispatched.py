"""The operation that a request names, with its fields; see `dispatch`."""

import msgspec

from iamd.wire.model import Operation

Form = dict[str, str]


class Dispatched(msgspec.Struct, frozen=True):
    """
    The operation that a request names, and its fields.

    Attributes:
        form: Decoded fields but for ``Action``, ``Version`` and ``Timestamp``; not yet typed, and not shown by ``repr``.
    """

    operation: Operation
    form: Form

    def __repr__(self) -> str:
        return f"Dispatched({self.operation!r}, …)"
