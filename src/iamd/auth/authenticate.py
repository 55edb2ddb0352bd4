"""
The guard's first question: who is asking, and from where?

Asked once for every request, before dispatch to a handler, whatever the operation (R-02).  Two operations carry their
proof in their parameters; for those it is asked once more when the parameters have been read, and that answer counts.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from iamd.auth.caller import Caller
from iamd.auth.schemes.console import ConsoleScheme
from iamd.auth.schemes.saml import SamlScheme
from iamd.auth.schemes.sigv4 import SigV4Scheme
from iamd.auth.schemes.web_identity import WebIdentityScheme
from iamd.auth.vpc_endpoints import EndpointRoutes, Entrance
from iamd.directory.directory import View
from iamd.errors import MissingAuthenticationToken
from iamd.http import Request
from iamd.sigv4.signature_claim import SignatureClaim


class Authenticator:
    """Ask the scheme that a request has chosen: a signature where there is one, else the console's cookie."""

    def __init__(
        self,
        sigv4: SigV4Scheme,
        web_identity: WebIdentityScheme,
        saml: SamlScheme,
        console: ConsoleScheme,
        endpoint_routes: EndpointRoutes,
    ) -> None:
        self._sigv4 = sigv4
        self._console = console
        self.entrance: Final[Callable[[Request], Entrance | None]] = endpoint_routes.entrance
        """Returns how a request came in, if that was through a VPC endpoint; raises AccessDenied where it cannot be told."""
        self._of_parameters: Mapping[str, WebIdentityScheme | SamlScheme] = {
            "AssumeRoleWithSAML": saml,
            "AssumeRoleWithWebIdentity": web_identity,
        }

    def authenticate(
        self, request: Request, claim: SignatureClaim | None, service: str, view: View
    ) -> Caller | None:
        """
        Return the caller, or None when the request carries no proof at all.

        Raises:
            ServiceError: It carries proof that does not hold.
        """
        if claim is None:
            return self._console.authenticate(request, view)
        # INVARIANT: A request that carries a bad signature is refused, and never looked at as if it carried none.
        return self._sigv4.authenticate(request, claim, service, view)

    def authenticate_form(self, policy: str, claim: SignatureClaim, service: str, view: View) -> Caller:
        """
        Return who has signed the *policy* of a form for *service*.

        Raises:
            ServiceError: The signature does not hold.
        """
        return self._sigv4.authenticate_form(policy, claim, service, view)

    def authenticate_by_parameters(
        self, operation: str, params: Mapping[str, Any], view: View, now: datetime
    ) -> Caller:
        """
        Return the caller for whom the parameters of an operation that need not be signed vouch.

        A signature that such a request carries must hold, and says nothing about who this is.

        Raises:
            ServiceError: They vouch for nobody.
        """
        return self._of_parameters[operation].authenticate(params, view, now)


def refuse_anonymous() -> MissingAuthenticationToken:
    """Return the answer to an unsigned request of an operation that wants a signature."""
    return MissingAuthenticationToken("Request is missing Authentication Token")
