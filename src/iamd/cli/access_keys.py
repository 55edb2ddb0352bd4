"""Access keys of users, as the public API tells of them: whose, since when, and when and where last used."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from iamd.cli.aws import Client
from iamd.cli.failures import DeniedError
from iamd.cli.output import Column, when
from iamd.cli.progress import Advance, progress
from iamd.clock import SystemClock

_AT_ONCE: Final = 8
_NOWHERE: Final = "N/A"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """
    An access key without its secret.

    Attributes:
        user: None for the root user's.
        last_used_at: None where it never was, or *untold*.
        untold: The caller may not ask when it was used.
    """

    access_key_id: str
    user: str | None
    active: bool
    created_at: datetime
    last_used_at: datetime | None
    service: str | None
    region: str | None
    untold: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what programs see; names are those of ListAccessKeys and GetAccessKeyLastUsed."""
        row: dict[str, Any] = {
            "UserName": self.user,
            "AccessKeyId": self.access_key_id,
            "Status": "Active" if self.active else "Inactive",
            "CreateDate": _text(self.created_at),
            "LastUsedDate": _text(self.last_used_at) if self.last_used_at else None,
            "ServiceName": self.service,
            "Region": self.region,
        }
        if self.untold:
            row["Unknown"] = {"LastUsedDate": "the caller may not ask"}
        return row

    def use(self, now: datetime) -> str:
        """Return when and where it was used, for people."""
        if self.untold:
            return "unknown: the caller may not ask"
        if self.last_used_at is None:
            return "never"
        where = f", {self.service} in {self.region}" if self.service else ""
        return when(self.last_used_at, now) + where


def columns() -> Mapping[str, Column]:
    """Return what tables show of the rows that `AccessKey.as_json` makes."""
    now = SystemClock().real()
    return {
        "user": lambda row: row["UserName"] or "(root user)",
        "access key": lambda row: row["AccessKeyId"],
        "status": lambda row: row["Status"],
        "created": lambda row: when(row["CreateDate"], now),
        "last used": lambda row: "unknown" if "Unknown" in row else when(row["LastUsedDate"], now),
        "by": lambda row: f"{row['ServiceName']} in {row['Region']}" if row["ServiceName"] else "",
    }


def keys_of(iam: Client, user: str | None) -> list[AccessKey]:
    """Return the access keys of *user*, or of the caller, the oldest first."""
    found = iam.pages("list_access_keys", "AccessKeyMetadata", UserName=user)
    return sorted((_with_use(iam, each) for each in found), key=lambda key: key.created_at)


def keys_of_all(iam: Client) -> list[AccessKey]:
    """Return the access keys of all users of the account, in the order of their names."""
    users = [user["UserName"] for user in iam.pages("list_users", "Users")]
    with (
        progress("Asking for access keys", len(users)) as done,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        return list(_each(iam, users, pool, done))


def _each(iam: Client, users: list[str], pool: ThreadPoolExecutor, done: Advance) -> Iterator[AccessKey]:
    try:
        for keys in pool.map(lambda user: keys_of(iam, user), users):
            yield from keys
            done(1)
    finally:
        pool.shutdown(cancel_futures=True)


def _with_use(iam: Client, metadata: Mapping[str, Any]) -> AccessKey:
    untold = False
    used: Mapping[str, Any] = {}
    try:
        used = iam.get_access_key_last_used(AccessKeyId=metadata["AccessKeyId"])["AccessKeyLastUsed"]
    except DeniedError:
        untold = True
    # AWS: what was never used has "N/A" for both.
    service, region = (
        None if used.get(member) == _NOWHERE else used.get(member) for member in ("ServiceName", "Region")
    )
    return AccessKey(
        access_key_id=metadata["AccessKeyId"],
        user=metadata.get("UserName"),
        active=metadata["Status"] == "Active",
        created_at=metadata["CreateDate"],
        last_used_at=used.get("LastUsedDate"),
        service=service,
        region=region,
        untold=untold,
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
