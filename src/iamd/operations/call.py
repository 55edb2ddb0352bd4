"""
A call: one request, authenticated, on its way to a handler.

Handlers are plain functions ``handler(call, params) -> result``.  *params* and *result* have the shape of the service
model, wire names included.  A handler may be run more than once (a transaction that is lost is run again), so it does
nothing but read, compute, and write through ``call.store``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from iamd.auth.authorize import Guard
from iamd.auth.caller import Caller
from iamd.auth.mfa_attempts import MfaAttempts
from iamd.auth.passwords import Passwords
from iamd.auth.target import ContextValue, Target
from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.directory.directory import View
from iamd.domain.ids import AccountId, Ids
from iamd.domain.product_providers import ProductProviders
from iamd.domain.role_templates import RoleTemplates
from iamd.operations.markers import Markers
from iamd.operations.public_url import PublicUrl
from iamd.operations.running_reports import RunningReports
from iamd.operations.usage import Usage
from iamd.sessions.identity_tokens import TokenSigner
from iamd.sessions.keyring import Keyring
from iamd.store.interface import Transaction

Params = Mapping[str, Any]
Result = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """
    What is the same for every call; `assemble` makes it.

    Attributes:
        private_issuers: Whether the operator allows identity providers of private networks.
        product_providers: Who may ask for delegated access, as the operator has registered them.
        role_templates: Those that the operator has given.
        public_url: What others know this server by.
    """

    catalogue: AwsManagedPolicies
    keyring: Keyring
    ids: Ids
    markers: Markers
    usage: Usage
    passwords: Passwords
    mfa_attempts: MfaAttempts
    private_issuers: bool
    product_providers: ProductProviders
    role_templates: RoleTemplates
    running_reports: RunningReports = field(default_factory=RunningReports)
    public_url: PublicUrl
    token_signer: TokenSigner


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """
    One call.

    Attributes:
        operation: Its name.
        guard: For what a handler must ask beyond the operation's own permission (``iam:PassRole``).
        view: Snapshots of principals, roles and policies; inside a transaction, those of the transaction.
        transaction: The store; None for operations that run without one.
        now: The time that sessions, policies and codes live by; the same throughout the call.
        prepared: What the operation's ``prepare`` returned.
        read: What the search for targets has made of the parameters, for the handler of the same call.
    """

    operation: str
    caller: Caller
    guard: Guard
    view: View
    transaction: Transaction | None
    now: datetime
    tools: Tools
    prepared: Any = None
    read: dict[str, Any] = {}

    @property
    def store(self) -> Transaction:
        """The transaction that this call runs in."""
        if self.transaction is None:
            raise RuntimeError(f"{self.operation} runs without the store")
        return self.transaction

    @property
    def account_id(self) -> AccountId:
        """The account of the caller: everything of IAM happens in it."""
        return self.caller.account_id

    @property
    def ids(self) -> Ids:
        return self.tools.ids

    @property
    def catalogue(self) -> AwsManagedPolicies:
        return self.tools.catalogue

    @property
    def usage(self) -> Usage:
        return self.tools.usage

    def require(self, action: str, target: Target, context: Mapping[str, ContextValue] | None = None) -> None:
        """
        Demand a further permission.

        Raises:
            AccessDenied: The caller may not.
        """
        self.guard.authorize(action, (target,), context or {})

    def with_prepared(self, prepared: object) -> "Call":
        return msgspec.structs.replace(self, prepared=prepared)
