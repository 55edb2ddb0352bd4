"""
Session tags as an identity provider passes them.

AWS: *Passing session tags using AssumeRoleWithWebIdentity*: in the claim ``https://aws.amazon.com/tags``, as an object,
or flattened: ``https://aws.amazon.com/tags/principal_tags/Project`` and
``https://aws.amazon.com/tags/transitive_tag_keys``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from iamd.domain.tags import MAX_TAGS, RESERVED_PREFIX, Tag, folded
from iamd.errors import InvalidIdentityToken

_NAMESPACE: Final = "https://aws.amazon.com/tags"
_PRINCIPAL_TAGS: Final = "principal_tags"
_TRANSITIVE: Final = "transitive_tag_keys"
_FLAT: Final = f"{_NAMESPACE}/{_PRINCIPAL_TAGS}/"
_MAX_KEY: Final = 128
_MAX_VALUE: Final = 256


@dataclass(frozen=True, slots=True)
class SessionTags:
    """
    Tags for a session.

    Attributes:
        transitive: Keys as `iamd.domain.tags.folded` makes them.
    """

    tags: tuple[Tag, ...] = ()
    transitive: tuple[str, ...] = ()


def session_tags(claims: Mapping[str, Any]) -> SessionTags:
    """
    Read the tags among *claims*.

    Raises:
        InvalidIdentityToken: They are not of the form that AWS documents, too many, or not valid tags.
    """
    nested = claims.get(_NAMESPACE, {})
    if not isinstance(nested, dict) or nested.keys() - {_PRINCIPAL_TAGS, _TRANSITIVE}:
        raise _invalid()
    tags = tuple(_tags(nested.get(_PRINCIPAL_TAGS, {}), claims))
    keys = {folded(tag.key) for tag in tags}
    if len(tags) > MAX_TAGS or len(keys) != len(tags):
        raise _invalid()
    transitive = tuple(
        dict.fromkeys(
            folded(key)
            for listed in (nested.get(_TRANSITIVE, []), claims.get(f"{_NAMESPACE}/{_TRANSITIVE}", []))
            for key in _texts(listed)
        )
    )
    if not keys.issuperset(transitive):
        raise InvalidIdentityToken("The specified transitive tag key must be included in the requested tags.")
    return SessionTags(tags, transitive)


def _tags(nested: Any, claims: Mapping[str, Any]) -> Iterator[Tag]:
    if not isinstance(nested, dict):
        raise _invalid()
    flat = {name.removeprefix(_FLAT): value for name, value in claims.items() if name.startswith(_FLAT)}
    for key, given in (*nested.items(), *flat.items()):
        # AWS wants a single value for each session tag, in a list or not.
        values = _texts(given)
        if len(values) != 1 or not 0 < len(key) <= _MAX_KEY or len(values[0]) > _MAX_VALUE:
            raise _invalid()
        if not _pattern().fullmatch(key) or not _pattern().fullmatch(values[0]):
            raise _invalid()
        if folded(key).startswith(RESERVED_PREFIX):
            raise _invalid()
        yield Tag(key, values[0])


@cache
def _pattern() -> Any:
    """Return what keys and values are made of in the model."""
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415  30 ms at start-up for what only tags need

    return regex.compile(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")


def _texts(given: Any) -> list[str]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise _invalid()
    return values


def _invalid() -> InvalidIdentityToken:
    return InvalidIdentityToken("The session tags of the ID Token provided are not valid.")
