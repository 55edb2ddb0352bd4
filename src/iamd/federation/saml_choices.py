"""
Which roles a SAML response speaks of, before anything about it is known: for a page that lets somebody choose one.

Nothing here is believed.  The role that is chosen is asked for with the whole response, and then that is verified.
"""

import base64
import binascii
from typing import Final, NamedTuple

from iamd.errors import InvalidIdentityToken
from iamd.federation.saml_response import INVALID, MAX_LENGTH, NOT_BASE64
from iamd.federation.saml_xml import ASSERTION, XmlError, elements, parse, text

_ROLE: Final = "https://aws.amazon.com/SAML/Attributes/Role"
_MOST: Final = 100


class UnverifiedChoice(NamedTuple):
    """A role and the provider that lets somebody have it, as a response says."""

    role_arn: str
    provider_arn: str


def unverified_choices(encoded: str) -> list[UnverifiedChoice]:
    """
    Return the roles that the response *encoded* speaks of, in its order.

    Raises:
        InvalidIdentityToken: It is no response that could be verified.
    """
    if len(encoded) > MAX_LENGTH:
        raise InvalidIdentityToken(INVALID)
    try:
        root = parse(base64.b64decode("".join(encoded.split()), validate=True))
        values = [
            text(value)
            for attribute in elements(root)
            if attribute.tag == f"{ASSERTION}Attribute" and attribute.get("Name") == _ROLE
            for value in attribute.iterchildren(f"{ASSERTION}AttributeValue")
        ]
    except (binascii.Error, ValueError):
        raise InvalidIdentityToken(NOT_BASE64) from None
    except XmlError:
        raise InvalidIdentityToken(INVALID) from None
    found = [choice for value in values if (choice := _choice(value)) is not None]
    return list(dict.fromkeys(found))[:_MOST]


def _choice(value: str) -> UnverifiedChoice | None:
    """Read a pair, which may be written in either order."""
    parts = [part.strip() for part in value.split(",")]
    if len(parts) != 2:
        return None
    first, second = parts if ":role/" in parts[0] else parts[::-1]
    return UnverifiedChoice(first, second) if ":role/" in first and ":saml-provider/" in second else None
