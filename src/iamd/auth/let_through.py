"""Which denials are of requests that the gateway has let through in soft mode."""

from collections.abc import Iterable, Iterator
from typing import Final

from iamd.auth.decisions import Denial

KINDS: Final = ("role", "user")

# What the wire answers is refused in soft mode, too.
_OF_THE_WIRE: Final = ("iam:", "organizations:", "sts:")
_HANDED_ON: Final = "iam:PassRole"


def let_through(
    denials: Iterable[Denial], account_id: str, kind: str = "", name: str = ""
) -> Iterator[Denial]:
    """Yield those of callers in *account_id*; with one of `KINDS`, of that role or user alone."""
    for each in denials:
        if (
            each.account_id == account_id
            and _is_of_the_gateway(each.request.action)
            and (not kind or _is_by(each.caller_arn, kind, name))
        ):
            yield each


def _is_of_the_gateway(action: str) -> bool:
    return action == _HANDED_ON or not action.startswith(_OF_THE_WIRE)


def _is_by(caller_arn: str, kind: str, name: str) -> bool:
    resource = caller_arn.split(":", 5)[-1].split("/")
    if kind == "role":
        return resource[0] == "assumed-role" and resource[1:2] == [name]
    return resource[0] == "user" and resource[-1] == name
