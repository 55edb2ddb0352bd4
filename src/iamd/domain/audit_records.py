"""A record of the audit trail, as the database keeps it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """
    One record, in its place in a chain.

    Attributes:
        sequence: In the chain, from 1.
        digest: Of this record.
        account_id: Whose it is.
        name: What was asked for.
        principal: Who asked: an ARN, or what stands for one; empty where nobody is known.
        error_code: Empty where there was none.
        line: The whole record, with its link, as JSON.
    """

    chain_id: str
    sequence: int
    digest: str
    event_id: str
    at: datetime
    account_id: str
    name: str
    principal: str
    error_code: str
    line: str
