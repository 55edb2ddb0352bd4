"""What pages of the console tell of the server that they are of; a part of `iamd.cli.doors`."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

from iamd.assemble import Application
from iamd.audit.newest import FileRecords
from iamd.auth.decisions import Denial
from iamd.console.chronicle import Chronicle
from iamd.console.decision_diffs import DecisionDiffs
from iamd.console.decisions import Decisions
from iamd.console.door import Handle
from iamd.console.editors import Editors
from iamd.console.records import DatabaseSource, FileSource, Source
from iamd.console.server_pages import ServerPages
from iamd.domain.nodes import HEARTBEAT
from iamd.enforcement.missing import denied_explicitly, missing_policy
from iamd.enforcement.upstreams import Upstream
from iamd.metrics import Family
from iamd.operations import registry
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Call
from iamd.settings import Settings

_COUNTED: Final = frozenset({"counter", "gauge"})


def console_pages(application: Application) -> Mapping[str, Handle]:
    """Return pages of the console by their names, below its own."""
    settings, pipeline = application.settings, application.pipeline
    chronicle = Chronicle(pipeline, _source(settings), settings.account_id)
    pages = ServerPages(
        pipeline,
        settings.account_id,
        health=lambda call: _health(application, call),
        upstreams=lambda _: {
            "mode": settings.gateway_mode,
            "upstreams": [_upstream(each, settings.account_id) for each in settings.upstream],
        },
        mode=settings.gateway_mode if settings.upstream else None,
        report=_report,
    )
    editors = Editors(ByHandler(registry.load()), settings.account_id)
    decisions = Decisions(pipeline, editors)
    return {
        "GetDecision": decisions.show,
        "GetDecisionTest": decisions.test_file,
        "CompareDecisions": DecisionDiffs(pipeline).compare,
        "SetVpcEndpointPolicy": pages.set_endpoint_policy,
        "ListAuditEvents": chronicle.list_events,
        "ListDecisions": chronicle.list_decisions,
        "GetServerHealth": pages.show_health,
        "ListUpstreams": pages.list_upstreams,
        "GetSoftReport": pages.soft_report,
    }


def _source(settings: Settings) -> Source | None:
    """Return where records of the audit trail can be read again: the database, where both are kept."""
    if settings.audit_database:
        return DatabaseSource()
    return None if settings.audit_file is None else FileSource(FileRecords(settings.audit_file))


def _report(denials: Iterable[Denial]) -> dict[str, Any]:
    found = list(denials)
    return {"policy": missing_policy(found), "denied": denied_explicitly(found)}


def _upstream(upstream: Upstream, account_id: str) -> dict[str, Any]:
    return {
        "services": upstream.services,
        "accounts": upstream.accounts,
        "url": upstream.origin,
        "kind": upstream.kind,
        "region": upstream.region,
        "accessKeyId": upstream.access_key_id,
        "keepsPaths": upstream.keeps_paths,
        "bucketOwner": upstream.owner_of_buckets(account_id),
        "bucketPolicies": upstream.bucket_policies,
        "publicAccess": upstream.public_access,
    }


def _health(application: Application, call: Call) -> dict[str, Any]:
    settings, lease, trail = application.settings, application.lease, application.trail
    decisions = application.pipeline.decisions
    rotation = application.sealing_keys.rotation
    keys = sorted(call.store.sealing_keys.all(), key=lambda key: key.created_at)
    return {
        "version": version("iamd"),
        "at": call.now.timestamp(),
        "account": settings.account_id,
        "database": {
            "kind": "SQLite" if settings.database_url is None else "PostgreSQL",
            "contact": lease.contact.value,
            "silence": round(lease.silence, 3),
            "lease": settings.database_lease_seconds,
        },
        "epoch": application.directory.epoch,
        "nodes": _nodes(application, call),
        "keyring": [
            {
                "keyId": key.key_id,
                "state": key.state.value,
                "createdAt": key.created_at.timestamp(),
                "until": None if (until := rotation.until(key)) is None else until.timestamp(),
            }
            for key in keys
        ],
        "audit": {
            "targets": _targets(settings),
            "waiting": trail.waiting,
            "blocked": bool(trail.blocked),
        },
        "decisions": {
            "records": len(decisions),
            "bytes": decisions.bytes,
            "allowed": None
            if decisions.allowances is None
            else {"records": len(decisions.allowances), "bytes": decisions.allowances.bytes},
        },
        "metrics": None
        if application.metrics is None
        else [_family(each) for each in application.metrics.families() if each.kind in _COUNTED],
    }


def _nodes(application: Application, call: Call) -> list[dict[str, Any]]:
    own, *others = application.presence.all(call.store)
    return [
        {
            "nodeId": node.node_id,
            "host": node.host,
            "process": node.process,
            "version": node.version,
            "startedAt": node.started_at.timestamp(),
            "seenAt": node.seen_at.timestamp(),
            "silent": call.now - node.seen_at > 3 * HEARTBEAT,
            "epoch": node.epoch,
            "own": node is own,
        }
        for node in (own, *others)
    ]


def _targets(settings: Settings) -> list[str]:
    kept = {
        "file": settings.audit_file,
        "database": settings.audit_database,
        "collector": settings.audit_webhook,
        "standard output": settings.audit_stdout,
    }
    return [name for name, value in kept.items() if value]


def _family(family: Family) -> dict[str, Any]:
    return {
        "name": family.name,
        "about": family.about,
        "samples": [
            {"labels": dict(zip(family.labels, each.labels, strict=True)), "value": each.value}
            for each in family.samples
        ],
    }
