"""
How often an account uses a managed policy: kept, not counted.

A policy may be attached to thousands of entities, and each answer about a policy tells of how many.  The numbers change
in the transaction that attaches, bounds or deletes, so that they are never off.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select

from iamd.domain.arns import Arn, name_of
from iamd.domain.ids import AccountId
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.policies_interface import PolicyUses
from iamd.store.statements import Statement, given, putting
from iamd.store.values import name_key

_TABLE: Final = schema.policy_uses
_AWS: Final = "aws"

_CHANGE: Final = putting(
    _TABLE,
    attachments=_TABLE.c.attachments + given("attachments"),
    boundaries=_TABLE.c.boundaries + given("boundaries"),
)
_FIND: Final = Statement(
    select(_TABLE.c.attachments, _TABLE.c.boundaries).where(
        _TABLE.c.account_id == given("account_id"), _TABLE.c.policy_arn == given("policy_arn")
    )
)
_OF_AWS: Final = Statement(
    select(_TABLE.c.policy_arn, _TABLE.c.attachments, _TABLE.c.boundaries).where(
        _TABLE.c.account_id == given("account_id"), _TABLE.c.belongs_to == given("belongs_to")
    )
)


def change_attachments(execution: Execution, account_id: AccountId, arns: Iterable[str], by: int) -> None:
    """Note that each of *arns*, as often as it is there, is attached once more, or less."""
    _change(execution, account_id, arns, attachments=by)


def change_boundaries(
    execution: Execution, account_id: AccountId, arns: Iterable[str | None], by: int
) -> None:
    """Note that each of *arns*, as often as it is there, bounds one more entity, or less."""
    _change(execution, account_id, [arn for arn in arns if arn is not None], boundaries=by)


def uses_of(execution: Execution, account_id: AccountId, policy_arn: str) -> PolicyUses:
    row = execution.row(_FIND, {"account_id": account_id, "policy_arn": policy_arn})
    return PolicyUses() if row is None else PolicyUses(*row)


def uses_of_aws(execution: Execution, account_id: AccountId) -> dict[str, PolicyUses]:
    rows = execution.rows(_OF_AWS, {"account_id": account_id, "belongs_to": _AWS})
    return {arn: PolicyUses(attachments, boundaries) for arn, attachments, boundaries in rows}


def _change(
    execution: Execution,
    account_id: AccountId,
    arns: Iterable[str],
    *,
    attachments: int = 0,
    boundaries: int = 0,
) -> None:
    rows: list[dict[str, Any]] = []
    for arn, times in Counter(arns).items():
        parsed = Arn.parse(arn)
        rows.append(
            {
                "account_id": account_id,
                "policy_arn": arn,
                "belongs_to": "" if parsed is None else parsed.account,
                "name_key": name_key(name_of(arn)),
                "attachments": attachments * times,
                "boundaries": boundaries * times,
            }
        )
    execution.write_all(_CHANGE, rows)
