"""One of `iamd.auth.allowances`, as it is told of."""

from dataclasses import dataclass
from datetime import datetime

from iamd.auth.recorded import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """
    What was allowed, so many times.

    Attributes:
        decision_id: To ask for it by.
        first: When it was asked first, of what is remembered.
        at: When last.
        times: How often it was decided.
        records: What is kept of it, at least one: each with another context.
        complete: Whether these are all the contexts that there were, as far as the policies have asked for them.
    """

    decision_id: str
    first: datetime
    at: datetime
    times: int
    records: tuple[Recorded, ...]
    complete: bool
