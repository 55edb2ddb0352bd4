"""The door of a server, as `iamd dev` and `iamd serve` open it: the wire, the server's own pages, the gateway."""

from iamd.assemble import Application
from iamd.cli.console_pages import console_pages
from iamd.enforcement.missing import missing_policy
from iamd.server.app import Door, Routes
from iamd.server.audit import audit_routes
from iamd.server.decisions import decision_routes
from iamd.server.health import health_routes
from iamd.server.keyring import keyring_routes
from iamd.server.master_key import master_key_routes
from iamd.server.metrics import Shared, metrics_routes
from iamd.server.oidc import oidc_routes
from iamd.server.proxies import ElsewhereBehind, Proxies, behind, routes_behind
from iamd.server.refusal import Refused
from iamd.server.sessions import session_routes
from iamd.server.soft import soft_routes
from iamd.server.trust_graph import trust_graph_routes
from iamd.server.vpc_endpoints import vpc_endpoint_routes


def door_of(
    application: Application,
    more: Routes | None = None,
    proxies: Proxies | None = None,
    shared: Shared | None = None,
) -> Door:
    """
    Return the door of *application*.

    Args:
        application: Ready to answer.
        more: Pages besides those that every server has.
        proxies: Through which clients come; all of them come directly when None.
        shared: The metrics of all processes; of this one alone when None.
    """
    settings, pipeline = application.settings, application.pipeline
    health = health_routes(
        {
            "store": lambda: application.lease.contact,
            "master_key": lambda: not application.store.lacks_master_key,
        }
    )
    watched = {**health, **_metrics_routes(application, shared)}
    routes = {
        **watched,
        **decision_routes(pipeline),
        **(soft_routes(pipeline, missing_policy) if settings.gateway_mode == "soft" else {}),
        **application.exchange.routes(),
        **application.decision_points,
        **keyring_routes(pipeline, application.sealing_keys, settings.account_id),
        **audit_routes(pipeline, settings.account_id),
        **master_key_routes(pipeline, settings.account_id),
        **session_routes(pipeline, settings.account_id),
        **trust_graph_routes(pipeline, application.trust_map),
        **vpc_endpoint_routes(pipeline, settings.account_id, settings.region),
        **application.console.routes(console_pages(application)),
        **oidc_routes(application.directory, application.tools.public_url, application.clock),
        **(more or {}),
    }

    def note_refusal(refused: Refused, peer: str) -> None:
        """Leave a trace of what was no request; of many at once not of each."""
        application.note_refusal(
            peer, refused.status, refused.code, refused.message, request_id=refused.request_id
        )

    gateway = application.gateway
    if proxies is None:
        return Door(pipeline.handle, routes, gateway, note_refusal)
    # Whoever looks after the server asks for its health and its metrics directly.
    return Door(
        behind(proxies, pipeline.handle),
        routes_behind(proxies, routes, open_=watched),
        None if gateway is None else ElsewhereBehind(proxies, gateway),
        note_refusal,
    )


def _metrics_routes(application: Application, shared: Shared | None) -> Routes:
    key, metrics = application.settings.metrics_key, application.metrics
    if key is None or metrics is None:
        return {}
    return metrics_routes(shared or Shared(metrics, None), key)
