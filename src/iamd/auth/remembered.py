"""
Decisions that hold whatever the circumstances of a request are, remembered.

A decision is made of principal, action, resource and policies, and of the context where a statement asks for it.  Where
none has asked, the same question has the same answer for as long as the policies are the same; and policies that have
changed are others, since they are compared by identity.

INVARIANT: A decision is only kept when nobody has looked at the context that it was made in.
"""

from typing import Final

from iampolicy import Decision, PolicySet, Principal

Question = tuple[PolicySet, Principal, str, str, str]
"""The policies that bear on it, who asks, the action, the resource, and whose that is."""

_MOST: Final = 32_768
_LONGEST: Final = 1_536
"""Characters of an action and a resource together, which whoever asks has chosen; no key of an object is longer than 1,024 bytes."""


class RememberedDecisions:
    """Decisions by what was asked; bounded, and may be used from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most: Final = most
        self._decisions: Final[dict[Question, Decision]] = {}

    def find(self, question: Question) -> Decision | None:
        return self._decisions.get(question)

    def keep(self, question: Question, decision: Decision) -> bool:
        """
        Keep *decision*; only to be called when it did not need the context of the request.

        Returns whether it is kept: those about very long names are not, which would fill the memory.
        """
        if len(question[2]) + len(question[3]) > _LONGEST:
            return False
        if len(self._decisions) >= self._most:
            self._decisions.clear()
        self._decisions[question] = decision
        return True

    def __len__(self) -> int:
        return len(self._decisions)
