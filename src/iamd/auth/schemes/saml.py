"""
Authentication by a SAML response, in the parameters of the request.

The response is looked at as the account of the role sees it: by the provider of that account that the request names.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from iamd.auth.caller import Caller, federated_caller
from iamd.directory.directory import View
from iamd.domain.arns import Arn
from iamd.domain.roles import parse_role_arn
from iamd.domain.saml_providers import ARN_PREFIX, SamlProvider
from iamd.errors import AccessDenied, InvalidIdentityToken, ValidationError
from iamd.federation.saml_identity import NOT_AUTHORIZED, SamlServiceProvider, saml_identity

if TYPE_CHECKING:
    from iamd.federation.saml_responses import SamlResponses

# AWS's text.
NO_PROVIDER: Final = "Specified provider doesn't exist"
# Ours.
EXPIRED_PROVIDER: Final = "Specified provider is no longer valid"


class SamlScheme:
    """
    Find out for whom a response vouches.

    Args:
        make: Makes what reads responses, when it is first needed: most servers never do.
        region: Of requests without a credential scope.
        endpoint: Where this server says that responses go, besides to AWS's endpoints; None for nowhere.
    """

    def __init__(self, make: "Callable[[], SamlResponses]", region: str, endpoint: str | None) -> None:
        self._make = make
        self._region = region
        self._endpoint = endpoint

    @cached_property
    def _responses(self) -> "SamlResponses":
        return self._make()

    def authenticate(self, params: Mapping[str, Any], view: View, now: datetime) -> Caller:
        """
        Return the caller for whom the response in *params* vouches.

        Raises:
            NeedsFetch: The response is being read.
            NeedsLoad: Something of the directory is not in memory.
            ValidationError: An ARN is none of a role or of a provider.
            ServiceError: The response vouches for nobody, or not for this role.
        """
        role_arn = params["RoleArn"]
        provider = _provider(params["PrincipalArn"], parse_role_arn(role_arn).account, view)
        if now >= provider.valid_until:
            raise InvalidIdentityToken(EXPIRED_PROVIDER)
        we = SamlServiceProvider(
            account_id=provider.account_id,
            name=provider.name,
            arn=provider.arn,
            provider_id=provider.provider_id,
            endpoint=self._endpoint,
        )
        assertion = self._responses.assertion(params["SAMLAssertion"], provider)
        identity = saml_identity(assertion, we, now)
        # AWS: *Configure SAML assertions for the authentication response*: the pair must be in the attribute ``Role``.
        if frozenset((role_arn, provider.arn)) not in identity.roles:
            raise AccessDenied(NOT_AUTHORIZED, detail="the provider does not let them have this role")
        return federated_caller(identity, self._region)

    def close(self) -> None:
        if "_responses" in vars(self):
            self._responses.close()


def _provider(text: str, account_id: str, view: View) -> SamlProvider:
    arn = Arn.parse(text)
    if arn is None or arn.service != "iam" or arn.region or not arn.resource.startswith(ARN_PREFIX):
        raise ValidationError(f"{text} is invalid")
    found = view.saml_provider(text) if arn.account == account_id else None
    if found is None or found.provider.arn != text:
        raise InvalidIdentityToken(NO_PROVIDER)
    return found.provider
