"""
What the small XML bodies of S3 say about a request's needs.

One parser, no document type, no entities; elements are told by their local names, as S3 does.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import msgspec

from iamd.enforcement.refusals import InvalidRequest

if TYPE_CHECKING:
    from lxml.etree import _Element

_MOST_KEYS: Final = 1000
_OF_DELETE: Final = frozenset({"Object", "Quiet"})
_OF_OBJECT: Final = frozenset({"ETag", "Key", "LastModifiedTime", "Size", "VersionId"})
_OF_TAGS: Final = frozenset({"Tag"})
_ENCODING: Final = "UTF-8"
_MOST_BYTES: Final = 4 * 1024 * 1024


class MalformedXML(InvalidRequest):
    """The XML that was provided is not well-formed, or not what the operation takes."""

    code = "MalformedXML"


class KeyToDelete(msgspec.Struct, frozen=True):
    """One object, or one version of it."""

    key: str
    version_id: str


def keys_to_delete(body: bytes) -> list[KeyToDelete]:
    """
    Return what DeleteObjects is to delete.

    Raises:
        MalformedXML: It is no such list, or has no keys or more than a thousand.
    """
    root = document(body)
    if name_of(root) != "Delete":
        raise _malformed()
    found = []
    _check_known(root, _OF_DELETE)
    for item in _children(root, "Object"):
        _check_known(item, _OF_OBJECT)
        keys = [text_of(child) for child in _children(item, "Key")]
        versions = [text_of(child) for child in _children(item, "VersionId")]
        version = versions[0] if versions else ""
        if len(keys) != 1 or not keys[0].strip() or len(versions) > 1 or version != version.strip():
            raise _malformed()
        found.append(KeyToDelete(keys[0], version))
    if not 0 < len(found) <= _MOST_KEYS:
        raise _malformed()
    return found


def tags(body: bytes, where: str = "TagSet") -> dict[str, str]:
    """
    Return the tags of a ``Tagging`` document, or those that stand *where* in another one.

    Raises:
        MalformedXML: It is none, or a tag comes twice.
    """
    made: dict[str, str] = {}
    for tag_set in _only(document(body), where):
        _check_known(tag_set, _OF_TAGS)
        for tag in tag_set:
            told = {name_of(child): text_of(child) for child in tag}
            if len(told) != len(tag) or not told.get("Key") or told["Key"] in made:
                raise _malformed()
            made[told["Key"]] = told.get("Value", "")
    return made


def tags_of_header(value: bytes) -> dict[str, str]:
    """
    Return the tags of ``x-amz-tagging``.

    Raises:
        InvalidRequest: It cannot be read, or names a tag twice.
    """
    try:
        pairs = parse_qsl(
            value.decode("ascii"), keep_blank_values=True, strict_parsing=bool(value), errors="strict"
        )
    except ValueError:
        raise InvalidRequest(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded."
        ) from None
    if len(dict(pairs)) != len(pairs):
        raise InvalidRequest("The header 'x-amz-tagging' names a tag twice.")
    return dict(pairs)


def texts(body: bytes) -> Mapping[str, str]:
    """
    Return the texts of the elements right below the root, by their names.

    Raises:
        MalformedXML: It is no XML, or an element comes twice.
    """
    root = document(body)
    told: dict[str, str] = {}
    for child in root:
        if name_of(child) in told:
            raise _malformed()
        # One that has elements has no text of its own.
        told[name_of(child)] = "" if len(child) and not (child.text or "").strip() else text_of(child).strip()
    return told


def below(body: bytes, name: str) -> Mapping[str, tuple[str, ...]]:
    """
    Return the texts right below the element *name*, which is right below the root, by the names of their elements.

    Raises:
        MalformedXML: It is no XML, or has the element twice.
    """
    told: dict[str, tuple[str, ...]] = {}
    for element in _only(document(body), name):
        for child in element:
            told[name_of(child)] = (*told.get(name_of(child), ()), text_of(child).strip())
    return told


def days_until(date: str, now: datetime) -> int | None:
    """Return the whole days until an ISO 8601 *date*, rounded up; None when it is none."""
    try:
        left = datetime.fromisoformat(date) - now
    except (ValueError, TypeError):
        return None
    return -(-left // _DAY)


_DAY: Final = datetime.resolution * 86_400_000_000


def document(body: bytes) -> "_Element":
    """
    Return the root of *body*.

    Raises:
        MalformedXML: It is no XML, or two readers could read it in two ways.
    """
    from lxml import etree  # noqa: PLC0415  a tenth of a second, for few requests

    if len(body) > _MOST_BYTES or b"<!" in body or b"\0" in body or not _is_utf8(body):
        # Neither a document type nor a comment: two readers could read them in two ways.
        raise _malformed()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _malformed() from None
    if (root.getroottree().docinfo.encoding or _ENCODING).upper() != _ENCODING:
        raise _malformed()  # Not every reader minds what the document says of itself.
    return root


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _children(element: "_Element", name: str) -> Iterator["_Element"]:
    return (child for child in element if name_of(child) == name)


def _only(element: "_Element", name: str) -> list["_Element"]:
    """Return the child *name*, if there is one; of two a store might take either."""
    found = list(_children(element, name))
    if len(found) > 1:
        raise _malformed()
    return found


def _check_known(element: "_Element", names: frozenset[str]) -> None:
    """Refuse children that are not meant: some readers mind neither depth nor case."""
    if any(name_of(child) not in names for child in element):
        raise _malformed()


def text_of(element: "_Element") -> str:
    """Return the text of *element*, within which there is nothing that could divide it."""
    if len(element):
        raise _malformed()
    return element.text or ""


def name_of(element: "_Element") -> str:
    """Return the name of *element* without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _malformed() -> MalformedXML:
    return MalformedXML(
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
