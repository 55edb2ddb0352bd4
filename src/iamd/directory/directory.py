"""
The directory: what a decision needs, in memory.

A `View` answers from the shared cache.  What is not there raises `NeedsLoad`; the pipeline loads it on a thread and runs
the pass again, so that authentication and authorization stay pure and synchronous.  Inside a transaction of the store a
`FreshView` answers what that transaction sees: a write is authorized by what the database says.  What memory says of it is
as good only where the log of changes, read in the same transaction, names nothing that it depends on.

INVARIANT: a snapshot enters the shared cache only if nothing it depends on changed while it was being loaded.

A view that is made when memory may no longer be believed (`iamd.directory.lease`) finds nothing there until the database
has been heard from.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

import structlog

from iamd.directory.lease import Lease
from iamd.directory.load import Loader, Need
from iamd.directory.snapshots import (
    AccessKeySnapshot,
    AccountSnapshot,
    BucketNamesSnapshot,
    BucketSnapshot,
    ConsoleSessionSnapshot,
    DelegationSnapshot,
    Dependency,
    OIDCProviderSnapshot,
    PolicySnapshot,
    PrincipalSnapshot,
    RoleSnapshot,
    SamlProviderSnapshot,
    Snapshot,
    VPCEndpointSnapshot,
)
from iamd.domain.arns import EVERYBODYS
from iamd.domain.session_revocations import SessionRevocation
from iamd.sessions.revocations import Revocations
from iamd.sessions.session import Session
from iamd.store.errors import StoreError
from iamd.store.interface import Change, ChangeKind, Store, Transaction

_log = structlog.get_logger("iamd")

S = TypeVar("S", bound=Snapshot)

_REMEMBERED_CHANGES = 10_000


_SEALING_KEYS: Final = Need("sealing_keys", "")
_LEASE: Final = Need("lease", "")

Memory = Mapping[str, Mapping[str, Snapshot]]
"""Snapshots by what they are found by, by their kinds."""
_NOTHING: Final[Memory] = {}
"""The memory of somebody who may not be believed."""


class Renewal(Protocol):
    """What renews the keyring; see `iamd.directory.sealing_keys`."""

    def may_renew(self) -> bool: ...
    def renew(self) -> None: ...


class NeedsLoad(Exception):  # a signal, not an error
    """Something is not in memory; load `need` and run again."""

    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.need = need


class View(Protocol):
    """What authentication and authorization may ask."""

    def access_key(self, access_key_id: str) -> AccessKeySnapshot | None: ...
    def account(self, account_id: str) -> AccountSnapshot | None: ...
    def principal(self, kind: str, unique_id: str) -> PrincipalSnapshot | None:
        """Return a principal; *kind* is ``user``, ``role`` or ``root``."""
        ...

    def principal_of(self, arn: str) -> PrincipalSnapshot | None:
        """Return the user, role or root that *arn* names; of a session of a role, the role."""
        ...

    def role(self, arn: str) -> RoleSnapshot | None: ...
    def policy(self, arn: str) -> PolicySnapshot | None: ...
    def oidc_provider(self, arn: str) -> OIDCProviderSnapshot | None: ...
    def saml_provider(self, arn: str) -> SamlProviderSnapshot | None: ...
    def vpc_endpoint(self, endpoint_id: str) -> VPCEndpointSnapshot | None: ...
    def bucket(self, name: str) -> BucketSnapshot | None: ...
    def delegation(self, request_id: str) -> DelegationSnapshot | None:
        """Return a delegation request that somebody has approved."""
        ...

    def console_session(self, session_id: str) -> ConsoleSessionSnapshot | None:
        """Return a console session that has not been ended."""
        ...

    def ended(self, session: Session) -> bool:
        """Tell whether *session* has been ended before its time."""
        ...

    def renew_sealing_keys(self) -> None:
        """Have the keyring renewed for a token whose key it does not know, where that is not too much to ask."""
        ...

    @property
    def epoch(self) -> int:
        """The epoch that what is seen here is at least of."""
        ...


class Directory:
    """
    The shared cache, bounded for each kind of thing, and the loading of what it lacks.

    Attributes:
        epoch: That of the last change that the cache knows of.
        loads: How often something was read from the database, since it was not in memory.
    """

    def __init__(
        self,
        store: Store,
        loader: Loader,
        most: int,
        sealing_keys: Renewal | None = None,
        lease: Lease | None = None,
    ) -> None:
        self._store = store
        self._loader = loader
        self._sealing_keys = sealing_keys
        self._lease = lease
        self._freshen = store.freshen
        self._most = most
        self._lock = threading.Lock()
        self._memory: Final[dict[str, dict[str, Snapshot]]] = {}
        self._dependents: dict[Dependency, set[Need]] = {}
        self._generation = 0
        self.loads = 0
        self._recent: deque[tuple[int, Dependency]] = deque(maxlen=_REMEMBERED_CHANGES)
        self.epoch = store.epoch
        # Before they are read, so that one that comes meanwhile is not lost.
        store.on_changes(self.drop)
        store.on_lost(self.reload)
        self.revocations = Revocations()
        self.reload()

    def __len__(self) -> int:
        return sum(map(len, list(self._memory.values())))

    def find(self, need: Need) -> Snapshot | None:
        """Return what is in memory; None says nothing about the database."""
        return found_in(self._memory, need)

    def enter(self) -> Memory:
        """
        Return what is in memory, for one request: that which others have just changed is no longer there.

        Raises:
            ServiceUnavailable: Memory may not be believed any more, and the database is known not to answer.
        """
        if self._freshen is not None:
            try:
                self._freshen()
            except StoreError as error:
                _log.warning("changes not looked for", error=str(error))  # the lease runs on
        if self._lease is None or self._lease.holds():
            return self._memory
        self._lease.refuse_if_lost()
        return _NOTHING

    def believed(self) -> Memory:
        """Return what is in memory, to one who has just heard from the database."""
        return self._memory

    def load(self, need: Need) -> Snapshot | None:
        """
        Load from the database; blocks, so never on the event loop.

        Raises:
            ServiceUnavailable: The database does not answer.
            StoreError: It failed.
        """
        if need == _LEASE:
            if self._lease is not None:
                self._lease.demand()
            return None
        if need == _SEALING_KEYS:
            if self._sealing_keys is not None:
                self._sealing_keys.renew()
            return None
        if self._lease is not None:
            self._lease.refuse_if_silent()
        generation = self._generation
        self.loads += 1
        snapshot = self._store.read(lambda transaction: self._loader.load(transaction, need)).result()
        if snapshot is not None:
            self._remember(need, snapshot, generation)
        return snapshot

    def load_fresh(self, transaction: Transaction, need: Need) -> Snapshot | None:
        """Load from *transaction*, past the cache and without filling it."""
        return self._loader.load(transaction, need)

    @property
    def may_renew_sealing_keys(self) -> bool:
        return self._sealing_keys is not None and self._sealing_keys.may_renew()

    def drop(self, changes: Sequence[Change]) -> None:
        """Forget whatever depends on what changed."""
        with self._lock:
            self._generation += 1
            for change in changes:
                if change.kind is ChangeKind.SESSION_REVOCATION:
                    self.revocations.note(SessionRevocation.parse(change.id))
                dependency = (ChangeKind(change.kind), change.id)
                self._recent.append((self._generation, dependency))
                for need in self._dependents.pop(dependency, ()):
                    self._forget(need)
            self.epoch = changes[-1].epoch

    def reload(self) -> None:
        """
        Forget everything, and read what must not be forgotten.

        Raises:
            StoreError: It cannot be read; then nothing is forgotten.
        """
        epoch, stored = self._store.read(
            lambda transaction: (transaction.epoch, transaction.session_revocations.all())
        ).result()
        with self._lock:
            self._forget_all()
            # What was noted while they were read is not forgotten: a revocation is never taken back.
            self.revocations = Revocations([*self.revocations.all(), *stored])
            self.epoch = epoch

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._forget_all()
            self.revocations.clear()

    def _forget_all(self) -> None:
        self._generation += 1
        self._recent.clear()
        for snapshots in self._memory.values():
            snapshots.clear()
        self._dependents.clear()

    def _remember(self, need: Need, snapshot: Snapshot, generation: int) -> None:
        with self._lock:
            if self._changed_since(generation, snapshot.depends_on):
                return
            snapshots = self._memory.setdefault(need.kind, {})
            while len(snapshots) >= self._most:
                self._forget(Need(need.kind, next(iter(snapshots))))
            snapshots[need.id] = snapshot
            for dependency in snapshot.depends_on:
                self._dependents.setdefault(dependency, set()).add(need)

    def _changed_since(self, generation: int, depends_on: frozenset[Dependency]) -> bool:
        if self._generation == generation:
            return False
        if not self._recent or self._recent[0][0] > generation + 1:
            return True  # Too long ago to tell.
        return any(at > generation and changed in depends_on for at, changed in self._recent)

    def _forget(self, need: Need) -> None:
        snapshot = self._memory.get(need.kind, {}).pop(need.id, None)
        if snapshot is None:
            return
        for dependency in snapshot.depends_on:
            dependents = self._dependents.get(dependency)
            if dependents is not None:
                dependents.discard(need)
                if not dependents:
                    del self._dependents[dependency]


def found_in(memory: Memory, need: Need) -> Snapshot | None:
    snapshots = memory.get(need.kind)
    return None if snapshots is None else snapshots.get(need.id)


class _Answers:
    """The typed questions, over one untyped one."""

    def _get(self, need: Need) -> Snapshot | None:
        raise NotImplementedError

    def _of(self, kind: str, key: str, type_: type[S]) -> S | None:
        snapshot = self._get(Need(kind, key))
        if snapshot is None:
            return None
        if not isinstance(snapshot, type_):
            raise TypeError(f"{kind} is not a {type_.__name__}")
        return snapshot

    def access_key(self, access_key_id: str) -> AccessKeySnapshot | None:
        return self._of("access_key", access_key_id, AccessKeySnapshot)

    def account(self, account_id: str) -> AccountSnapshot | None:
        # Whom an identity provider vouches for belongs to none, nor do the policies that are everybody's.
        if not account_id or account_id in EVERYBODYS:
            return None
        return self._of("account", account_id, AccountSnapshot)

    def principal(self, kind: str, unique_id: str) -> PrincipalSnapshot | None:
        return self._of(kind, unique_id, PrincipalSnapshot)

    def principal_of(self, arn: str) -> PrincipalSnapshot | None:
        return self._of("principal_arn", arn, PrincipalSnapshot)

    def role(self, arn: str) -> RoleSnapshot | None:
        return self._of("role_arn", arn, RoleSnapshot)

    def policy(self, arn: str) -> PolicySnapshot | None:
        return self._of("policy", arn, PolicySnapshot)

    def oidc_provider(self, arn: str) -> OIDCProviderSnapshot | None:
        return self._of("oidc_provider", arn, OIDCProviderSnapshot)

    def saml_provider(self, arn: str) -> SamlProviderSnapshot | None:
        return self._of("saml_provider", arn, SamlProviderSnapshot)

    def vpc_endpoint(self, endpoint_id: str) -> VPCEndpointSnapshot | None:
        return self._of("vpc_endpoint", endpoint_id, VPCEndpointSnapshot)

    def bucket(self, name: str) -> BucketSnapshot | None:
        known = self._of("bucket_names", "", BucketNamesSnapshot)
        if known is None or name not in known.names:
            return None
        return self._of("bucket", name, BucketSnapshot)

    def delegation(self, request_id: str) -> DelegationSnapshot | None:
        return self._of("delegation", request_id, DelegationSnapshot)

    def console_session(self, session_id: str) -> ConsoleSessionSnapshot | None:
        return self._of("console_session", session_id, ConsoleSessionSnapshot)


class CachedView(_Answers):
    """
    One request's view of the shared cache.

    What was loaded for this request stays at hand for it, also when it may not enter the cache or does not exist.
    """

    __slots__ = ("_directory", "_loaded", "_memory", "epoch")

    def __init__(self, directory: Directory) -> None:
        """
        Begin a request.

        Raises:
            ServiceUnavailable: The database has not been heard from for too long.
        """
        self._directory = directory
        self._memory = directory.enter()
        # Read before any snapshot is, which may be of a later one.
        self.epoch = directory.epoch
        self._loaded: dict[Need, Snapshot | None] = {}

    # What every request asks for, once more without a step between: nearly always it is in memory.

    def access_key(self, access_key_id: str) -> AccessKeySnapshot | None:
        kept = self._memory.get("access_key")
        found = None if kept is None else kept.get(access_key_id)
        return found if isinstance(found, AccessKeySnapshot) else super().access_key(access_key_id)

    def account(self, account_id: str) -> AccountSnapshot | None:
        kept = self._memory.get("account")
        found = None if kept is None else kept.get(account_id)
        return found if isinstance(found, AccountSnapshot) else super().account(account_id)

    def principal(self, kind: str, unique_id: str) -> PrincipalSnapshot | None:
        kept = self._memory.get(kind)
        found = None if kept is None else kept.get(unique_id)
        return found if isinstance(found, PrincipalSnapshot) else super().principal(kind, unique_id)

    def role(self, arn: str) -> RoleSnapshot | None:
        kept = self._memory.get("role_arn")
        found = None if kept is None else kept.get(arn)
        return found if isinstance(found, RoleSnapshot) else super().role(arn)

    def _get(self, need: Need) -> Snapshot | None:
        self._believe()
        found = found_in(self._memory, need)
        if found is not None:
            return found
        if need in self._loaded:
            return self._loaded[need]
        raise NeedsLoad(need)

    def _believe(self) -> None:
        """Have the database heard from first, where memory alone may not be believed any more."""
        if self._memory is _NOTHING:
            raise NeedsLoad(_LEASE)

    def ended(self, session: Session) -> bool:
        self._believe()
        return self._directory.revocations.ended(session)

    def renew_sealing_keys(self) -> None:
        self._believe()
        if _SEALING_KEYS not in self._loaded and self._directory.may_renew_sealing_keys:
            raise NeedsLoad(_SEALING_KEYS)

    def load(self, need: Need) -> None:
        """
        Load what a pass was missing; blocks.

        Raises:
            ServiceUnavailable: The database has not been heard from for too long.
            StoreError: It cannot be read.
        """
        snapshot = self._directory.load(need)
        if need == _LEASE:
            self._memory = self._directory.believed()
            self.epoch = self._directory.epoch
            return
        self._loaded[need] = snapshot


class FreshView(_Answers):
    """A view of one transaction of the store."""

    __slots__ = ("_directory", "_loaded", "_transaction")

    def __init__(self, directory: Directory, transaction: Transaction) -> None:
        self._directory = directory
        self._transaction = transaction
        self._loaded: dict[Need, Snapshot | None] = {}

    def ended(self, session: Session) -> bool:
        # An earlier job of the same batch may have ended it, of which memory knows nothing yet.
        stored = self._transaction.session_revocations.of(session.account_id, session.access_key_id)
        return Revocations(stored).ended(session)

    @property
    def epoch(self) -> int:
        return self._transaction.epoch

    def renew_sealing_keys(self) -> None:
        """Do nothing: inside a transaction the session has been opened once already."""

    def _get(self, need: Need) -> Snapshot | None:
        if need not in self._loaded:
            known = self._directory.find(need)
            # INVARIANT: What is in memory stands for what the transaction sees only where nothing that it depends on has
            # changed without this directory having been told, be it by other nodes or earlier in the same batch.
            if known is None or not self._transaction.told(known.depends_on):
                known = self._directory.load_fresh(self._transaction, need)
            self._loaded[need] = known
        return self._loaded[need]
