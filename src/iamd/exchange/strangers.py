"""
Whom imported roles trust and who is not here.

AWS shows a principal that is gone by its unique id, and one that is there by its ARN.  So an ARN in an imported trust
policy was somebody's, in this account or another; where nobody here has it, the role is bound to nobody (semantics 46):
whoever gets the name later is somebody else.  To import the role again binds it anew.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from iamd.domain import oidc_providers, roles, saml_providers, users
from iamd.domain.arns import Arn, iam_arn
from iamd.domain.ids import AccountId
from iamd.domain.roles import Role
from iamd.errors import MalformedPolicyDocument
from iamd.exchange.contents import Contents
from iamd.exchange.plan import Overlays
from iamd.exchange.problems import Note
from iamd.operations.trust_policies import bind_principals
from iampolicy import invalid_principal, principal_values


class Strangers:
    """Bind roles, and gather whom they trust in vain."""

    def __init__(self, account_id: AccountId, overlays: Overlays, contents: Contents) -> None:
        self._account_id: Final = account_id
        self._overlays: Final = overlays
        self._providers: Final = {
            iam_arn(account_id, "oidc-provider", "/", oidc_providers.name_of_url(each.url))
            for each in contents.oidc_providers
        } | {saml_providers.provider_arn(account_id, each.name) for each in contents.saml_providers}
        self._by_account: dict[str, set[str]] = {}
        self._by_principal: dict[str, set[str]] = {}
        self._by_provider: dict[str, set[str]] = {}

    def bind(self, role: Role, *, strict: bool) -> Role:
        """
        Return *role* with its principals bound.

        Raises:
            MalformedPolicyDocument: It is to be *strict*, and a principal names nobody.
        """
        bound, unknown = bind_principals(self._overlays, role.trust_policy)
        if unknown and strict:
            raise MalformedPolicyDocument(invalid_principal("AWS", unknown[0]).message)
        for value in unknown:
            self._note(value, role.name)
        for type_, value in principal_values(role.trust_policy):
            if type_ == "Federated" and not self._is_provider(value):
                self._by_provider.setdefault(value, set()).add(role.name)
        nobody = tuple((value, roles.NOBODY) for value in unknown if _is_bound(value))
        return replace(role, trusted_ids=bound + nobody)

    def notes(self) -> Iterator[Note]:
        for account_id, trusting in sorted(self._by_account.items()):
            yield Note(
                where=f"account `{account_id}`",
                message=f"it is not here, and {_trust(trusting)} it or somebody in it: they let nobody of it in",
            )
        for principal, trusting in sorted(self._by_principal.items()):
            yield Note(
                where=f"principal `{principal}`",
                message=f"nobody here is called so, and {_trust(trusting)} it: whoever gets the name is not let in",
            )
        for provider, trusting in sorted(self._by_provider.items()):
            yield Note(
                where=f"provider `{provider}`",
                message=f"the file does not have it, and {_trust(trusting)} it",
            )

    def _is_provider(self, value: str) -> bool:
        """Say whether a federated principal is there; one that is no ARN needs no entity."""
        return (
            not value.startswith("arn:")
            or value in self._providers
            or self._overlays.oidc_providers.find(value) is not None
            or self._overlays.saml_providers.find(value) is not None
        )

    def _note(self, value: str, role: str) -> None:
        if value.startswith((users.PREFIX, roles.PREFIX)):
            return  # So AWS shows those that are gone, and they were before.
        arn = Arn.parse(value)
        account_id = AccountId(value if arn is None else arn.account)
        elsewhere = account_id != self._account_id and self._overlays.accounts.find(account_id) is None
        if elsewhere and len(account_id) == 12:
            self._by_account.setdefault(account_id, set()).add(role)
        else:
            self._by_principal.setdefault(value, set()).add(role)


def _is_bound(value: str) -> bool:
    """Say whether a principal is one that is bound to a unique id: a user or a role by its ARN."""
    arn = Arn.parse(value)
    return arn is not None and arn.service == "iam" and arn.resource.startswith(("user/", "role/"))


def _trust(trusting: set[str]) -> str:
    if len(trusting) == 1:
        (role,) = trusting
        return f"role `{role}` trusts"
    return f"{len(trusting)} roles trust"
