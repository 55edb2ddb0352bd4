"""
Central root access: from which account the root user of which other one may be assumed, and for what.

Asked when a root user is assumed, and with every request of the session again: what is closed is closed at once.
"""

from iamd.catalogue.root_tasks import RootTask
from iamd.directory.directory import View
from iamd.domain.ids import AccountId


class RootAccessClosedError(Exception):
    """The root user may not be assumed; the text says why, to the operator."""


def check_root_access(view: View, task: RootTask, administrator: AccountId, member: AccountId) -> None:
    """
    Check that a principal of *administrator* may do *task* in place of the root user of *member*.

    What the principal's own policies say is another question.

    Raises:
        RootAccessClosedError: The accounts are in no organization together, or in no such relation, or the feature that
            the task is part of is not enabled.
    """
    account = view.account(member)
    if account is None or not account.active:
        raise RootAccessClosedError("there is no such account, or it is closed")
    if administrator not in account.root_administrators:
        raise RootAccessClosedError(
            f"account {administrator} does not administer root users of its organization"
        )
    if task.feature not in account.root_features:
        raise RootAccessClosedError(f"{task.feature} is not enabled")
