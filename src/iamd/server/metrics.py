"""
``GET /_iamd/metrics``: what is counted, in the text format of Prometheus.

For whoever has the key of the setting ``metrics_key``, as a bearer token; without that setting nothing is counted, and there is
no such page (R-30).  Of several processes of one server each leaves its numbers in a folder that they share, and whoever is asked
shows all of them, told apart by the label ``worker``.
"""

import hmac
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from iamd.http import Request, Response
from iamd.metrics import BOUNDS, Family, Metrics
from iamd.secret import Secret
from iamd.server.app import Routes

PATH: Final = b"/_iamd/metrics"

_SHARE_SECONDS: Final = 1.0

_log = structlog.get_logger("iamd")


class Shared:
    """
    The numbers of all processes of a server.

    Args:
        metrics: Of this one.
        folder: That they share; None where this is the only one.
    """

    def __init__(self, metrics: Metrics, folder: Path | None) -> None:
        self._metrics: Final = metrics
        self._folder: Final = folder
        self._worker: Final = str(os.getpid())
        self._stopping: Final = threading.Event()
        self._thread: threading.Thread | None = None
        if folder is not None:
            self._thread = threading.Thread(
                target=self._share, args=(folder,), name="iamd-metrics", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        if self._thread is not None and self._folder is not None:
            self._thread.join()
            with suppress(OSError):
                (self._folder / self._worker).unlink()

    def all(self) -> dict[str, list[Family]]:
        """Return the numbers by process."""
        found = {self._worker: self._metrics.families()}
        if self._folder is not None:
            for each in self._folder.iterdir():
                if each.name.isascii() and each.name.isdecimal() and each.name != self._worker:
                    # One that is being replaced, or whose process has just ended, is for the next time.
                    with suppress(OSError, msgspec.DecodeError):
                        found[each.name] = msgspec.msgpack.decode(each.read_bytes(), type=list[Family])
        return found

    def _share(self, folder: Path) -> None:
        begun = folder / f".{self._worker}"
        while not self._stopping.wait(_SHARE_SECONDS):
            try:
                begun.write_bytes(msgspec.msgpack.encode(self._metrics.families()))
                begun.rename(folder / self._worker)
            except OSError as error:
                _log.warning("metrics not shared", error=str(error))


def metrics_routes(shared: Shared, key: Secret) -> Routes:
    """Return the page, for whoever shows *key*."""
    expected = b"Bearer " + key.reveal().encode()

    async def page(request: Request) -> Response:
        shown = list(request.header_values(b"authorization"))
        if len(shown) != 1 or not hmac.compare_digest(shown[0], expected):
            return Response(
                status=HTTPStatus.UNAUTHORIZED,
                headers=((b"www-authenticate", b"Bearer"), (b"cache-control", b"no-store")),
                body=b"the metrics are for whoever has their key\n",
            )
        body, content_type = _text(shared.all(), (request.header(b"accept") or b"").decode("latin-1"))
        headers = ((b"content-type", content_type.encode()), (b"cache-control", b"no-store"))
        return Response(status=HTTPStatus.OK, headers=headers, body=body)

    return {("GET", PATH): page}


def _text(found: dict[str, list[Family]], accept: str) -> tuple[bytes, str]:
    # Imported when somebody asks.
    from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector  # noqa: PLC0415
    from prometheus_client.exposition import choose_encoder  # noqa: PLC0415

    registry = CollectorRegistry()
    registry.register(_Collector(found))
    if len(found) == 1:
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Collector:
    """What prometheus_client asks for numbers."""

    def __init__(self, found: dict[str, list[Family]]) -> None:
        self._found = found

    def collect(self) -> Iterator[Any]:
        made: dict[str, Any] = {}
        for worker, families in sorted(self._found.items()):
            for family in families:
                metric = made.get(family.name)
                if metric is None:
                    metric = made[family.name] = _metric(family, several=len(self._found) > 1)
                _add(metric, family, (worker,) if len(self._found) > 1 else ())
        yield from made.values()


def _metric(family: Family, *, several: bool) -> Any:
    from prometheus_client.core import (  # noqa: PLC0415
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    kinds: dict[str, Any] = {
        "counter": CounterMetricFamily,
        "gauge": GaugeMetricFamily,
        "histogram": HistogramMetricFamily,
    }
    labels = (*family.labels, "worker") if several else family.labels
    return kinds[family.kind](family.name, family.about, labels=labels)


def _add(metric: Any, family: Family, more: tuple[str, ...]) -> None:
    for sample in family.samples:
        labels = [*sample.labels, *more]
        if sample.counts is None:
            metric.add_metric(labels, sample.value)
            continue
        buckets, below = [], 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), sample.counts, strict=True):
            below += count
            buckets.append((bound, below))
        metric.add_metric(labels, buckets=buckets, sum_value=sample.value)
