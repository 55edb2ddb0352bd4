"""Policy documents on their way in and out."""

from urllib.parse import quote

from iamd.errors import MalformedPolicyDocument
from iampolicy import PolicyError, PolicyKind, validate


def check_document(document: str, kind: PolicyKind, *, managed: bool = False) -> None:
    """
    Check that *document* may be stored as a policy of *kind*.

    Raises:
        MalformedPolicyDocument: With AWS's text.
    """
    try:
        validate(document, kind, managed=managed)
    except PolicyError as error:
        raise MalformedPolicyDocument(error.message) from error


def encode_document(document: str) -> str:
    """Return *document* as IAM answers it: URL-encoded as RFC 3986 says, so that it round-trips exactly (fact 10)."""
    return quote(document, safe="")
