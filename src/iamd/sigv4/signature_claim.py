"""The claim that a request makes about its signature; `claim` reads it, and `verify` says whether it is true."""

from datetime import datetime

import msgspec

from iamd.secret import Secret


class SignatureClaim(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a request claims about its signature.  Nothing in it is to be trusted before `verify` has returned.

    Attributes:
        access_key_id: Well formed; whether it exists is another question.
        date: Of the credential scope, ``YYYYMMDD``.
        region: Any; the server has no region of its own.
        service: Of the credential scope.
        signed_headers: In lower case, ascending, each once.
        signature: Hexadecimal.
        timestamp: When the client says that it signed.
        amz_date: The same as it stands in the string to sign.
        scope: The credential scope, likewise.
        presigned: Whether all this stood in the query.
        expires_seconds: Only of a presigned request, and only if it says so; at most a week.
        session_token: Of temporary credentials.
        content_sha256: What the client says is the hash of the body, if it says so.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[bytes, ...]
    signature: str
    timestamp: datetime
    amz_date: str
    scope: str
    presigned: bool = False
    expires_seconds: int | None = None
    session_token: Secret | None = None
    content_sha256: str | None = None

    def __repr__(self) -> str:
        return f"SignatureClaim(access_key_id={self.access_key_id!r}, scope={self.scope!r}, …)"
