"""
What a verified assertion says, read once and in full; whether it is good now is for `saml_identity`.

SAML 2.0 Core, section 2; AWS: *Configure SAML assertions for the authentication response*.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from iamd.federation.saml_xml import ASSERTION, XmlError, children, parse_time, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
_CONDITIONS: Final = frozenset(
    f"{ASSERTION}{name}" for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """For whom, and until when, the bearer of an assertion is taken for its subject."""

    recipient: str
    not_on_or_after: datetime
    not_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlAssertion:
    """
    An assertion, as it was signed.

    Attributes:
        destination: Where the response that brought it says that it goes; None when it does not, or is not signed.
        subject: The NameID; None without one.
        audiences: One set for each restriction; the assertion is for those who are in all of them.
        session_ends: The earliest SessionNotOnOrAfter.
        attributes: All values of all attributes, by name; of values that are no texts there is None.
    """

    destination: str | None
    issuer: str
    issued_at: datetime
    subject: str | None = field(repr=False)
    subject_format: str
    confirmation: Confirmation
    not_before: datetime | None
    not_on_or_after: datetime | None
    audiences: tuple[frozenset[str], ...]
    session_ends: datetime | None
    attributes: Mapping[str, tuple[str | None, ...]] = field(repr=False)


def read_assertion(assertion: "Element", *, destination: str | None) -> SamlAssertion:
    """
    Read an assertion that a signature covers.

    Raises:
        XmlError: It lacks something, or says something twice.
    """
    if assertion.get("Version") != "2.0":
        raise XmlError("the assertion is not of SAML 2.0")
    subject = _only(assertion, "Subject")
    name, name_format = _name(subject)
    conditions = children(assertion, f"{ASSERTION}Conditions")
    if len(conditions) > 1:
        raise XmlError("there are several Conditions")
    # SAML 2.0 Core, section 2.5.1: a condition that is not known makes the assertion worth nothing.
    if any(_elements(condition) - _CONDITIONS for condition in conditions):
        raise XmlError("there is a condition that is not known")
    return SamlAssertion(
        destination=destination or None,
        issuer=text(_only(assertion, "Issuer")),
        issued_at=_required_time(assertion, "IssueInstant"),
        subject=name,
        subject_format=name_format,
        confirmation=_confirmation(subject),
        not_before=_earliest(conditions, "NotBefore"),
        not_on_or_after=_earliest(conditions, "NotOnOrAfter"),
        audiences=tuple(_audiences(conditions)),
        session_ends=_earliest(children(assertion, f"{ASSERTION}AuthnStatement"), "SessionNotOnOrAfter"),
        attributes=_attributes(assertion),
    )


def _name(subject: "Element") -> tuple[str | None, str]:
    names = children(subject, f"{ASSERTION}NameID")
    if len(names) > 1:
        raise XmlError("there are several names")
    if not names:
        return None, UNSPECIFIED
    return text(names[0]) or None, names[0].get("Format") or UNSPECIFIED


def _confirmation(subject: "Element") -> Confirmation:
    """Return the one confirmation (AWS: "There must be exactly one SubjectConfirmation element")."""
    confirmation = _only(subject, "SubjectConfirmation")
    if confirmation.get("Method") != _BEARER:
        raise XmlError("the subject is confirmed otherwise than by bearing the assertion")
    data = _only(confirmation, "SubjectConfirmationData")
    recipient = data.get("Recipient")
    if not recipient:
        raise XmlError("there is no Recipient")
    begins = data.get("NotBefore")
    return Confirmation(
        recipient=recipient,
        not_on_or_after=_required_time(data, "NotOnOrAfter"),
        not_before=parse_time(begins) if begins is not None else None,
    )


def _audiences(conditions: "list[Element]") -> Iterator[frozenset[str]]:
    for condition in conditions:
        for restriction in children(condition, f"{ASSERTION}AudienceRestriction"):
            yield frozenset(text(audience) for audience in children(restriction, f"{ASSERTION}Audience"))


def _attributes(assertion: "Element") -> dict[str, tuple[str | None, ...]]:
    found: dict[str, tuple[str | None, ...]] = {}
    for statement in children(assertion, f"{ASSERTION}AttributeStatement"):
        for attribute in children(statement, f"{ASSERTION}Attribute"):
            name = attribute.get("Name", "")
            values = tuple(_value(value) for value in children(attribute, f"{ASSERTION}AttributeValue"))
            found[name] = found.get(name, ()) + values
    return found


def _value(value: "Element") -> str | None:
    """Return the text of a value, or of the NameID in it (as eduPersonTargetedID has it); None of anything else."""
    names = children(value, f"{ASSERTION}NameID")
    try:
        return text(names[0]) if len(names) == 1 and len(value) == 1 else text(value)
    except XmlError:
        return None


def _earliest(elements: "list[Element]", name: str) -> datetime | None:
    given = (element.get(name) for element in elements)
    return min((parse_time(each) for each in given if each is not None), default=None)


def _required_time(element: "Element", name: str) -> datetime:
    given = element.get(name)
    if given is None:
        raise XmlError(f"there is no {name}")
    return parse_time(given)


def _elements(parent: "Element") -> set[str]:
    return {child.tag for child in parent if isinstance(child.tag, str)}


def _only(parent: "Element", name: str) -> "Element":
    found = children(parent, f"{ASSERTION}{name}")
    if len(found) != 1:
        raise XmlError(f"there is not exactly one {name}")
    return found[0]
