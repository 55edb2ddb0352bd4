"""Traces: the phases of a request, in the trace that it was sent in."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.house.sender import request_to, signed
from tests.support.loops import LoopThread, loop_thread
from tests.support.world import World, allow

from iamd.otel import OpenTelemetry
from iamd.wire.model import load

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Traced:
    """A world whose spans are kept."""

    def __init__(self, loop: LoopThread) -> None:
        self.exporter = InMemorySpanExporter()
        self.world = World(loop)
        pipeline = self.world.app.pipeline
        pipeline._tracer = OpenTelemetry(SimpleSpanProcessor(self.exporter))
        pipeline._watched = True

    def spans(self) -> list[ReadableSpan]:
        """Return those of the last request; the span of the request itself is the last to end."""
        found = list(self.exporter.get_finished_spans())
        self.exporter.clear()
        return found


@pytest.fixture(scope="module")
def traced() -> Iterator[Traced]:
    with loop_thread() as loop:
        made = Traced(loop)
        yield made
        made.world.close()


def test_a_request_has_its_phases(traced: Traced) -> None:
    traced.world.root.iam.create_user(UserName="bob")
    *phases, request = traced.spans()
    assert [each.name for each in phases] == ["authenticate", "authorize", "operate", "commit"]
    assert request.name == "iam/CreateUser"
    assert request.context is not None
    assert {each.parent.span_id for each in phases if each.parent} == {request.context.span_id}
    for before, after in pairwise(phases):
        assert before.end_time == after.start_time
    told = dict(request.attributes or {})
    assert told.pop("aws.request_id")
    assert told == {
        "rpc.system": "aws-api",
        "rpc.service": "iam",
        "rpc.method": "CreateUser",
        "http.response.status_code": 200,
    }


def test_what_needs_no_database_commits_nothing(traced: Traced) -> None:
    traced.world.root.sts.get_caller_identity()
    assert [each.name for each in traced.spans()] == [
        "authenticate",
        "authorize",
        "operate",
        "sts/GetCallerIdentity",
    ]


def test_a_refusal_ends_where_it_was_refused(traced: Traced) -> None:
    bob = traced.world.user("eve", allow("sts:*"))
    traced.spans()
    with pytest.raises(ClientError):
        bob.iam.list_users()
    *phases, request = traced.spans()
    assert [each.name for each in phases] == ["authenticate"]
    assert (request.attributes or {})["error.type"] == "AccessDenied"
    # A client's mistake is no failure of the server.
    assert request.status.is_ok


def test_a_request_is_part_of_the_trace_that_it_was_sent_in(traced: Traced) -> None:
    credentials = traced.world.root.credentials
    assert credentials is not None
    request = signed(request_to(load("sts").operations["GetCallerIdentity"], {}), "sts", credentials)
    header = (b"traceparent", f"00-{TRACE}-{PARENT}-01".encode())
    assert traced.world.send(replace(request, headers=(*request.headers, header))).status == 200
    span = traced.spans()[-1]
    assert span.context is not None
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, PARENT)


@pytest.mark.parametrize(
    "text", [b"", b"00-xyz", b"ff-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01", b"\xff\xfe", b"0" * 5000]
)
def test_a_malformed_context_begins_a_new_trace(traced: Traced, text: bytes) -> None:
    credentials = traced.world.root.credentials
    assert credentials is not None
    request = signed(request_to(load("sts").operations["GetCallerIdentity"], {}), "sts", credentials)
    assert (
        traced.world.send(replace(request, headers=(*request.headers, (b"traceparent", text)))).status == 200
    )
    assert traced.spans()[-1].parent is None


def test_nothing_of_the_caller_or_of_parameters_is_told(traced: Traced) -> None:
    """R-78."""
    traced.world.root.iam.create_user(UserName="confidential-name")
    key = traced.world.root.iam.create_access_key(UserName="confidential-name")["AccessKey"]
    shown = "".join(each.to_json() for each in traced.spans())
    for text in ("confidential-name", key["AccessKeyId"], key["SecretAccessKey"], "arn:aws"):
        assert text not in shown
