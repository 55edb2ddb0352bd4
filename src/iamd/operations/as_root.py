"""
Run operations as an account's root, inside a transaction that is at hand.

For seeds and imports: what they ask for is checked by the service model and done by the handlers, so that they can make
nothing that a client could not.
"""

import types
from datetime import datetime
from typing import Any

from iamd.auth.authorize import Guard
from iamd.auth.caller import long_term_caller
from iamd.auth.context import Circumstances
from iamd.auth.denial import Denials
from iamd.directory.directory import Directory, FreshView
from iamd.directory.load import Compiler
from iamd.domain.ids import AccountId
from iamd.http import Request
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Call, Result, Tools
from iamd.operations.registry import Handler, Registered
from iamd.store.interface import Transaction

_REGION = "us-east-1"
_NO_REQUEST = Request(method="POST", raw_path=b"/")


class AsRoot:
    """
    Call handlers as the root of *account_id*.

    Attributes:
        transaction: The one that everything happens in.
        operations: All that are built.
    """

    def __init__(
        self,
        *,
        transaction: Transaction,
        account_id: AccountId,
        directory: Directory,
        compile_policy: Compiler,
        registry: dict[tuple[str, str], Registered],
        tools: Tools,
        now: datetime,
    ) -> None:
        self.account_id = account_id
        self.transaction = transaction
        self._tools = tools
        self._now = now
        self.operations = ByHandler(registry)
        self._view = FreshView(directory, transaction)
        root = self._view.principal("root", account_id)
        if root is None:
            raise LookupError(f"there is no account {account_id}")
        self._caller = long_term_caller(root, "", _REGION)
        self._guard = Guard(
            caller=self._caller,
            circumstances=Circumstances(_NO_REQUEST, "iam", now, None),
            view=self._view,
            compile_policy=compile_policy,
            denials=Denials(tools.ids.uuid),
        )

    def __call__(self, handler: Handler, **params: Any) -> Result:
        """
        Do what *handler* does; parameters that are None are left out.

        Raises:
            ServiceError: As the operation would answer it.
        """
        registered = self.operations[handler]
        given = types.MappingProxyType({name: value for name, value in params.items() if value is not None})
        self.operations.check(handler, dict(given))
        call = self.call(registered.name)
        if registered.prepare is not None:
            if registered.gather is not None:
                call = call.with_prepared(registered.gather(call, given))
            call = call.with_prepared(registered.prepare(call, given))
        return registered.handler(call, given)

    @property
    def private_issuers(self) -> bool:
        """Whether the operator allows identity providers of private networks."""
        return self._tools.private_issuers

    def call(self, operation: str) -> Call:
        """Return a call of this root, for what handlers share and no operation does alone."""
        return Call(
            operation=operation,
            caller=self._caller,
            guard=self._guard,
            view=self._view,
            transaction=self.transaction,
            now=self._now,
            tools=self._tools,
        )
