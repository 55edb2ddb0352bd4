"""Puts together what records and watches; a part of `iamd.assemble`."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from iamd.audit.entry import Scribe
from iamd.audit.event import Event
from iamd.audit.files import Archive, FileTarget, StreamTarget
from iamd.audit.trail import Target, TargetError, Trail, TrailBlockedError
from iamd.clock import Clock
from iamd.domain.ids import Ids
from iamd.settings import Settings
from iamd.store.errors import StoreError

_STDOUT = 1
_MIB = 1024 * 1024


def begin_trail(settings: Settings, clock: Clock, ids: Ids) -> Trail:
    """
    Return the trail, in which the start is written already.

    Raises:
        StoreError: It cannot be written.
    """
    scribe = Scribe(ids.uuid, settings.account_id, settings.region)
    try:
        trail = Trail(scribe, tuple(_targets(settings, clock, ids)), clock.monotonic)
    except TargetError as error:
        raise StoreError(f"the audit trail cannot be written: {error}") from error
    if trail.keeps:
        try:
            trail.confirm(_of_server("StartServer", settings, clock, ids)).result()
        except TrailBlockedError as error:
            trail.close()
            raise StoreError(error.detail) from error
    return trail


def end_trail(trail: Trail, settings: Settings, clock: Clock, ids: Ids) -> None:
    """Write the end, and let go of the trail."""
    if trail.keeps:
        trail.confirm(_of_server("StopServer", settings, clock, ids))
        trail.close()


def _targets(settings: Settings, clock: Clock, ids: Ids) -> Iterator[Target]:
    if settings.audit_file is not None:
        archive = None
        if settings.audit_archive is not None:
            archive = Archive(settings.audit_archive, settings.account_id, settings.region, ids.uuid)
        yield FileTarget(
            settings.audit_file,
            ids.uuid(),
            clock.real,
            most_bytes=settings.audit_file_mib * _MIB,
            archive=archive,
        )
    if settings.audit_stdout:
        yield StreamTarget(_STDOUT, ids.uuid())


def _of_server(name: str, settings: Settings, clock: Clock, ids: Ids) -> Event:
    """Return the event of what the server does by itself."""

    def identity() -> dict[str, Any]:
        return {
            "type": "AWSService",
            "accountId": settings.account_id,
            "invokedBy": f"iamd/{version('iamd')}",
        }

    return Event(
        at=clock.real(),
        request_id=ids.uuid(),
        service="iam",
        name=name,
        source_ip="iamd",
        user_agent="iamd",
        status=200,
        own_page=True,
        identity=identity,
        changes=True,
    )
