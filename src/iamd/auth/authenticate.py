"""
The guard's first question: who is asking?

Asked once for every request, before dispatch to a handler, whatever the operation (R-02).
"""

from iamd.auth.caller import Caller
from iamd.auth.schemes.outcome import Authenticated, Failed
from iamd.auth.schemes.sigv4 import SigV4Scheme
from iamd.directory.directory import View
from iamd.errors import MissingAuthenticationToken
from iamd.http import Request
from iamd.sigv4.claim import SignatureClaim

UNSIGNED_OPERATIONS = frozenset({("sts", "AssumeRoleWithSAML"), ("sts", "AssumeRoleWithWebIdentity")})
"""The operations that carry their proof in their parameters."""


class Authenticator:
    """Ask each scheme in turn; the first that was requested decides."""

    def __init__(self, sigv4: SigV4Scheme) -> None:
        self._schemes = (sigv4,)

    def authenticate(
        self, request: Request, claim: SignatureClaim | None, service: str, view: View
    ) -> Caller | None:
        """
        Return the caller, or None when the request carries no proof at all.

        Raises:
            ServiceError: It carries proof that does not hold.
        """
        for scheme in self._schemes:
            outcome = scheme.authenticate(request, claim, service, view)
            if isinstance(outcome, Authenticated):
                return outcome.caller
            if isinstance(outcome, Failed):
                raise outcome.error
        return None


def refuse_anonymous() -> MissingAuthenticationToken:
    """Return the answer to an unsigned request of an operation that wants a signature."""
    return MissingAuthenticationToken("Request is missing Authentication Token")
