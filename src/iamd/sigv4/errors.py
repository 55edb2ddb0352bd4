"""
What a signature can have wrong with it.

A small family of its own, which knows no status codes; the guard translates it.  The subclasses tell apart what a
client must be told.  Texts are AWS's where AWS has one, and none of them holds a signature, a session token or a
whole ``Authorization`` header.
"""


class SigV4Error(Exception):
    """
    A request whose signature is refused.  Never raised itself.

    Attributes:
        message: For the caller.
        detail: For the log; says which check failed where the message may not.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class IncompleteSignature(SigV4Error):
    """A part of the signature is missing or malformed."""


class UnsupportedScheme(IncompleteSignature):
    """The request carries proof of a kind that is not accepted here: Signature Version 2, SigV4a, Bearer, Basic …"""


class UnsupportedPayload(IncompleteSignature):
    """``x-amz-content-sha256`` is not a hash: ``UNSIGNED-PAYLOAD``, ``STREAMING-*`` or worse."""


class MalformedPayload(SigV4Error):
    """A body that is signed chunk by chunk is not framed as it should be, or ends too early."""


class InvalidClientTokenId(SigV4Error):
    """The access key id cannot be one."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("The security token included in the request is invalid.", detail)


class SignatureDoesNotMatch(SigV4Error):
    """The signature is not that of this request, for this service, at this time."""

    DEFAULT = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )

    def __init__(self, message: str = DEFAULT, detail: str = "") -> None:
        super().__init__(message, detail)


class PayloadMismatch(SignatureDoesNotMatch):
    """The body is not the one whose hash was signed."""


class SignatureExpired(SignatureDoesNotMatch):
    """The signature is too old."""


class SignatureNotYetCurrent(SignatureDoesNotMatch):
    """The signature is of a time to come."""
