"""
XML from strangers: one parser, one reading.

* A document type declaration is refused by its bytes, before any parser sees them (R-56, R-61): no entities, no files, no
  network.
* What may come is bounded: bytes, tags, attributes, depth.
* The encoding is UTF-8 and no other: what these checks have read is what the parser reads.
* Comments say nothing: the text of an element is the whole of it (R-54).

lxml takes a while to import, and is imported with the first document.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ASSERTION: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
PROTOCOL: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
METADATA: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}"
ENCRYPTION: Final = "{http://www.w3.org/2001/04/xmlenc#}"

_MOST_TAGS: Final = 50_000
_MOST_ATTRIBUTES: Final = 100_000
_MOST_ATTRIBUTES_OF_ONE: Final = 100
_WHITE: Final = " \t\r\n"
# Case does not matter to whoever reads badly, so it does not matter here.
_DECLARATIONS: Final = (b"<!doctype", b"<!entity", b"<!element", b"<!attlist", b"<!notation")
_XML_DECLARATION = re.compile(
    rb"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*[\"'][0-9.]+[\"']"
    rb"([ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*[\"']utf-8[\"'])?"
    rb"([ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*[\"'](yes|no)[\"'])?[ \t\r\n]*"
)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,12}))?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class XmlError(Exception):
    """The document is none, or one that is not taken."""


def parse(document: bytes) -> "Element":
    """
    Return the root of *document*, whose size the caller has checked.

    Raises:
        XmlError: It is not well-formed UTF-8, declares a document type, or is too large or deep.
    """
    from lxml import etree  # noqa: PLC0415  see the module's docstring

    lowered = document.lower()
    if any(declaration in lowered for declaration in _DECLARATIONS):
        raise XmlError("a document type is declared")
    declared = lowered.partition(b"?>")[0]
    if b"\0" in document or (declared[:5] == b"<?xml" and not _XML_DECLARATION.fullmatch(declared)):
        raise XmlError("it is not UTF-8")
    if document.count(b"<") > _MOST_TAGS or document.count(b"=") > _MOST_ATTRIBUTES:
        raise XmlError("there are too many elements or attributes")
    try:
        document.decode("utf-8")
        root = etree.fromstring(
            document,
            etree.XMLParser(
                encoding="utf-8",
                resolve_entities=False,
                load_dtd=False,
                dtd_validation=False,
                attribute_defaults=False,
                no_network=True,
                huge_tree=False,
                recover=False,
            ),
        )
    except (etree.XMLSyntaxError, ValueError):
        raise XmlError("it is not well-formed") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlError("a document type is declared")
    return root


def children(element: "Element", tag: str) -> "list[Element]":
    """Return the elements *tag* right below *element*."""
    return list(element.iterchildren(tag))


def elements(root: "Element") -> "Iterator[Element]":
    """
    Yield *root* and the elements below it, in the order of the document.

    Raises:
        XmlError: There is something else than elements, comments and text, or an element with very many attributes.
    """
    for node in root.iter():
        if _comment(node):
            continue
        if not isinstance(node.tag, str):
            raise XmlError("there is an instruction")
        # To put them in their canonical order takes time by the square of their number.
        if len(node.attrib) > _MOST_ATTRIBUTES_OF_ONE:
            raise XmlError("there are too many elements or attributes")
        yield node


def text(element: "Element") -> str:
    """
    Return the whole text of an element that holds nothing but text, without blanks around it.

    A comment is nothing: ``a<!-- -->b`` is ``ab``, and not ``a`` (R-54).

    Raises:
        XmlError: It holds elements.
    """
    return "".join(_texts(element)).strip(_WHITE)


def _texts(element: "Element") -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if not _comment(child):
            raise XmlError("there is something beside text")
        yield child.tail or ""


def _comment(node: Any) -> bool:
    from lxml import etree  # noqa: PLC0415  see the module's docstring

    return node.tag is etree.Comment


def parse_time(given: str) -> datetime:
    """
    Return the time that an ``xs:dateTime`` says; without a time zone it is UTC (SAML 2.0 Core, section 1.3.3).

    Raises:
        XmlError: It is none.
    """
    match = _TIME.fullmatch(given.strip(_WHITE))
    if match is None:
        raise XmlError("not a time")
    seconds, fraction, zone = match.groups()
    try:
        at = datetime.fromisoformat(seconds + ("+00:00" if zone in {None, "Z"} else zone)).astimezone(UTC)
        return at + timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    except (ValueError, OverflowError):
        raise XmlError("not a time") from None
