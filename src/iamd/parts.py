"""What answering takes of the house, whichever door a request has come to."""

from dataclasses import dataclass

from iamd.audit.trail import Trail
from iamd.auth.authenticate import Authenticator
from iamd.auth.denial import Denials
from iamd.auth.rate_limits import RateLimits
from iamd.clock import Clock
from iamd.directory.directory import Directory
from iamd.directory.load import Compiler
from iamd.metrics import Metrics
from iamd.operations.call import Tools
from iamd.store.interface import Store
from iamd.tracing import Tracer


@dataclass(frozen=True)
class Parts:
    """Put together once by `assemble`, for the pipeline and for what answers other services."""

    store: Store
    directory: Directory
    authenticator: Authenticator
    compile_policy: Compiler
    denials: Denials
    tools: Tools
    clock: Clock
    trail: Trail
    metrics: Metrics | None
    limits: RateLimits | None
    tracer: Tracer | None
