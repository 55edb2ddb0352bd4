"""
Session tags as an identity provider passes them.

AWS: *Passing session tags using AssumeRoleWithWebIdentity*: in the claim ``https://aws.amazon.com/tags``, as an object,
or flattened: ``https://aws.amazon.com/tags/principal_tags/Project`` and
``https://aws.amazon.com/tags/transitive_tag_keys``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_INVALID: Final = "The session tags of the ID Token provided are not valid."


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
        raise InvalidIdentityToken(_INVALID)
    listed = (nested.get(_TRANSITIVE, []), claims.get(f"{_NAMESPACE}/{_TRANSITIVE}", []))
    return collected(
        _given(nested.get(_PRINCIPAL_TAGS, {}), claims),
        (key for keys in listed for key in _texts(keys)),
        _INVALID,
    )


def collected(
    given: Iterable[tuple[str, Sequence[str]]], transitive: Iterable[str], refusal: str
) -> SessionTags:
    """
    Check session tags, whichever way they came.

    Args:
        given: Keys, each with its values, of which AWS wants exactly one.
        transitive: Keys among them that the next role in a chain inherits.
        refusal: Told when something is not valid.

    Raises:
        InvalidIdentityToken: There are too many, or one is not valid, or a transitive key is of no tag.
    """
    tags = tuple(_tag(key, values, refusal) for key, values in given)
    keys = {folded(tag.key) for tag in tags}
    if len(tags) > MAX_TAGS or len(keys) != len(tags):
        raise InvalidIdentityToken(refusal)
    inherited = tuple(dict.fromkeys(folded(key) for key in transitive))
    if not keys.issuperset(inherited):
        raise InvalidIdentityToken("The specified transitive tag key must be included in the requested tags.")
    return SessionTags(tags, inherited)


def _given(nested: Any, claims: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    if not isinstance(nested, dict):
        raise InvalidIdentityToken(_INVALID)
    flat = {name.removeprefix(_FLAT): value for name, value in claims.items() if name.startswith(_FLAT)}
    for key, given in (*nested.items(), *flat.items()):
        # In a list or not.
        yield key, _texts(given)


def _tag(key: str, values: Sequence[str], refusal: str) -> Tag:
    if len(values) != 1 or not 0 < len(key) <= _MAX_KEY or len(values[0]) > _MAX_VALUE:
        raise InvalidIdentityToken(refusal)
    if not _pattern().fullmatch(key) or not _pattern().fullmatch(values[0]):
        raise InvalidIdentityToken(refusal)
    if folded(key).startswith(RESERVED_PREFIX):
        raise InvalidIdentityToken(refusal)
    return Tag(key, values[0])


@cache
def _pattern() -> Any:
    """Return what keys and values are made of in the model."""
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415  30 ms at start-up for what only tags need

    return regex.compile(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")


def _texts(given: Any) -> list[str]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise InvalidIdentityToken(_INVALID)
    return values
