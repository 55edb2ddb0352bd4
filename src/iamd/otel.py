"""
Traces by OpenTelemetry, for the extra ``iamd[otel]``; imported only where the setting ``traces`` is on.

Where spans go is for OpenTelemetry's own variables (``OTEL_EXPORTER_OTLP_ENDPOINT``, ``OTEL_SERVICE_NAME``,
``OTEL_TRACES_SAMPLER``).  A request that carries a W3C ``traceparent`` becomes part of that trace.  Spans tell no parameters, and
of callers nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from iamd.http import Request
from iamd.tracing import Marks

_CONTEXT: Final = (b"traceparent", b"tracestate")
_NANOSECONDS: Final = 1_000_000_000


class OpenTelemetry:
    """A tracer; with its own provider, so that nothing of the process's changes."""

    def __init__(self, processor: SpanProcessor | None = None) -> None:
        """Begin; *processor* gets the spans, by default in batches for OTLP over HTTP."""
        if processor is None:
            # Imported here: a test needs no exporter.
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

            processor = BatchSpanProcessor(OTLPSpanExporter())
        # What the environment says goes before what is said here.
        own = Resource({SERVICE_NAME: "iamd", SERVICE_VERSION: version("iamd")})
        self._provider: Final = TracerProvider(resource=own.merge(Resource.create()) if _named() else own)
        self._provider.add_span_processor(processor)
        self._tracer: Final = self._provider.get_tracer("iamd")
        self._propagator: Final = TraceContextTextMapPropagator()

    def trace(
        self, request: Request, name: str, marks: Marks, attributes: Mapping[str, str | int], *, failed: bool
    ) -> None:
        """See `iamd.tracing.Tracer`."""
        carrier = {
            name.decode(): value.decode("latin-1")
            for name in _CONTEXT
            if (value := request.header(name)) is not None
        }
        # Of what is malformed the propagator makes nothing, and a new trace begins.
        context = self._propagator.extract(carrier)
        span = self._tracer.start_span(
            name,
            context,
            kind=SpanKind.SERVER,
            attributes=dict(attributes),
            start_time=_nanoseconds(marks.began),
        )
        inside = set_span_in_context(span, context)
        for phase in marks.phases:
            child = self._tracer.start_span(phase.name, inside, start_time=_nanoseconds(phase.began))
            child.end(_nanoseconds(phase.ended))
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(_nanoseconds(marks.now()))

    def close(self) -> None:
        """See `iamd.tracing.Tracer`."""
        self._provider.shutdown()


def _named() -> bool:
    named: Any = Resource.create().attributes.get(SERVICE_NAME, "")
    return not str(named).startswith("unknown_service")


def _nanoseconds(at: datetime) -> int:
    seconds = int(at.timestamp())
    return seconds * _NANOSECONDS + at.microsecond * 1000
