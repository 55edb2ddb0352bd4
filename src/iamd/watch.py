"""Puts together what records and watches; a part of `iamd.assemble`."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, TypeVar

import structlog

from iamd.audit.entry import Scribe
from iamd.audit.event import Event
from iamd.audit.files import Archive, FileTarget, StreamTarget
from iamd.audit.stored import Records, StoredTarget
from iamd.audit.trail import Target, TargetError, Trail, TrailBlockedError
from iamd.auth.rate_limits import RateLimits
from iamd.clock import Clock
from iamd.directory.directory import Directory
from iamd.directory.lease import Lease
from iamd.domain.ids import Ids
from iamd.errors import (
    ExpiredToken,
    ExpiredTokenException,
    IDPRejectedClaim,
    IncompleteSignature,
    InvalidClientTokenId,
    InvalidIdentityToken,
    MissingAuthenticationToken,
    ServiceError,
    SignatureDoesNotMatch,
)
from iamd.metrics import Metrics
from iamd.settings import Settings, SettingsError
from iamd.sigv4.signing_key import SigningKeyCache
from iamd.store.errors import StoreError
from iamd.store.interface import Store
from iamd.tracing import Tracer

T = TypeVar("T")

_log = structlog.get_logger("iamd")

_STDOUT = 1
_MIB = 1024 * 1024
_PROOFS = frozenset(
    each.code
    for each in (
        ExpiredToken,
        ExpiredTokenException,
        IDPRejectedClaim,
        IncompleteSignature,
        InvalidClientTokenId,
        InvalidIdentityToken,
        MissingAuthenticationToken,
        SignatureDoesNotMatch,
    )
)


def begin_trail(settings: Settings, store: Store, clock: Clock, ids: Ids) -> Trail:
    """
    Return the trail, in which the start is written already.

    Raises:
        StoreError: It cannot be written.
    """
    scribe = Scribe(ids.request_id, settings.account_id, settings.region)
    try:
        targets = tuple(_targets(settings, clock, ids))
        trail = Trail(scribe, targets, clock.monotonic, stored=_stored(settings, store, clock, ids))
    except TargetError as error:
        raise StoreError(f"the audit trail cannot be written: {error}") from error
    if trail.keeps:
        try:
            trail.confirm(of_server("StartServer", settings, clock, ids)).result()
        except TrailBlockedError as error:
            trail.close()
            raise StoreError(error.detail) from error
    return trail


def begin_metrics(
    settings: Settings, trail: Trail, directory: Directory, lease: Lease, signing_keys: SigningKeyCache
) -> Metrics | None:
    """Return what counts; None where nobody may ask for it."""
    if settings.metrics_key is None:
        return None
    metrics = Metrics(_PROOFS)
    gauge = metrics.gauge
    gauge("iamd_epoch", "The epoch of the last change that this process knows of.", lambda: directory.epoch)
    gauge(
        "iamd_snapshot_age_seconds",
        "Time since the database was last asked for changes.",
        lambda: lease.silence,
    )
    gauge(
        "iamd_snapshots",
        "Users, roles, access keys and the like of which what requests need is in memory.",
        lambda: len(directory),
    )
    gauge(
        "iamd_snapshots_loaded",
        "What was not in memory and was read from the database; with a steady load this hardly rises.",
        lambda: directory.loads,
        counter=True,
    )
    gauge("iamd_audit_waiting", "Audit records that are not written yet.", lambda: trail.waiting)
    if (spool := settings.audit_spool) is not None:
        from iamd.audit.webhook import spooled_bytes  # noqa: PLC0415  only where there is one

        gauge(
            "iamd_audit_spool_bytes",
            "What waits in the spool for the collector.",
            lambda: spooled_bytes(spool),
        )
    gauge("iamd_audit_blocked", "1 while the audit trail cannot be written, else 0.", lambda: trail.blocked)
    gauge("iamd_signing_keys", "Signing keys that are ready.", lambda: len(signing_keys))
    gauge(
        "iamd_signing_keys_derived",
        "Signing keys that had to be derived; all other requests found theirs ready.",
        lambda: signing_keys.kept,
        counter=True,
    )
    return metrics


def begin_tracer(settings: Settings) -> Tracer | None:
    """
    Return what makes traces; None where nobody wants them.

    Raises:
        SettingsError: They are wanted, and what makes them is not installed.
    """
    if not settings.traces:
        return None
    try:
        from iamd.otel import OpenTelemetry  # noqa: PLC0415  only where it is wanted
    except ImportError as error:
        raise SettingsError("`traces` needs OpenTelemetry: pip install 'iamd[otel]'") from error
    return OpenTelemetry()


def begin_limits(settings: Settings, clock: Clock, metrics: Metrics | None) -> RateLimits | None:
    """Return the rate limits; None where none is set."""
    rates = {
        "key": settings.rate_limit_key,
        "account": settings.rate_limit_account,
        "peer": settings.rate_limit_peer,
        "failures": settings.rate_limit_failures,
    }
    if not any(rates.values()):
        return None
    on_throttled = metrics.throttled if metrics is not None else lambda _: None
    return RateLimits(clock.monotonic, **rates, on_throttled=on_throttled)


def end_trail(trail: Trail, settings: Settings, clock: Clock, ids: Ids) -> None:
    """Write the end, and let go of the trail."""
    if trail.keeps:
        trail.confirm(of_server("StopServer", settings, clock, ids))
        trail.close()


def record_refusal(
    trail: Trail, at: datetime, *, peer: str, status: int, code: str, message: str, request_id: str
) -> None:
    """Record what the door has refused; where that cannot be, nothing is lost but the record of it."""
    if not trail.keeps:
        return
    event = Event(
        at=at,
        request_id=request_id,
        service="",
        name=None,
        source_ip=peer,
        user_agent="",
        status=status,
        error_code=code,
        error_message=message,
    )
    try:
        trail.record_some(event)
    except TrailBlockedError as error:
        _log.error("audit failed", request_id=request_id, error=error.detail)


def _targets(settings: Settings, clock: Clock, ids: Ids) -> Iterator[Target]:
    if settings.audit_file is not None:
        archive = None
        if settings.audit_archive is not None:
            archive = Archive(settings.audit_archive, settings.account_id, settings.region)
        yield FileTarget(
            settings.audit_file,
            ids.uuid(),
            clock.real,
            most_bytes=settings.audit_file_mib * _MIB,
            archive=archive,
        )
    if settings.audit_webhook is not None and settings.audit_spool is not None:
        # Imported where there is a collector: HTTP and TLS take their time.
        from iamd.audit.webhook import Collector, WebhookTarget  # noqa: PLC0415

        yield WebhookTarget(
            settings.audit_spool,
            ids.uuid(),
            Collector(settings.audit_webhook, settings.audit_webhook_key),
            settings.audit_spool_mib * _MIB,
        )
    if settings.audit_stdout:
        yield StreamTarget(_STDOUT, ids.uuid())


def _stored(settings: Settings, store: Store, clock: Clock, ids: Ids) -> StoredTarget | None:
    if not settings.audit_database:
        return None

    def write(job: Callable[[Records], T]) -> T:
        try:
            return store.write(lambda transaction: job(transaction.audit_records)).result()
        except (StoreError, ServiceError) as error:
            raise TargetError(f"the database: {error}") from error

    kept = timedelta(days=settings.audit_database_days) if settings.audit_database_days else None
    return StoredTarget(ids.uuid(), write, clock.real, kept)


def of_server(name: str, settings: Settings, clock: Clock, ids: Ids, **more: Any) -> Event:
    """Return the event of what the server does by itself, or its operator past all requests; *more* are members of it."""

    def identity() -> dict[str, Any]:
        return {
            "type": "AWSService",
            "accountId": settings.account_id,
            "invokedBy": f"iamd/{version('iamd')}",
        }

    told: dict[str, Any] = {"user_agent": "iamd", "own_page": True} | more
    return Event(
        at=clock.real(),
        request_id=ids.uuid(),
        service="iam",
        name=name,
        source_ip="iamd",
        status=200,
        identity=identity,
        changes=True,
        **told,
    )
