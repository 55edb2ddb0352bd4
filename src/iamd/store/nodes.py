"""Nodes that share the database.  What they say of themselves is no change that others must hear of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select

from iamd.domain.nodes import Node
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.statements import Statement, deleting, given, putting
from iamd.store.values import microseconds, time_of

_TABLE: Final = schema.nodes

_PUT: Final = putting(_TABLE)
_DELETE: Final = deleting(_TABLE, "node_id")
_ALL: Final = Statement(select(*_TABLE.c).order_by(_TABLE.c.host, _TABLE.c.process, _TABLE.c.node_id))
_FORGET: Final = Statement(delete(_TABLE).where(_TABLE.c.seen_at < given("before")))


class Nodes:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def put(self, node: Node) -> None:
        values = {
            "node_id": node.node_id,
            "host": node.host,
            "process": node.process,
            "version": node.version,
            "started_at": microseconds(node.started_at),
            "seen_at": microseconds(node.seen_at),
            "epoch": node.epoch,
        }
        self._execution.write(_PUT, values)

    def delete(self, node_id: str) -> None:
        self._execution.write(_DELETE, {"node_id": node_id})

    def all(self) -> list[Node]:
        return [_value(row) for row in self._execution.rows(_ALL, {})]

    def forget(self, before: datetime) -> None:
        self._execution.write(_FORGET, {"before": microseconds(before)})


def _value(row: Sequence[Any]) -> Node:
    values = dict(zip(_TABLE.c.keys(), row, strict=True))
    return Node(
        **values | {"started_at": time_of(values["started_at"]), "seen_at": time_of(values["seen_at"])}
    )
