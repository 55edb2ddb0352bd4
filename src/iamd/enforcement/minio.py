"""
MinIO's policy plugin, and RustFS's, which is the same: a store that has authenticated somebody asks what they may.

``{"input": {"account", "groups", "action", "bucket", "object", "conditions", "owner", "claims", "denyOnly"}}``, answered by
``{"result": true}`` or ``{"result": false}``.

Who it is: the principal whose ARN is the ``sub`` of a token that iamd has issued, or the user of iamd that has the name of
MinIO's account, or of the account's parent.  ``owner`` and ``denyOnly`` ask for less than a whole decision; there is none here (R-22).

Source: MinIO, *Access Management Plugin*.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from iamd.auth.target import ContextValue
from iamd.domain.arns import Arn, iam_arn
from iamd.domain.outbound_federation import ISSUER_PATH
from iamd.enforcement.decide import Question, json_object
from iamd.errors import InvalidInput

_Text = Annotated[str, Meta(max_length=2048)]

_GLOBAL: Final[Mapping[str, str]] = {
    "referer": "aws:Referer",
    "securetransport": "aws:SecureTransport",
    "sourceip": "aws:SourceIp",
    "useragent": "aws:UserAgent",
}
_OF_THE_SERVER: Final = frozenset(
    {"currenttime", "epochtime", "principaltype", "userid", "username", "groups"}
)
"""What MinIO says of its own account and clock; iamd knows it of the principal."""
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


class _Asked(msgspec.Struct, frozen=True):
    input: _Input


def read(body: bytes, account_id: str, public_url: str | None) -> Question:
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
        asked = msgspec.convert(json_object(body), _Asked).input
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidInput(f"the body of the request: {error}") from error
    if not asked.action.startswith(_ACTIONS):
        raise InvalidInput(f"{asked.action} is no action of a store")
    resource = "*"
    if asked.bucket and asked.action.startswith("s3:"):
        resource = f"arn:aws:s3:::{asked.bucket}" + (f"/{asked.object}" if asked.object else "")
    context = _context(asked.conditions or {})
    return Question(
        principal=_principal(asked, account_id, public_url),
        action=asked.action,
        resource=resource,
        context={key: value if isinstance(value, str) else list(value) for key, value in context.items()},
    )


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


def _context(conditions: Mapping[str, list[str] | None]) -> dict[str, ContextValue]:
    context: dict[str, ContextValue] = {}
    for name, values in conditions.items():
        lowered = name.lower()
        if lowered in _OF_THE_SERVER or not values:
            continue
        if lowered.startswith("aws:"):
            raise InvalidInput(f"`conditions`: {name} is filled in by the server")
        key = _GLOBAL.get(lowered) or (name if ":" in name else f"s3:{_spelled(name)}")
        context[key] = values[0] if len(values) == 1 else tuple(values)
    return context


def _spelled(name: str) -> str:
    """``X-Amz-Acl``, as headers are spelled there, is ``s3:x-amz-acl`` in policies; the case does not matter to those."""
    return name.lower() if name.lower().startswith("x-amz-") else name
