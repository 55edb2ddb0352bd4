"""
MinIO's policy plugin, and RustFS's, which is the same: a store that has authenticated somebody asks what they may.

``{"input": {"account", "groups", "action", "bucket", "object", "conditions", "owner", "claims", "denyOnly"}}``, answered by
``{"result": true}`` or ``{"result": false}``.

What holds here of conditions: MinIO puts every header and every parameter of a query among what it says itself, so that whoever asks
adds to them.  What is said in two ways is not believed, nor in another spelling than the store's own; and what can only be
believed where the store has said nothing opens nothing (`Asked.without`).

Who it is: the principal whose ARN is the ``sub`` of a token that iamd has issued, or the user of iamd that has the name of
MinIO's account, or of the account's parent.  ``owner`` and ``denyOnly`` ask for less than a whole decision; there is none here (R-22).

Source: MinIO, *Access Management Plugin*.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from iamd.domain.arns import Arn, iam_arn
from iamd.domain.outbound_federation import ISSUER_PATH
from iamd.enforcement.decide import Question, json_object
from iamd.errors import InvalidInput

_Text = Annotated[str, Meta(max_length=2048)]

_OWN: Final[Mapping[str, str]] = {
    "Referer": "aws:Referer",
    "SecureTransport": "aws:SecureTransport",
    "SourceIp": "aws:SourceIp",
    "UserAgent": "aws:UserAgent",
    "authType": "s3:authType",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "prefix": "s3:prefix",
    "signatureversion": "s3:signatureversion",
    "versionid": "s3:VersionId",
}
"""What MinIO fills in, or takes from the query, where it is spelled so; headers begin with a capital letter there."""
_OWN_FOLDED: Final = frozenset(name.lower() for name in _OWN)
_SAID_AS_VERSION: Final = "versionId"
_EMPTY_IS_NONE: Final = frozenset({"Referer", "UserAgent", "versionid"})
_OF_THE_SERVER: Final = frozenset(
    {"currenttime", "epochtime", "principaltype", "userid", "username", "groups"}
)
"""What MinIO says of its own account and clock; iamd knows it of the principal."""
_OF_TAGS: Final = ("existingobjecttag/", "requestobjecttag/", "requestobjecttagkeys")
_SEVERAL: Final = "requestobjecttagkeys"
_NARROWED: Final = ("sessionPolicy", "sessionPolicy-extracted")
_ACTIONS: Final = ("s3:", "admin:", "kms:")


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    """MinIO adds members from release to release; those that are not here say nothing that a decision needs."""

    action: Annotated[str, Meta(pattern=r"\A[a-z0-9]{1,32}:[A-Za-z0-9]{1,128}\Z")]
    account: _Text = ""
    bucket: _Text = ""
    object: _Text = ""
    conditions: dict[str, list[str] | None] | None = None
    claims: dict[str, Any] | None = None


class _Body(msgspec.Struct, frozen=True):
    input: _Input


class Asked(msgspec.Struct, frozen=True):
    """
    What a store asks.

    Attributes:
        question: With all that it has said.
        without: The same, without what the client may have said in its place, where that must not open anything: it has to
            be allowed as well.  None where there is nothing of the kind.
    """

    question: Question
    without: Question | None


def read(body: bytes, account_id: str, public_url: str | None) -> Asked:
    """
    Return what the store asks.

    Args:
        body: Of its request.
        account_id: Whose users are meant by names.
        public_url: What the issuers of our own tokens begin with; None where it is not known.

    Raises:
        InvalidInput: It cannot be read, or asks about what no store does.
    """
    try:
        asked = msgspec.convert(json_object(body), _Body).input
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidInput(f"the body of the request: {error}") from error
    if not asked.action.startswith(_ACTIONS):
        raise InvalidInput(f"{asked.action} is no action of a store")
    resource = "*"
    if asked.bucket and asked.action.startswith("s3:"):
        resource = f"arn:aws:s3:::{asked.bucket}" + (f"/{asked.object}" if asked.object else "")
    context = _context(asked.conditions or {})
    question = Question(
        principal=_principal(asked, account_id, public_url),
        action=asked.action,
        resource=resource,
        context=context,
    )
    sure = {
        key: value
        for key, value in context.items()
        if not key.lower().removeprefix("s3:").startswith(_OF_TAGS)
    }
    return Asked(question, None if sure == context else msgspec.structs.replace(question, context=sure))


def _principal(asked: _Input, account_id: str, public_url: str | None) -> str:
    claims = asked.claims or {}
    if any(name in claims for name in _NARROWED):
        # what takes away from the account's permissions is not dropped.
        raise InvalidInput("a session policy of the store's own cannot be held to here")
    subject, issuer = claims.get("sub"), claims.get("iss")
    if subject is None and issuer is None:
        # Of the temporary credentials and service accounts of a user, the user.
        name = claims.get("parent") or asked.account
        if not isinstance(name, str) or not name:
            raise InvalidInput("the request names no account")
        return iam_arn(account_id, "user", "/", name)
    # A subject of another issuer is a name that somebody else gives, and may look like one of ours.
    ours = public_url is not None and isinstance(issuer, str) and issuer.startswith(public_url + ISSUER_PATH)
    if not ours or not isinstance(subject, str):
        raise InvalidInput("the claims are not of a token that iamd has issued")
    arn = Arn.parse(subject)
    if arn is None or arn.account != account_id:
        raise InvalidInput("the subject of the claims is no principal of the account")
    return subject


def _context(conditions: Mapping[str, list[str] | None]) -> dict[str, str | list[str]]:
    context: dict[str, str | list[str]] = {}
    for name, values in conditions.items():
        lowered = name.lower()
        if lowered in _OF_THE_SERVER or name == _SAID_AS_VERSION or not values:
            continue
        if name in _EMPTY_IS_NONE and set(values) == {""}:
            continue
        key = _key(name, lowered)
        told = list(dict.fromkeys(values))
        if lowered != _SEVERAL and len(told) > 1 and (name in _OWN or _matters(lowered)):
            raise InvalidInput(f"`conditions`: {name[:64]} is told in two ways")
        value = told[0] if len(told) == 1 and lowered != _SEVERAL else told
        folded = key.lower()
        if context.get(folded, value) != value:
            raise InvalidInput(f"`conditions`: {name[:64]} is told in two ways")
        context[folded] = value
    return context


def _key(name: str, lowered: str) -> str:
    """
    Return the context key for a condition of the store.

    Raises:
        InvalidInput: Only the client can have called it so.
    """
    if name in _OWN:
        return _OWN[name]
    if lowered in _OWN_FOLDED or lowered.startswith(("aws:", "s3:")):
        # A header `Prefix`, or `?sourceip=…`.
        raise InvalidInput(f"`conditions`: {name[:64]} is not told by the store")
    return f"s3:{name}"


def _matters(lowered: str) -> bool:
    """Say whether policies ask about it: of most headers they do not, and those may have several values."""
    return lowered.startswith(("x-amz-", "object-lock-", *_OF_TAGS))
