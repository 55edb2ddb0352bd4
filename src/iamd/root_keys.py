"""
An access key of a root user, for operators who have lost the last one.

Whoever can read the database and its master key can do anything with what is in it; this is how to do it so that the
trail says so.
"""

from collections.abc import Mapping
from typing import Any, Final

from iamd.assemble import Application
from iamd.audit.entry import Entry
from iamd.audit.event import Event
from iamd.domain.ids import AccountId
from iamd.domain.limits import ACCESS_KEYS_PER_USER
from iamd.errors import ServiceError
from iamd.operations.iam.access_keys import create_access_key, delete_access_key
from iamd.operations.registry import Registered
from iamd.secret import Secret
from iamd.store.interface import Transaction
from iamd.watch import of_server
from iamd.wire.model import load

_AGENT: Final = "iamd root-key"


class RootKeyError(Exception):
    """There can be no such key; the text says why, for an operator."""


def make_root_key(
    application: Application, account_id: AccountId, instead_of: str | None = None
) -> tuple[str, Secret]:
    """
    Make an access key of the root user of *account_id*, and return its id and its secret.

    Args:
        application: Another node of the installation, as far as its servers can see: they hear of the key as of any change.
        account_id: Of this installation.
        instead_of: The access key id of one that is deleted for it.

    Raises:
        RootKeyError: There is no such account, or it has two keys already.
        StoreError: The database does not do it.
        TrailBlockedError: It cannot be recorded.
    """
    making, trail = _Making(application, account_id, instead_of), application.trail
    trail.check()
    try:
        application.store.write(making.job).result()
    except ServiceError as error:
        raise RootKeyError(error.message) from error
    for each in making.told if trail.keeps else ():
        trail.confirm(each).result()
    return making.key["AccessKeyId"], Secret(making.key["SecretAccessKey"])


class _Making:
    """
    One key, on its way.

    Attributes:
        key: As CreateAccessKey answers it.
        told: What the trail is told.
    """

    def __init__(self, application: Application, account_id: AccountId, instead_of: str | None) -> None:
        self._application = application
        self._account_id = account_id
        self._instead_of = instead_of
        self.key: Mapping[str, Any] = {}
        self.told: list[Event | Entry] = []

    def job(self, transaction: Transaction) -> None:
        """Make it; may be run again, from the beginning."""
        try:
            root = self._application.root_of(transaction, self._account_id)
        except LookupError:
            raise RootKeyError(f"there is no account {self._account_id}") from None
        owner = f"the root user of account {self._account_id}"
        keys = [
            each.access_key_id
            for each in transaction.access_keys.page(self._account_id, None, ACCESS_KEYS_PER_USER)
        ]
        events = []
        if self._instead_of is not None:
            if self._instead_of not in keys:
                raise RootKeyError(f"{owner} has no access key {self._instead_of}")
            asked = {"AccessKeyId": self._instead_of}
            root(delete_access_key, **asked)
            events.append(self._event(root.operations[delete_access_key], asked, None))
        elif len(keys) == ACCESS_KEYS_PER_USER:
            raise RootKeyError(
                f"{owner} has {' and '.join(keys)}, and may not have more: name one of them with --instead-of"
            )
        result = root(create_access_key) or {}
        events.append(self._event(root.operations[create_access_key], {}, result))
        self.key, trail = result["AccessKey"], self._application.trail
        self.told = [
            trail.store(transaction.audit_records, each) if trail.stores else each for each in events
        ]

    def _event(
        self, done: Registered, parameters: Mapping[str, Any], result: Mapping[str, Any] | None
    ) -> Event:
        application = self._application
        return of_server(
            done.name,
            application.settings,
            application.clock,
            application.ids,
            user_agent=_AGENT,
            own_page=False,
            account_id=self._account_id,
            operation=load(done.service).operations[done.name],
            parameters=parameters,
            result=result,
        )
