"""
Tell product providers what became of their delegation requests.

* `tell` writes a notice with the change that it is about, in one transaction.
* `Courier` sends what is to be sent, again and again if need be, and lets requests expire whose time is over.  Several
  nodes may do so on one database: a notice is claimed before it is sent, and is sent at least once.

AWS: *Building your integration*, "Configuring Notifications" and "Notification Message Format".
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import structlog

from iamd.clock import Clock
from iamd.domain.delegation_notices import DelegationNotice, NoticeKind
from iamd.domain.delegation_requests import KEPT, DelegationRequest, DelegationState
from iamd.domain.ids import Ids
from iamd.secret import Secret
from iamd.sessions.exchange_tokens import seal_exchange_token
from iamd.sessions.keyring import Keyring
from iamd.store.interface import Store, Transaction

Deliver = Callable[[str, Mapping[str, Any], Secret], None]
"""
Delivers to a topic: its ARN, what its notification says besides its message, and the message, which may hold a token.

Raises DeliveryError.
"""

_AT_ONCE: Final = 100

_log = structlog.get_logger("iamd")


class DeliveryError(Exception):
    """A notice could not be delivered now; the text is for the log."""


def tell(transaction: Transaction, ids: Ids, request: DelegationRequest, now: datetime) -> None:
    """Write down that *request* has come to its state, and that its token is to be sent if there is one now."""
    kinds = [NoticeKind.STATE_CHANGE]
    if request.state is DelegationState.FINALIZED:
        kinds.append(NoticeKind.EXCHANGE_TOKEN)
    for kind in kinds:
        transaction.delegation_notices.add(
            DelegationNotice(
                notice_id=ids.uuid(),
                request_id=request.request_id,
                kind=kind,
                state=request.state.value,
                at=now,
                due_at=now,
            )
        )


class Courier:
    """Send notices, and let requests expire."""

    def __init__(self, store: Store, keyring: Keyring, ids: Ids, clock: Clock, deliver: Deliver) -> None:
        self._store = store
        self._keyring = keyring
        self._ids = ids
        self._clock = clock
        self._deliver = deliver

    def expire(self) -> None:
        """Let requests expire whose time is over, and forget those that did long ago."""
        now = self._clock.now()

        def look(transaction: Transaction) -> bool:
            requests = transaction.delegation_requests
            return bool(requests.overdue(now, 1) or requests.past(now - KEPT, 1))

        def job(transaction: Transaction) -> None:
            requests = transaction.delegation_requests
            for request in requests.overdue(now, _AT_ONCE):
                expired = request.at(now)
                requests.put(expired)
                tell(transaction, self._ids, expired, expired.updated_at)
            for request_id in requests.past(now - KEPT, _AT_ONCE):
                requests.delete(request_id)

        if self._store.read(look).result():
            self._store.write(job).result()

    def send(self) -> bool:
        """Send one of the notices that are due; return whether there was one."""
        now = self._clock.now()
        if not self._store.read(lambda transaction: transaction.delegation_notices.due(now, 1)).result():
            return False
        claimed = self._store.write(lambda transaction: self._claim(transaction, now)).result()
        if claimed is not None:
            self._send(*claimed)
        return True

    @staticmethod
    def _claim(transaction: Transaction, now: datetime) -> tuple[DelegationNotice, DelegationRequest] | None:
        for notice in transaction.delegation_notices.due(now, 1):
            request = transaction.delegation_requests.find(notice.request_id)
            if request is None:
                transaction.delegation_notices.delete(notice)
                continue
            claimed = notice.claimed(now)
            transaction.delegation_notices.put(claimed)
            return claimed, request
        return None

    def _send(self, notice: DelegationNotice, request: DelegationRequest) -> None:
        envelope = {
            "Type": "Notification",
            "MessageId": notice.notice_id,
            "TopicArn": request.notification_channel,
            "Timestamp": _shown(self._clock.now()),
        }
        try:
            self._deliver(request.notification_channel, envelope, self._message(notice, request))
        except DeliveryError as error:
            again = notice.postponed(self._clock.now())
            if again is not None:
                _log.warning("notice not delivered", request=notice.request_id, error=str(error))
                self._store.write(lambda transaction: transaction.delegation_notices.put(again)).result()
                return
            _log.error("notice given up", request=notice.request_id, kind=notice.kind, error=str(error))
        self._store.write(lambda transaction: transaction.delegation_notices.delete(notice)).result()

    def _message(self, notice: DelegationNotice, request: DelegationRequest) -> Secret:
        message = {
            "Type": notice.kind.value,
            "RequestId": request.request_id,
            "RequestorWorkflowId": request.workflow_id,
            "State": notice.state,
            "OwnerAccountId": request.owner_account_id,
            "UpdatedAt": _shown(notice.at),
        }
        if notice.kind is NoticeKind.EXCHANGE_TOKEN and request.ends_at is not None:
            token = seal_exchange_token(self._keyring, request.request_id, request.requestor_account_id)
            message |= {"ExchangeToken": token.reveal(), "ExpiresAt": _shown(request.ends_at)}
        return Secret(json.dumps({name: value for name, value in message.items() if value is not None}))


def _shown(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
