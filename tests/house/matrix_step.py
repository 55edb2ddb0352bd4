"""
One step of the golden matrix, and what a walk has learned on the way to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.house.town import READ, arn

from iamd.wire.model import ServiceName

NOT_YET: Final = "NOTYETMADE0000000000000000000000"
"""What an id is called before anything got one."""
# Operations that are not asked about under their own name.
ASKED_AS: Final[Mapping[str, str]] = {"iam:AcquireRole": "iam:CreateRole"}


@dataclass(frozen=True)
class Step:
    """
    One request.

    Attributes:
        own: Names nobody, and so means the caller.
    """

    service: ServiceName
    operation: str
    params: Mapping[str, Any]
    own: bool = False

    @property
    def action(self) -> str:
        return ASKED_AS.get(self.name, self.name)

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"

    @property
    def label(self) -> str:
        return f"{self.name} (own)" if self.own else self.name


@dataclass
class Names:
    """
    What one actor's walk is about.

    Attributes:
        access_key_id: Of the key that was made last; keys get their ids when they are made.
        seed: Of the device that was made last.
        made: The ids of what was made last, by the element that tells them.
        claimed: The ids of two delegation requests that the root owns.
    """

    prefix: str
    access_key_id: str = "AKIANOTYETMADE000000"
    seed: str = field(default="NOTYETMADE" + "A" * 22, repr=False)
    made: dict[str, str] = field(default_factory=dict)
    claimed: Sequence[str] = (f"dr-{NOT_YET.lower()}", f"dr-{NOT_YET.lower()}")

    @property
    def user(self) -> str:
        return f"{self.prefix}-user"

    @property
    def group(self) -> str:
        return f"{self.prefix}-group"

    @property
    def role(self) -> str:
        return f"{self.prefix}-role"

    @property
    def policy(self) -> str:
        return arn("policy", f"{self.prefix}-policy")

    @property
    def device(self) -> str:
        return arn("mfa", f"{self.prefix}-device")


def iam(operation: str, **params: Any) -> Step:
    return Step("iam", operation, params)


def own(operation: str, **params: Any) -> Step:
    return Step("iam", operation, params, own=True)


def tags(kind: str, **named: str) -> Iterator[Step]:
    yield iam(f"Tag{kind}", **named, Tags=[{"Key": "team", "Value": "red"}])
    yield iam(f"List{kind}Tags", **named)
    yield iam(f"Untag{kind}", **named, TagKeys=["team"])


def inline(kind: str, **named: str) -> Iterator[Step]:
    yield iam(f"Put{kind}Policy", **named, PolicyName="inline", PolicyDocument=READ)
    yield iam(f"Get{kind}Policy", **named, PolicyName="inline")
    yield iam(f"List{kind}Policies", **named)
    yield iam(f"Delete{kind}Policy", **named, PolicyName="inline")
