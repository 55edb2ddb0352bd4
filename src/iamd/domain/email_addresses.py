"""
Email addresses of account owners.

AWS: *CreateAccount*, "The rules for a valid email address".
"""

import re
from typing import Final

_ADDRESS: Final = re.compile(
    r"""[^\s"'()<>\[\]:;,\\|%&@.][^\s"'()<>\[\]:;,\\|%&@]*"""
    r"@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?",
    re.ASCII,
)
_SHORTEST: Final = 6
_LONGEST: Final = 64


def is_email_address(text: str) -> bool:
    """Return whether an account's owner can have the address *text*."""
    return text.isascii() and _SHORTEST <= len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None
