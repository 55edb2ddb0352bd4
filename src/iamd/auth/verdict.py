"""What a guard has decided."""

import msgspec

from iamd.auth.target import Target
from iamd.errors import AccessDenied
from iampolicy import Decision


class Verdict(msgspec.Struct, frozen=True):
    """
    What was decided about one action on one resource.

    Attributes:
        decision: With its reasons; None where a policy that bears on it cannot be read, so that nobody was asked.
        refusal: What to answer; None when it is allowed.
    """

    decision: Decision | None
    refusal: AccessDenied | None


Decided = tuple[str, Target, Decision | str]
"""An action, what it was asked on, and what was decided; or the ARN of a policy whose text cannot be had."""
