"""What an operator may set about what is recorded and watched; part of `iamd.settings.Settings`."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from iamd.secret import Secret


class WatchSettings(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """See `iamd.settings`."""

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="How much to log to standard error.")
    ] = "info"
    rate_limit_key: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            description="Requests a second that an access key may make to a process, in bursts of ten times as many; with 0 any "
            "number.",
        ),
    ] = 0
    rate_limit_account: Annotated[
        int, Meta(ge=0, le=1_000_000, description="Likewise, all access keys of an account together.")
    ] = 0
    rate_limit_peer: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            description="Likewise, all requests from one address of another machine, or from 64 bits of IPv6.",
        ),
    ] = 0
    rate_limit_failures: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            description="Requests a second from one address of another machine, or from 64 bits of IPv6, that may fail before "
            "anybody is known who asks, in bursts of ten times as many; then no requests from there are answered for a while. With 0 any number.",
        ),
    ] = 20
    allowed_decisions: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            description="How many allowed decisions a process remembers for a day, alike ones once, to say which of them a change "
            "of a policy would deny; with 0 none. Denials it remembers in any case.",
        ),
    ] = 10_000
    traces: Annotated[
        bool,
        Meta(
            description="Whether traces of requests are exported by OpenTelemetry (`pip install 'iamd[otel]'`); its own variables "
            "(`OTEL_EXPORTER_OTLP_ENDPOINT`) say where to."
        ),
    ] = False
    metrics_key: Annotated[
        Secret | None,
        Meta(
            description="Bearer token for `/_iamd/metrics`, where Prometheus finds what is counted; at least 16 characters. "
            "Without it nothing is counted."
        ),
    ] = None
    audit_file: Annotated[
        Path | None,
        Meta(
            description="File to which one record of each request is appended, a line of JSON in CloudTrail's format."
        ),
    ] = None
    audit_file_mib: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="How large that file becomes before it is begun anew, which it is at the end of each day, too; with 0 "
            "never.",
        ),
    ] = 100
    audit_archive: Annotated[
        Path | None,
        Meta(
            description="Folder for files that are full, packed and named as CloudTrail does it. Without it, they stay beside "
            "the file."
        ),
    ] = None
    audit_database: Annotated[
        bool,
        Meta(
            description="Whether the database holds records, those of changes in the transaction of the change."
        ),
    ] = False
    audit_database_days: Annotated[
        int, Meta(ge=0, le=36_500, description="How many days the database keeps them; with 0 for ever.")
    ] = 90
    audit_webhook: Annotated[
        Annotated[str, Meta(pattern=r"\Ahttps?://[^\s#@]+\Z")] | None,
        Meta(description="URL of a collector to which records are posted, as JSON. It needs `audit_spool`."),
    ] = None
    audit_webhook_key: Annotated[
        Secret | None, Meta(description="Bearer token for the collector; at least 16 characters.")
    ] = None
    audit_spool: Annotated[
        Path | None, Meta(description="Folder for records until the collector has them; for nothing else.")
    ] = None
    audit_spool_mib: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="How large that folder may become; when it is full, nothing can be changed until the collector is back.",
        ),
    ] = 256
    audit_stdout: Annotated[bool, Meta(description="Whether records go to standard output, too.")] = False

    def check_watch(self, smallest: int) -> None:
        """
        Refuse what does not go together; secrets have *smallest* characters at least.

        Raises:
            ValueError: Says which settings, and why.
        """
        for name, secret in (
            ("metrics_key", self.metrics_key),
            ("audit_webhook_key", self.audit_webhook_key),
        ):
            if secret is not None and len(secret.reveal()) < smallest:
                raise ValueError(f"`{name}` has fewer than {smallest} characters")
        if self.audit_webhook is not None and self.audit_spool is None:
            raise ValueError(
                "`audit_webhook` needs `audit_spool`: records wait there until the collector has them"
            )
