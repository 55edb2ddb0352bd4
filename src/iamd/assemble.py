"""
The composition root: everything is built here, once, and passed down.

Nothing else reads the settings, and nothing finds its parts by itself.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from iamd.audit.sinks import JsonLinesSink, NoSink, Sink
from iamd.auth.authenticate import Authenticator
from iamd.auth.schemes.sigv4 import SigV4Scheme
from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.clock import Clock, SystemClock
from iamd.directory.directory import Directory
from iamd.directory.load import Compiler, Loader
from iamd.domain.access_keys import PREFIX, AccessKey
from iamd.domain.accounts import Account
from iamd.domain.ids import AccessKeyId, AccountId, Ids
from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.operations import registry
from iamd.operations.call import Tools
from iamd.operations.paginate import Markers
from iamd.operations.usage import Usage
from iamd.pipeline import Pipeline
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring, new_sealing_key_material
from iamd.settings import Settings
from iamd.store.interface import Change, ChangeKind, Store, Transaction
from iamd.store.open import open_store

_FLUSH_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """
    iamd, ready to answer.

    Attributes:
        root_access_key: Of the settings' account; made at first start, None when the root has none.
    """

    settings: Settings
    store: Store
    pipeline: Pipeline
    tools: Tools
    clock: Clock
    root_access_key: AccessKey | None
    stop: Callable[[], None]

    def close(self) -> None:
        """Write down what is only in memory, and let go of everything."""
        self.stop()
        self.pipeline.close()
        self.store.close()


def assemble(
    settings: Settings, *, clock: Clock | None = None, ids: Ids | None = None, store: Store | None = None
) -> Application:
    """
    Build an application.

    Args:
        settings: What the operator wants.
        clock: The machine's when None.
        ids: Chance from the operating system when None.
        store: Opened as the settings say when None.
    """
    clock = clock or SystemClock()
    ids = ids or Ids()
    store = store or open_store(settings, ids)
    root_access_key = store.write(
        lambda transaction: _first_start(transaction, settings, ids, clock.now())
    ).result()

    keyring = Keyring(
        store.cluster_id, store.read(lambda transaction: transaction.sealing_keys.all()).result()
    )
    catalogue = AwsManagedPolicies.load()
    compile_policy = Compiler()
    directory = Directory(store, Loader(catalogue, compile_policy))
    sigv4 = SigV4Scheme(keyring, clock, sessions_end_with_their_key=settings.sessions_end_with_their_key)
    sink: Sink = JsonLinesSink(settings.audit_file) if settings.audit_file else NoSink()
    tools = Tools(catalogue=catalogue, keyring=keyring, ids=ids, markers=Markers(keyring), usage=Usage())
    pipeline = Pipeline(
        store=store,
        directory=directory,
        authenticator=Authenticator(sigv4),
        compile_policy=compile_policy,
        registry=registry.load(),
        tools=tools,
        clock=clock,
        sink=sink,
    )

    def follow(changes: list[Change]) -> None:
        for change in changes:
            if change.kind is ChangeKind.ACCESS_KEY:
                sigv4.signing_keys.drop(change.id)

    store.on_changes(lambda changes: follow(list(changes)))
    stop = _in_background(store, tools.usage, clock)

    def stop_all() -> None:
        stop()
        sink.close()

    return Application(
        settings=settings,
        store=store,
        pipeline=pipeline,
        tools=tools,
        clock=clock,
        root_access_key=root_access_key,
        stop=stop_all,
    )


def _first_start(transaction: Transaction, settings: Settings, ids: Ids, now: datetime) -> AccessKey | None:
    """Make what an empty database lacks; return the first access key of the root."""
    if not transaction.sealing_keys.all():
        transaction.sealing_keys.add(
            SealingKey(
                key_id=ids.token(4).hex(),
                state=SealingKeyState.PRIMARY,
                material=Secret(new_sealing_key_material(ids.token(32))),
                created_at=now,
            )
        )
    account_id = AccountId(settings.account_id)
    if transaction.accounts.find(account_id) is None:
        transaction.accounts.add(Account(account_id=account_id, name=account_id, created_at=now))
        transaction.access_keys.add(_root_access_key(settings, account_id, ids, now))
    return next(iter(transaction.access_keys.page(account_id, None, 1)), None)


def _root_access_key(settings: Settings, account_id: AccountId, ids: Ids, now: datetime) -> AccessKey:
    given = settings.root_access_key_id, settings.root_secret_access_key
    return AccessKey(
        account_id=account_id,
        access_key_id=AccessKeyId(given[0]) if given[0] else ids.access_key_id(PREFIX, account_id),
        owner_id=account_id,
        secret=given[1] or ids.secret_access_key(),
        created_at=now,
    )


def _in_background(store: Store, usage: Usage, clock: Clock) -> Callable[[], None]:
    """Flush what is gathered in memory, and look for changes made by others, until told to stop."""
    stopping = threading.Event()

    def flush() -> None:
        if usage:
            began = clock.now()
            store.write(usage.flush).result()
            usage.forget_older(began)

    def run() -> None:
        seconds = 0.0
        while not stopping.wait(0.5):
            store.poll()
            seconds += 0.5
            if seconds >= _FLUSH_SECONDS:
                seconds = 0.0
                flush()

    thread = threading.Thread(target=run, name="iamd-background", daemon=True)
    thread.start()

    def stop() -> None:
        stopping.set()
        thread.join()
        flush()

    return stop
