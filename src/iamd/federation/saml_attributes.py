"""
Attributes of assertions in the words of AWS: those that AWS defines, and those that are context keys.

AWS: *Configure SAML assertions for the authentication response*, with its tables of attributes and keys.  Names are
compared whole and with regard to case.  Where several attributes of a table mean one key, "only one claim will be
mapped": the first of the table that is there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from iamd.errors import InvalidIdentityToken
from iamd.federation.session_tags import SessionTags, collected

Attributes = Mapping[str, tuple[str | None, ...]]
ContextValue = str | tuple[str, ...]

_AWS: Final = "https://aws.amazon.com/SAML/Attributes/"
_TAG: Final = f"{_AWS}PrincipalTag:"
_NAME = re.compile("[A-Za-z0-9_+=,.@-]{2,64}")
_SHORTEST: Final = 900
_LONGEST: Final = 43_200
_SECONDS = re.compile("[0-9]{1,6}")

# AWS's texts.
NO_SESSION_NAME: Final = "RoleSessionName is required in AuthnResponse"
BAD_SESSION_NAME: Final = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
BAD_SOURCE_IDENTITY: Final = 'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'
# Ours.
BAD_TAGS: Final = "The session tags of the SAML response are not valid."
BAD_DURATION: Final = "SessionDuration in AuthnResponse must be between 900 and 43200"

_LISTS: Final = {
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": "edupersonaffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.2": "edupersonnickname",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.4": "edupersonorgunitdn",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.7": "edupersonentitlement",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9": "edupersonscopedaffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "edupersontargetedid",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "edupersonassurance",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.2": "eduorghomepageuri",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.3": "eduorgidentityauthnpolicyuri",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.4": "eduorglegalname",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.5": "eduorgsuperioruri",
    "urn:oid:1.3.6.1.4.1.5923.1.2.1.6": "eduorgwhitepagesuri",
    "urn:oid:2.5.4.3": "cn",
}
"""Always lists in policies, also of one value."""

_TEXTS: Final = {
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.3": "edupersonorgdn",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.5": "edupersonprimaryaffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": "edupersonprincipalname",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.8": "edupersonprimaryorgunitdn",
}
"""Never lists: of several values the first."""

_CLAIMS: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_GROUP: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid"
_EITHER: Final = (
    (f"{_CLAIMS}name", "name"),
    ("http://schemas.xmlsoap.org/claims/CommonName", "commonName"),
    ("2.5.4.3", "commonName"),
    (f"{_CLAIMS}givenname", "givenName"),
    # Object identifiers as AWS's page spells them, and as they are.
    ("2.5.4.42", "givenName"),
    ("2.4.5.42", "givenName"),
    (f"{_CLAIMS}surname", "surname"),
    ("2.5.4.4", "surname"),
    (f"{_CLAIMS}emailaddress", "mail"),
    ("0.9.2342.19200300.100.1.3", "mail"),
    ("0.9.2342.19200300100.1.3", "mail"),
    ("0.9.2342.19200300.100.1.1", "uid"),
    ("0.9.2342.19200300100.1.1", "uid"),
    (_GROUP, "uid"),
    (_GROUP, "primaryGroupSID"),
    ("2.5.4.45", "x500UniqueIdentifier"),
    ("0.9.2342.19200300.100.1.45", "organizationStatus"),
)
"""One value is a text, several are a list (semantics 34)."""


def context_of(attributes: Attributes) -> dict[str, ContextValue]:
    """Return the context keys that *attributes* are."""
    context: dict[str, ContextValue] = {}
    for name, key in (*_LISTS.items(), *_TEXTS.items(), *_EITHER):
        values = tuple(value for value in attributes.get(name, ()) if value is not None)
        if values and f"saml:{key}" not in context:
            single = name in _TEXTS or (name not in _LISTS and len(values) == 1)
            context[f"saml:{key}"] = values[0] if single else values
    return context


def roles_of(attributes: Attributes) -> frozenset[frozenset[str]]:
    """Return the pairs of a role and a provider that the attribute ``Role`` lists, each in either order."""
    pairs = (
        frozenset(part.strip() for part in value.split(","))
        for value in attributes.get(f"{_AWS}Role", ())
        if value is not None and value.count(",") == 1
    )
    return frozenset(pair for pair in pairs if len(pair) == 2)


def session_name_of(attributes: Attributes) -> str:
    """
    Return the name of the session.

    Raises:
        InvalidIdentityToken: There is none, or it is not one.
    """
    name = _single(attributes, "RoleSessionName", BAD_SESSION_NAME)
    if name is None:
        raise InvalidIdentityToken(NO_SESSION_NAME)
    if not _NAME.fullmatch(name):
        raise InvalidIdentityToken(BAD_SESSION_NAME)
    return name


def source_identity_of(attributes: Attributes) -> str | None:
    """
    Return the source identity, if there is one.

    Raises:
        InvalidIdentityToken: It is not one.
    """
    given = _single(attributes, "SourceIdentity", BAD_SOURCE_IDENTITY)
    # What AWS reserves begins with ``aws:``, and so is none of these.
    if given is not None and not _NAME.fullmatch(given):
        raise InvalidIdentityToken(BAD_SOURCE_IDENTITY)
    return given


def duration_of(attributes: Attributes) -> int | None:
    """
    Return the seconds that the session may last at most, if there is such a limit.

    Raises:
        InvalidIdentityToken: It is no number of seconds that a session may last.
    """
    given = _single(attributes, "SessionDuration", BAD_DURATION)
    if given is None:
        return None
    if not _SECONDS.fullmatch(given) or not _SHORTEST <= int(given) <= _LONGEST:
        raise InvalidIdentityToken(BAD_DURATION)
    return int(given)


def tags_of(attributes: Attributes) -> SessionTags:
    """
    Return the session tags.

    Raises:
        InvalidIdentityToken: One is none, there are too many, or a transitive key is not among them.
    """
    keys = tuple(_texts(attributes.get(f"{_AWS}TransitiveTagKeys", ()), BAD_TAGS))
    tags = (
        (name.removeprefix(_TAG), list(_texts(values, BAD_TAGS)))
        for name, values in attributes.items()
        if name.startswith(_TAG)
    )
    return collected(tags, keys, BAD_TAGS)


def _single(attributes: Attributes, name: str, refusal: str) -> str | None:
    values = tuple(_texts(attributes.get(f"{_AWS}{name}", ()), refusal))
    if len(values) > 1:
        raise InvalidIdentityToken(refusal, detail="several values")
    return values[0] if values else None


def _texts(values: tuple[str | None, ...], refusal: str) -> Iterator[str]:
    for value in values:
        if value is None:
            raise InvalidIdentityToken(refusal, detail="a value that is no text")
        yield value
