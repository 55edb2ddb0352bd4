"""Deletion tasks: what is left of a service-linked role that was deleted, by which its end can be asked about."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from iamd.domain.ids import AccountId
from iamd.domain.roles import SERVICE_LINKED_PATH, Role

REMEMBERED: Final = timedelta(days=30)
"""How long what became of a task can be asked about."""

_ID = re.compile(r"task(/aws-service-role/[^/]+/)([^/]+)/[^/]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionTask:
    """
    A task that has succeeded: no service here holds on to its role.

    Attributes:
        task_id: ``task/aws-service-role/SERVICE/ROLE/UUID``.
    """

    account_id: AccountId
    task_id: str
    created_at: datetime


def task_id_of(role: Role, uuid: str) -> str:
    """Return the id of a task that deletes *role*, which is a service-linked one."""
    if not role.path.startswith(SERVICE_LINKED_PATH):
        raise ValueError(f"{role.name} is not service-linked")
    return f"task{role.path}{role.name}/{uuid}"


def role_of_task(task_id: str) -> tuple[str, str] | None:
    """Return the path and the name of the role that the id of a task speaks of; None when it is no such id."""
    found = _ID.fullmatch(task_id)
    return None if found is None else (found[1], found[2])
