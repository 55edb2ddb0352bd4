"""
What the claims of a verified token say, in the words of AWS: who, for whom, until when, and with which tags.

AWS: *Create an OpenID Connect (OIDC) identity provider in IAM*; *Available keys for AWS OIDC federation*; *Passing
session tags using AssumeRoleWithWebIdentity*.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from iamd.domain.tags import RESERVED_PREFIX
from iamd.errors import ExpiredTokenException, InvalidIdentityToken
from iamd.federation.session_tags import SessionTags, session_tags

LEEWAY_SECONDS: Final = 300
"""AWS: a token is taken up to five minutes after its ``exp``; as much is granted to clocks that are ahead."""
_MAX_SUBJECT: Final = 255
_MAX_AUDIENCES: Final = 100
_MAX_METHODS: Final = 20
_MAX_ROLES: Final = 1_000
_ROLES: Final = "https://aws.amazon.com/roles"
_SOURCE_IDENTITY: Final = "https://aws.amazon.com/source_identity"
_AWS_CLAIMS: Final = "https://aws.amazon.com/"
_CLAIM_NAME = re.compile("[A-Za-z0-9_./:@-]{1,128}")
_SOURCE_IDENTITY_FORM = re.compile("[A-Za-z0-9_+=,.@-]{2,64}")
# They say when and by whom, not who.
_NOT_KEYS: Final = frozenset({"iss", "aud", "azp", "exp", "iat", "nbf", "sub", "amr", "oaud"})

ContextValue = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """
    An issuer whose tokens may be looked at.

    Attributes:
        principal: As a trust policy writes it: an ARN, or ``accounts.google.com``.
        name: What its context keys begin with.
        client_ids: The audiences it may speak to; None where trust policies alone decide.
    """

    principal: str
    name: str
    client_ids: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentity:
    """
    Somebody whom an identity provider vouches for.

    Attributes:
        provider: As a trust policy writes it.
        shown_provider: As the answer tells it.
        context: Keys for the trust policy.
        session_context: Those among them that the session's own requests have, too.
        roles: The ARNs of the roles that the provider lets its token be used for; None where it does not say.
    """

    provider: str
    shown_provider: str
    subject: str
    audience: str
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    session_context: Mapping[str, ContextValue] = field(default_factory=dict)
    tags: SessionTags = field(default_factory=SessionTags)
    source_identity: str | None = None
    roles: tuple[str, ...] | None = None


def web_identity(claims: Mapping[str, Any], issuer: TrustedIssuer, now: datetime) -> WebIdentity:
    """
    Check the claims of a token whose signature holds and whose ``iss`` is *issuer*.

    Raises:
        ExpiredTokenException: It is over, for longer than the leeway.
        InvalidIdentityToken: It is not yet valid, lacks a claim, or is meant for somebody else.
    """
    _check_times(claims, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT:
        raise _missing("sub")
    audience, original = _audiences(claims, issuer)
    context: dict[str, ContextValue] = {
        f"{issuer.name}:{name}": value for name, value in _others(claims).items()
    }
    session: dict[str, ContextValue] = {f"{issuer.name}:aud": audience, f"{issuer.name}:sub": subject}
    methods = _methods(claims)
    if methods:
        session[f"{issuer.name}:amr"] = methods
    context |= session
    if original is not None:
        context[f"{issuer.name}:oaud"] = original
    return WebIdentity(
        provider=issuer.principal,
        shown_provider=issuer.principal,
        subject=subject,
        audience=audience,
        context=context,
        session_context=session,
        tags=session_tags(claims),
        source_identity=_source_identity(claims),
        roles=_roles(claims),
    )


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    at = int(now.timestamp())
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    begins = _seconds(claims, "nbf") if "nbf" in claims else issued
    if at > expires + LEEWAY_SECONDS:
        raise ExpiredTokenException(
            f"Token expired: current date/time {at} must be before the expiration date/time {expires}"
        )
    if max(issued, begins) > at + LEEWAY_SECONDS:
        raise InvalidIdentityToken("The ID Token provided is not yet valid.")


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    """
    Return a time.

    AWS: "Timestamps in the token must be formatted as either an integer or a long integer."
    """
    value = claims.get(name)
    if value is None:
        raise _missing(name)
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise InvalidIdentityToken(f"The claim {name} is not a valid timestamp.")
    return value


def _audiences(claims: Mapping[str, Any], issuer: TrustedIssuer) -> tuple[str, str | None]:
    """
    Return what ``aud`` and ``oaud`` are in policies (semantics 34, 83).

    The first is the ``azp`` where the token has one, and else its audience; it must be one of the client ids.  Of several
    audiences it is the one that is a client id.
    """
    claimed = claims.get("aud")
    listed = [claimed] if isinstance(claimed, str) else claimed
    if not listed or not isinstance(listed, list):
        raise _missing("aud")
    if len(listed) > _MAX_AUDIENCES or not all(isinstance(each, str) and each for each in listed):
        raise InvalidIdentityToken("Incorrect token audience")
    known = issuer.client_ids
    matching = listed if known is None else [each for each in listed if each in known]
    original: str | None = matching[0] if matching else listed[0] if len(listed) == 1 else None
    party = claims.get("azp")
    if party is None:
        audience = matching[0] if matching else None
    elif isinstance(party, str) and party and (known is None or party in known):
        audience = party
    else:
        audience = None
    if audience is None:
        raise InvalidIdentityToken("Incorrect token audience")
    return audience, original


def _methods(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the authentication methods: a list in policies, whatever the token makes of it (semantics 34)."""
    value = claims.get("amr")
    methods = [value] if isinstance(value, str) else value
    if methods is None:
        return ()
    if (
        not isinstance(methods, list)
        or len(methods) > _MAX_METHODS
        or not all(isinstance(each, str) for each in methods)
    ):
        raise InvalidIdentityToken("The claim amr is not a list of texts.")
    return tuple(methods)


def _others(claims: Mapping[str, Any]) -> dict[str, ContextValue]:
    """Return the claims that are further keys: texts, numbers and truth values as one value, lists of texts as several."""
    found: dict[str, ContextValue] = {}
    for name, value in claims.items():
        if name in _NOT_KEYS or name.startswith(_AWS_CLAIMS) or not _CLAIM_NAME.fullmatch(name):
            continue
        if isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif isinstance(value, str | int):
            found[name] = str(value)
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            found[name] = tuple(value)
    return found


def _source_identity(claims: Mapping[str, Any]) -> str | None:
    value = claims.get(_SOURCE_IDENTITY)
    if value is None:
        return None
    valid = isinstance(value, str) and _SOURCE_IDENTITY_FORM.fullmatch(value)
    if not valid or value.lower().startswith(RESERVED_PREFIX):
        raise InvalidIdentityToken("The claim source_identity is not a valid source identity.")
    return str(value)


def _roles(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the roles of the roles claim: an ARN, or a list of them, each of which names one role and no more."""
    value = claims.get(_ROLES)
    if value is None:
        return None
    listed = [value] if isinstance(value, str) else value
    if (
        not isinstance(listed, list)
        or len(listed) > _MAX_ROLES
        or not all(isinstance(each, str) for each in listed)
    ):
        raise InvalidIdentityToken("The claim roles is not a list of texts.")
    return tuple(listed)


def _missing(name: str) -> InvalidIdentityToken:
    return InvalidIdentityToken(f"Missing a required claim: {name}")
