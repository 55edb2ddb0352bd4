"""
Authentication by a token of an identity provider, in the parameters of the request.

The token is looked at as the account of the role sees it: by the providers that this account has.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iamd.auth.caller import Caller, federated_caller
from iamd.directory.directory import View
from iamd.domain.ids import AccountId
from iamd.domain.oidc_providers import OIDCProvider
from iamd.domain.roles import parse_role_arn

if TYPE_CHECKING:
    from iamd.federation.web_identities import WebIdentities


class WebIdentityScheme:
    """
    Find out whom a token stands for.

    Args:
        make: Makes what knows tokens and providers, when it is first needed: most servers never do.
        region: Of requests without a credential scope.
    """

    def __init__(self, make: "Callable[[], WebIdentities]", region: str) -> None:
        self._make = make
        self._region = region

    @cached_property
    def _identities(self) -> "WebIdentities":
        return self._make()

    def authenticate(self, params: Mapping[str, Any], view: View, now: datetime) -> Caller:
        """
        Return the caller for whom the token in *params* vouches.

        Raises:
            NeedsFetch: The provider is being asked.
            NeedsLoad: Something of the directory is not in memory.
            ValidationError: ``RoleArn`` names no role.
            ServiceError: The token vouches for nobody.
        """
        account_id = AccountId(parse_role_arn(params["RoleArn"]).account)
        token = params["WebIdentityToken"]
        if "ProviderId" in params:
            identity = self._identities.of_access_token(params["ProviderId"], token)
        else:
            identity = self._identities.of_id_token(token, account_id, _Registered(view), now)
        return federated_caller(identity, self._region)

    def close(self) -> None:
        if "_identities" in vars(self):
            self._identities.close()


class _Registered:
    """The providers of the directory, as the embassy asks for them."""

    def __init__(self, view: View) -> None:
        self._view = view

    def oidc_provider(self, arn: str) -> OIDCProvider | None:
        found = self._view.oidc_provider(arn)
        return found.provider if found is not None else None
