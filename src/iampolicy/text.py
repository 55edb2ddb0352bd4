"""Letters: names are compared without regard to the case of ASCII letters, and of those only."""

from typing import Final

_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def ascii_lower(text: str) -> str:
    """
    Return *text* with its ASCII letters in lower case.

    ``str.lower`` alone would turn the Kelvin sign into a ``k``, so that two names became one.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)


def all_digits(text: str) -> bool:
    """Tell whether *text* is one or more of 0-9; ``isdigit`` alone takes the digits of every script."""
    return text.isascii() and text.isdigit()
