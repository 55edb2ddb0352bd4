"""Puts together what other systems rely on (gateway, decision points, servers beside); a part of `iamd.assemble`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from iamd.clock import Clock
from iamd.domain.ids import Ids
from iamd.enforcement.decide import Decider
from iamd.enforcement.points import Points
from iamd.settings import Settings, SettingsError

# Imported where there is something behind them: the mapping knows all of AWS, and gRPC takes a fifth of a second.
if TYPE_CHECKING:
    from iamd.enforcement.check import Checker
    from iamd.enforcement.doors import Doors
    from iamd.enforcement.ext_authz import ExtAuthz
    from iamd.enforcement.gateway import Gateway


def build_gateway(
    settings: Settings, checker: "Callable[[], Checker]", clock: Clock, ids: Ids
) -> "Gateway | None":
    """Return the gateway; None where there is no upstream."""
    if not settings.upstream:
        return None
    from iamd.enforcement.build import build_gateway as build  # noqa: PLC0415

    return build(
        settings.upstream,
        checker(),
        clock=clock,
        new_id=ids.uuid,
        account_id=settings.account_id,
        region=settings.region,
        s3_domain=settings.s3_domain,
        soft=settings.gateway_mode == "soft",
    )


def build_doors(
    settings: Settings,
    checker: "Callable[[], Checker]",
    decider: Decider,
    public_url: Callable[[], str | None],
    clock: Clock,
    ids: Ids,
) -> "Doors | None":
    """Return what answers proxies and stores; None where no enforcement point is set."""
    if not settings.enforcement_points():
        return None
    from iamd.enforcement.doors import Doors  # noqa: PLC0415
    from iamd.enforcement.mapping.mapper import Mapper  # noqa: PLC0415
    from iamd.enforcement.requests import Requests  # noqa: PLC0415

    suffixes = (settings.s3_domain.encode(),)
    return Doors(
        points=Points(settings.enforcement_points()),
        requests=Requests(checker(), Mapper(clock.now), suffixes),
        decider=decider,
        account_id=settings.account_id,
        public_url=public_url,
        new_id=ids.uuid,
    )


def build_servers_beside(settings: Settings, doors: "Doors | None") -> "tuple[ExtAuthz, ...]":
    """
    Return the servers of other protocols than HTTP.

    Raises:
        SettingsError: One is wanted, and what it needs is not installed.
    """
    if settings.ext_authz_port is None or doors is None:
        return ()
    try:
        from iamd.enforcement.ext_authz import ExtAuthz  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError("`ext_authz_port` needs gRPC: pip install 'iamd[envoy]'") from error
    certificate, key = settings.tls_certificate, settings.tls_key
    server = ExtAuthz(
        doors,
        settings.host,
        settings.ext_authz_port,
        files=(certificate, key) if certificate and key else None,
        shared=settings.workers > 1,
    )
    return (server,)
