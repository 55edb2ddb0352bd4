"""
The keys that identity tokens are signed with: the first ones of an account, and the next ones in their time.

A next key is made and published a day before it signs, and one that signs no more is published until the last token that it
has signed is over (`iamd.domain.token_signing_keys`).
"""

from datetime import datetime

from iamd.domain.ids import AccountId, Ids
from iamd.domain.token_signing_keys import (
    PUBLISHED_AFTER,
    PUBLISHED_FIRST,
    SIGNS_FOR,
    SigningAlgorithm,
    TokenSigningKey,
)
from iamd.sessions.identity_tokens import new_key_pair
from iamd.store.interface import Store, Transaction

_AT_ONCE = 20
"""How many keys are made before anything is written: each takes a tenth of a second."""


def new_keys(account_id: AccountId, ids: Ids, now: datetime) -> tuple[TokenSigningKey, ...]:
    """Make one key for each algorithm, to sign from now on; slow."""
    return tuple(_new_key(account_id, algorithm, ids, now, now) for algorithm in SigningAlgorithm)


def _new_key(
    account_id: AccountId, algorithm: SigningAlgorithm, ids: Ids, now: datetime, signs_from: datetime
) -> TokenSigningKey:
    key_id, public_key, private_key = new_key_pair(algorithm, ids.token)
    return TokenSigningKey(
        account_id=account_id,
        key_id=key_id,
        algorithm=algorithm,
        public_key=public_key,
        private_key=private_key,
        created_at=now,
        signs_from=signs_from,
    )


def rotate(store: Store, ids: Ids, now: datetime) -> None:
    """
    Stage a successor for each key whose time has come, and forget those that nobody needs any more; blocks.

    What it does twice, or on two nodes at once, it does once.

    Raises:
        StoreError: The database cannot be asked.
    """
    old_at, over_at = now - SIGNS_FOR + PUBLISHED_FIRST, now - PUBLISHED_AFTER
    while True:
        old, over = store.read(
            lambda transaction: (
                transaction.token_signing_keys.signing_since(old_at, _AT_ONCE),
                transaction.token_signing_keys.retired_since(over_at, _AT_ONCE),
            )
        ).result()
        if not old and not over:
            return
        signs_from = now + PUBLISHED_FIRST
        staged = {key.key_id: _new_key(key.account_id, key.algorithm, ids, now, signs_from) for key in old}
        store.write(_Step(staged, over, now)).result()


class _Step:
    """
    A job of the writer.

    Attributes:
        staged: The new keys, by the ids of those that they come after.
        over: Keys to be forgotten.
    """

    def __init__(
        self, staged: dict[str, TokenSigningKey], over: list[TokenSigningKey], now: datetime
    ) -> None:
        self._staged = staged
        self._over = over
        self._now = now

    def __call__(self, transaction: Transaction) -> None:
        keys = transaction.token_signing_keys
        for account_id in dict.fromkeys(key.account_id for key in (*self._staged.values(), *self._over)):
            there = {key.key_id: key for key in keys.of(account_id)}
            # Looked at again: another node may have been here since.
            for key_id, successor in self._staged.items():
                if key_id in there and there[key_id].needs_successor(self._now):
                    keys.add(successor)
                    keys.put(there[key_id].succeeded_by(successor))
            for key in self._over:
                if key.key_id in there:
                    keys.delete(key)
