"""
Whether a verified assertion is good, here and now, and for whom it vouches: in the words of AWS.

AWS: *Configure SAML assertions for the authentication response*; *IAM and AWS STS condition context keys*, "Available keys
for SAML-based AWS STS federation"; *AssumeRoleWithSAML*.

As on AWS an assertion may be used more than once: what bounds it is that it must be used within five minutes.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from iamd.errors import AccessDenied, ExpiredTokenException, InvalidIdentityToken
from iamd.federation.saml_assertion import SamlAssertion
from iamd.federation.saml_attributes import (
    ContextValue,
    context_of,
    duration_of,
    roles_of,
    session_name_of,
    source_identity_of,
    tags_of,
)
from iamd.federation.session_tags import SessionTags

REDEEMED_WITHIN: Final = timedelta(minutes=5)
LEEWAY: Final = timedelta(minutes=5)
"""For clocks that are ahead of ours; none is granted to what is over."""

_LONGEST_NAME: Final = 256
_FORMAT_PREFIX: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_URN: Final = "urn:amazon:webservices"
# AWS: the global endpoint, also as `/static/saml`, or that of a region; with the provider's identifier behind it or not.
_OF_AWS = re.compile(
    r"(https://(?:[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}\.)?signin\.aws\.amazon\.com/(?:static/)?saml)(?:/acs/([A-Z0-9]{1,64}))?"
)
_ACS: Final = "/acs/"
# Identity providers that know a service by its name only once put something behind a `#`.
_FRAGMENT = re.compile("#[A-Za-z0-9._-]{0,64}")

# AWS's texts.
LATE: Final = "Token must be redeemed within 5 minutes of issuance"
EXPIRED: Final = "Response has expired"
WRONG_AUDIENCE: Final = "Response does not contain the required audience."
NOT_AUTHORIZED: Final = "Not authorized to perform sts:AssumeRoleWithSAML"
# Ours.
WRONG_RECIPIENT: Final = "Response does not contain the required recipient."
EARLY: Final = "Response is not yet valid"
BAD_NAME: Final = "The NameID of the SAML response is too long."


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlIdentity:
    """
    Somebody whom a SAML provider vouches for.

    Attributes:
        provider: The ARN, as a trust policy writes it.
        subject_type: Without the prefix of SAML 2.0's own formats.
        audience: The Recipient (semantics 84).
        roles: Pairs of the ARNs of a role and a provider that the provider lets them have.
        ends_at: When the session must be over at the latest; None for no such limit.
        longest: Seconds that it may last at most, likewise.
        context: Keys for the trust policy.
        session_context: Those among them that the session's own requests have, too.
    """

    provider: str
    issuer: str
    subject: str = field(repr=False)
    subject_type: str
    audience: str
    name_qualifier: str
    session_name: str
    roles: frozenset[frozenset[str]]
    ends_at: datetime | None
    longest: int | None
    context: Mapping[str, ContextValue] = field(repr=False)
    session_context: Mapping[str, ContextValue] = field(repr=False)
    tags: SessionTags
    source_identity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlServiceProvider:
    """
    Who we are to the identity provider.

    Attributes:
        account_id: Of the SAML provider.
        name: Of the SAML provider.
        arn: Likewise.
        provider_id: ``SAMLProviderUUID``.
        endpoint: Where this server says that responses go, besides to AWS's endpoints; None for nowhere.
    """

    account_id: str
    name: str
    arn: str
    provider_id: str
    endpoint: str | None

    def receives_at(self, url: str) -> bool:
        """Tell whether a response to *url* is one to us."""
        match = _OF_AWS.fullmatch(url)
        if match is not None:
            return match.group(2) in {None, self.provider_id}
        return self.endpoint is not None and url in {
            self.endpoint,
            f"{self.endpoint}{_ACS}{self.provider_id}",
        }

    def called(self, name: str) -> bool:
        """Tell whether *name* is ours as an audience."""
        plain, fragment = name.partition("#")[0], name.partition("#")[1:]
        if fragment[0] and not _FRAGMENT.fullmatch("".join(fragment)):
            return False
        return plain == _URN or self.receives_at(plain)


def saml_identity(assertion: SamlAssertion, we: SamlServiceProvider, now: datetime) -> SamlIdentity:
    """
    Check an assertion whose signature holds and whose issuer is that of the provider.

    Raises:
        InvalidIdentityToken: It is for somebody else, not yet valid, or lacks what AWS needs.
        ExpiredTokenException: It is over.
        AccessDenied: It names nobody.
    """
    _check_destination(assertion, we)
    _check_times(assertion, now)
    # AWS: *Troubleshoot SAML federation*: so "if the SAML response does not include a Subject containing a NameID".
    if assertion.subject is None:
        raise AccessDenied(NOT_AUTHORIZED, detail="there is no NameID")
    if max(len(assertion.subject), len(assertion.subject_format)) > _LONGEST_NAME:
        raise InvalidIdentityToken(BAD_NAME)
    subject_type = assertion.subject_format.removeprefix(_FORMAT_PREFIX)
    name_qualifier = _name_qualifier(assertion.issuer, we)
    session: dict[str, ContextValue] = {
        "saml:namequalifier": name_qualifier,
        "saml:sub": assertion.subject,
        "saml:sub_type": subject_type,
    }
    return SamlIdentity(
        provider=we.arn,
        issuer=assertion.issuer,
        subject=assertion.subject,
        subject_type=subject_type,
        audience=assertion.confirmation.recipient,
        name_qualifier=name_qualifier,
        session_name=session_name_of(assertion.attributes),
        roles=roles_of(assertion.attributes),
        ends_at=assertion.session_ends,
        longest=duration_of(assertion.attributes),
        context={
            **context_of(assertion.attributes),
            **session,
            "saml:aud": assertion.confirmation.recipient,
            "saml:iss": assertion.issuer,
            "saml:doc": f"{we.account_id}/{we.name}",
        },
        session_context=session,
        tags=tags_of(assertion.attributes),
        source_identity=source_identity_of(assertion.attributes),
    )


def _check_destination(assertion: SamlAssertion, we: SamlServiceProvider) -> None:
    recipients = {assertion.confirmation.recipient, assertion.destination or assertion.confirmation.recipient}
    if not all(map(we.receives_at, recipients)):
        raise InvalidIdentityToken(WRONG_RECIPIENT)
    # SAML 2.0 Core, section 2.5.1.4: it is for those who are in every restriction.
    if not assertion.audiences or not all(any(map(we.called, names)) for names in assertion.audiences):
        raise InvalidIdentityToken(WRONG_AUDIENCE)


def _check_times(assertion: SamlAssertion, now: datetime) -> None:
    confirmation = assertion.confirmation
    if now - assertion.issued_at > REDEEMED_WITHIN:
        raise ExpiredTokenException(LATE)
    ends = (assertion.not_on_or_after, confirmation.not_on_or_after, assertion.session_ends)
    if any(end is not None and now >= end for end in ends):
        raise ExpiredTokenException(EXPIRED)
    begins = (assertion.issued_at, assertion.not_before, confirmation.not_before)
    if any(begin is not None and begin - now > LEEWAY for begin in begins):
        raise InvalidIdentityToken(EARLY)


def _name_qualifier(issuer: str, we: SamlServiceProvider) -> str:
    """Return what tells this provider's subjects from another's of the same name (semantics 84)."""
    text = f"{issuer}{we.account_id}/{we.name}"
    return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()
