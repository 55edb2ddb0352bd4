"""Records of the audit trail, as tests look at them."""

import json
from pathlib import Path
from typing import Any

from iamd.assemble import Application

_OF_SERVER = ("StartServer", "StopServer")


def records_in(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file, without those of the server's start and end."""
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [record for record in found if record["eventName"] not in _OF_SERVER]


def records_of(application: Application) -> list[dict[str, Any]]:
    """Return all that *application* has recorded until now."""
    application.trail.flush()
    path = application.settings.audit_file
    assert path is not None
    return records_in(path)


def told(record: dict[str, Any]) -> tuple[str, str | None, str | None, int]:
    """Return of a record what was asked, by whom, and how it was answered."""
    return (
        record["eventName"],
        record["userIdentity"].get("arn"),
        record.get("errorCode"),
        record["additionalEventData"]["httpStatus"],
    )
