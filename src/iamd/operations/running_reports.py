"""
How many reports about organizations are being made.

AWS: *GenerateOrganizationsAccessReport*, ``ReportGenerationLimitExceeded``: "the maximum number of concurrent requests
for this account are already running".
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from iamd.domain.ids import AccountId
from iamd.errors import ReportGenerationLimitExceeded

MOST_AT_ONCE: Final = 2
"""For one account, on one node; AWS does not tell its number."""


class RunningReports:
    """How many reports are being made for each account; may be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[AccountId] = Counter()

    @contextmanager
    def one_more(self, account_id: AccountId) -> Iterator[None]:
        """
        Count a report while it is being made.

        Raises:
            ReportGenerationLimitExceeded: There are as many as there may be.
        """
        with self._lock:
            if self._running[account_id] >= MOST_AT_ONCE:
                raise ReportGenerationLimitExceeded("Maximum number of concurrent jobs exceeded")
            self._running[account_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[account_id] -= 1
