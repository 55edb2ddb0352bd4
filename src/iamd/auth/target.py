"""What an action is asked on."""

from collections.abc import Mapping

import msgspec

from iamd.domain.tags import Tag
from iampolicy import Policy

ContextValue = str | tuple[str, ...]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """
    A resource, and what else the decision about it must know.

    Attributes:
        arn: What policies match; ``*`` when the action knows no resource.
        account_id: Whose it is.
        tags: Of the resource, for ``aws:ResourceTag``; those of users and roles for ``iam:ResourceTag`` too.
        shown: How AWS's denial names the resource, where it is not by ARN (``user bob``).
        action: Another action than the operation's own (``iam:PassRole``).
        trust_policy: For ``sts:AssumeRole`` and its kin: the policy that must itself allow (semantics 63).
        resource_policy: A policy of the resource that may allow by itself, within one account.
        granted: What the caller may do with this resource without a policy of their own that says so.  Boundaries, session
            policies and denials bear on it as on those.
        context: Further context keys, such as ``iam:PassedToService``.
        deny_text: A whole message, where AWS's denial has another form.
        under_rcps: Whether the resource control policies of the account bear on it although it is ``*``.
    """

    arn: str
    account_id: str
    tags: tuple[Tag, ...] = ()
    shown: str | None = None
    action: str | None = None
    trust_policy: Policy | None = None
    resource_policy: Policy | None = None
    granted: Policy | None = None
    context: Mapping[str, ContextValue] = msgspec.field(default_factory=dict)
    deny_text: str | None = None
    under_rcps: bool = False
