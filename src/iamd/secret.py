"""A text that will not print, log, pickle or compare with ``==``."""

import hmac
from typing import Final, NoReturn, SupportsIndex, final


@final
class Secret:
    """
    Hold a secret text.

    The only way to the text is `reveal`, a word that is easy to search for in a review.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        """Return the text itself; for cryptography and for the one answer that shows it."""
        return self._text

    def matches(self, other: "Secret") -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self._text.encode(), other.reveal().encode())

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, _spec: str, /) -> str:
        return repr(self)

    def __eq__(self, _other: object) -> NoReturn:
        raise TypeError("secrets are compared with matches()")

    def __hash__(self) -> NoReturn:
        raise TypeError("secrets cannot be hashed")

    def __reduce_ex__(self, _protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError("secrets cannot be pickled or copied")
