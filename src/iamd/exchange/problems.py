"""What imports find: problems, for which they make nothing at all, and notes about what they make all the same."""

from enum import StrEnum

import msgspec

from iamd.errors import ServiceError


class Rules(StrEnum):
    """By whose rules something is made."""

    OPERATIONS = "operations"
    """As a client could make it here, now."""
    AWS = "aws"
    """
    As AWS has it: what AWS has accepted is accepted.

    Roles that services have made, tags of AWS's own, quotas that were raised, documents that were written before a rule
    was; principals and AWS managed policies that are not known here let nobody in, and allow nothing.
    """


class Problem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Why something cannot be made.

    Attributes:
        where: What it is about, as a person calls it: ``role `deploy```.
        code: AWS's code of the error.
    """

    where: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.code}: {self.message}"


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that whoever imports should know; nothing is wrong with it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def problem(where: str, error: ServiceError) -> Problem:
    return Problem(where=where, code=error.code, message=error.message or "")
