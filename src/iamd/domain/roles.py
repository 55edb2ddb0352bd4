"""IAM roles and their trust policies."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from iamd.domain.arns import Arn, iam_arn
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.tags import Tag
from iamd.errors import UnmodifiableEntity, ValidationError

PREFIX = "AROA"
DEFAULT_MAX_SESSION_DURATION = 3600

NOBODY = UniqueId("nobody")
"""Stands for the unique id of a principal that was not there when an imported trust policy was saved; nobody has it."""

SERVICE_LINKED_PATH = "/aws-service-role/"
RESERVED_PATH = "/aws-reserved/"


@dataclass(frozen=True, slots=True)
class SourceTemplate:
    """The version of a role template that a role was made from; ``AcquireRole`` alone makes such roles."""

    arn: str
    minor_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """
    A role; ``role_id`` is forever.

    Attributes:
        trust_policy: The document as it was sent.
        trusted_ids: For each user or role ARN among the document's principals, the unique id that it had when the
            document was saved (semantics 46): a principal that was deleted and made again is another one.
        max_session_duration: In seconds, 3600 to 43200.
        permissions_boundary: The ARN of a managed policy, or None.
    """

    account_id: AccountId
    role_id: UniqueId
    name: str
    path: str
    created_at: datetime
    trust_policy: str
    trusted_ids: tuple[tuple[str, UniqueId], ...] = ()
    description: str | None = None
    max_session_duration: int = DEFAULT_MAX_SESSION_DURATION
    permissions_boundary: str | None = None
    last_used_at: datetime | None = None
    last_used_region: str | None = None
    tags: tuple[Tag, ...] = ()
    source_template: SourceTemplate | None = None

    @property
    def arn(self) -> str:
        return iam_arn(self.account_id, "role", self.path, self.name)

    @property
    def protected(self) -> bool:
        """Whether the role is AWS's own to change: service-linked, or made by IAM Identity Center."""
        return self.path.startswith((SERVICE_LINKED_PATH, RESERVED_PATH))


@lru_cache(maxsize=1024)
def parse_role_arn(text: str) -> Arn:
    """
    Return the parts of the ARN of a role.

    Raises:
        ValidationError: It is none (fact 81).
    """
    arn = Arn.parse(text)
    of_role = arn is not None and arn.service == "iam" and not arn.region and arn.resource.startswith("role/")
    if arn is None or not of_role or not _is_account(arn.account) or arn.resource.endswith("/"):
        raise ValidationError(f"{text} is invalid")
    return arn


def _is_account(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit()


def check_modifiable(role: Role) -> None:
    """
    Refuse to change a role that only a service may change.

    Raises:
        UnmodifiableEntity: It is such a role.
    """
    if role.protected:
        raise UnmodifiableEntity(
            f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS"
        )
