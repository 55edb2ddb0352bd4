"""
The roles that AWS services make for themselves, as AWS's documentation tells them.

The table beside this module has one line for each service: its principal, the role's name, its path, who may assume it,
its longest session in seconds, its description, and its policy behind ``arn:aws:iam::aws:policy/``.

AWS: *AWS services that work with IAM*, and what those services say of their service-linked roles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

_TABLE: Final = "service_linked_roles.tsv"
_POLICIES: Final = "arn:aws:iam::aws:policy/"


@dataclass(frozen=True, slots=True)
class ServiceLinkedRole:
    """
    What the role of a service is like.

    Attributes:
        trusted_service: Who may assume it.
        description: Empty when it has none of its own.
    """

    service: str
    name: str
    path: str
    trusted_service: str
    max_session_duration: int
    description: str
    policy_arn: str

    @property
    def may_have_suffix(self) -> bool:
        """Whether an account may have several of them, told apart by what is behind their names."""
        return self.service in _WITH_SUFFIX


_WITH_SUFFIX: Final = frozenset({"autoscaling.amazonaws.com", "connect.amazonaws.com", "lexv2.amazonaws.com"})


@lru_cache(maxsize=1)
def service_linked_roles() -> Mapping[str, ServiceLinkedRole]:
    """Return them all, by the principal of their service."""
    text = files(__package__).joinpath(_TABLE).read_text(encoding="ascii")
    return {role.service: role for role in map(_read, text.splitlines())}


def _read(line: str) -> ServiceLinkedRole:
    service, name, path, trusted_service, seconds, description, policy = line.split("\t")
    return ServiceLinkedRole(
        service=service,
        name=name,
        path=path,
        trusted_service=trusted_service,
        max_session_duration=int(seconds),
        description=description,
        policy_arn=_POLICIES + policy,
    )
