"""
The keyring, in step with the store: read anew when it changes, and turned when a key's time has come.

Nothing here is asked by requests but `may_renew`, which is a comparison.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from iamd.clock import Clock
from iamd.domain.ids import Ids
from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring, new_sealing_key_material
from iamd.sessions.rotation import Keys, Rotation, differences, rotated
from iamd.store.errors import StoreError
from iamd.store.interface import Change, ChangeKind, Store, Transaction

_MOST_RENEWALS: Final = 8
_RENEWALS_A_SECOND: Final = 1.0
"""How often tokens with unknown key ids make us look into the store: any stranger can send them."""

_log = structlog.get_logger("iamd")


class KeyringKeeper:
    """
    Keep one node's keyring.

    Attributes:
        keyring: What seals and opens.
        keys: What it was made of.
    """

    def __init__(self, store: Store, rotation: Rotation, clock: Clock, ids: Ids) -> None:
        """Read the keys, or make the first one, which is stored by `store_first`."""
        self._store: Final = store
        self.rotation: Final = rotation
        self._clock: Final = clock
        self._ids: Final = ids
        self._lock: Final = threading.Lock()
        self._allowance = float(_MOST_RENEWALS)
        self._allowed_at = clock.monotonic()
        self._begun = 0
        self._stale = False
        self.keys: Keys = self._stored() or (self._make(SealingKeyState.PRIMARY),)
        self.keyring: Final = Keyring(store.cluster_id, self.keys)

    def store_first(self, transaction: Transaction) -> None:
        """Store the keys at hand where there are none; another node may have been faster."""
        if not transaction.sealing_keys.all():
            for key in self.keys:
                transaction.sealing_keys.add(key)

    def may_renew(self) -> bool:
        """Tell whether the keys may be read once more for a stranger's sake."""
        return self._allowed() >= 1

    def renew(self) -> None:
        """
        Read the keys, unless somebody has begun to since, or it was done too often; blocks.

        Raises:
            StoreError: They cannot be read.
        """
        begun = self._begun
        with self._lock:
            allowed = self._allowed()
            if self._begun == begun and allowed >= 1:
                self._allowance, self._allowed_at = allowed - 1, self._clock.monotonic()
                self._read()

    def _allowed(self) -> float:
        passed = self._clock.monotonic() - self._allowed_at
        return min(self._allowance + passed * _RENEWALS_A_SECOND, _MOST_RENEWALS)

    def refresh(self) -> None:
        """
        Read the keys; blocks.

        Raises:
            StoreError: They cannot be read.
        """
        with self._lock:
            self._read()

    def follow(self, changes: Sequence[Change]) -> None:
        """Hear of changes; what cannot be read now is read by the next `tend`."""
        if any(change.kind is ChangeKind.SEALING_KEY for change in changes):
            self._stale = True
            try:
                self.refresh()
            except StoreError as error:
                _log.warning("sealing keys not read", error=str(error))

    def tend(self) -> None:
        """
        Do what is due; blocks.

        Raises:
            StoreError: The database does not answer.
        """
        if self._stale:
            self.refresh()
        if self.rotation.due(self.keys, self._clock.now()):
            self._store.write(self._turn).result()

    def rotate(self, transaction: Transaction, *, at_once: bool) -> Keys:
        """
        Put a new key on its way, in *transaction*, and return the keys as they are then.

        Raises:
            TooManyKeysError: There is no room for another one.
        """
        before = transaction.sealing_keys.all()
        return _save(transaction, before, rotated(before, self._clock.now(), self._make, at_once=at_once))

    def _turn(self, transaction: Transaction) -> None:
        # By what is stored: another node may have done it.
        before = transaction.sealing_keys.all()
        _save(transaction, before, self.rotation.turned(before, self._clock.now(), self._make))

    def _read(self) -> None:
        self._stale = False
        self._begun += 1
        try:
            keys = self._stored()
        except StoreError:
            self._stale = True
            raise
        if keys:
            self.keys = keys
            self.keyring.replace(keys)

    def _stored(self) -> Keys:
        return tuple(self._store.read(lambda transaction: transaction.sealing_keys.all()).result())

    def _make(self, state: SealingKeyState) -> SealingKey:
        now = self._clock.now()
        return SealingKey(
            key_id=self._ids.token(4).hex(),
            state=state,
            material=Secret(new_sealing_key_material(self._ids.token(32))),
            created_at=now,
            changed_at=now,
        )


def _save(transaction: Transaction, before: Sequence[SealingKey], after: Keys) -> Keys:
    collection = transaction.sealing_keys
    doings: tuple[tuple[str, Callable[[SealingKey], None]], ...] = (
        ("staged", collection.add),
        ("changed", collection.put),
        ("dropped", collection.delete),
    )
    for (done, do), keys in zip(doings, differences(before, after), strict=True):
        for key in keys:
            do(key)
            _log.info("sealing key " + done, key_id=key.key_id, state=key.state.value)
    return after
