"""
What was allowed in the last day, so that a policy that is not saved yet can be held against it.

Requests that are allowed are many and alike.  So what is kept is not each of them:

* Once for who was allowed which action on which resource by which policies, with how often and when last; the sessions of a
  role count as the role.  With it a few of the contexts that differ in what the policies ask for, or, where they ask for
  nothing, of the contexts at the first, second, fourth, eighth time and so on.
* A decision that the guard remembers is counted, and nothing else happens: a fraction of a microsecond.
* So many of them, so many resources for an action, and so many new ones a second.  What is left out is counted, so that nobody
  takes what is here for all that there was.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from iamd.auth.allowance import Allowance
from iamd.auth.recorded import KEPT, Recorded, Weight, keys_asked, policies_in
from iamd.auth.remembered import Question
from iampolicy import Decision, PolicySet, Request

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_RESOURCES: Final = 64
"""Of an action, by the same policies."""
MOST_CONTEXTS: Final = 8
"""Of the same question."""
_A_SECOND: Final = 100.0
_AT_ONCE: Final = 2_000.0
_LOOKED_AT: Final = 8
_MOST_REMEMBERED: Final = 32_768
"""Decisions that the guard remembers."""

_ALWAYS_OTHERS: Final = frozenset(
    {"aws:currenttime", "aws:epochtime", "aws:tokenissuetime", "aws:multifactorauthage"}
)
"""Context keys that differ with each request, so that to keep them apart would keep each request."""

_Question: TypeAlias = tuple[int, str, str, str, str]
"""By which policies, who, which action, on what, and whose that is."""
_Shape: TypeAlias = tuple[object, ...]


class _Entry:
    """
    What is known of one question.

    Attributes:
        steady: Whether the decision asked for no context.
        keys: The context keys that the policies ask for about the action; of one that is not steady.
        more: Whether there were contexts that are not kept.
        passed: How often it had been asked when it was last passed over by what makes room.
    """

    __slots__ = ("at", "contexts", "decision_id", "first", "keys", "more", "passed", "steady", "times")

    def __init__(self, decision_id: str, keys: tuple[str, ...], at: datetime, *, steady: bool) -> None:
        self.decision_id: Final = decision_id
        self.steady: Final = steady
        self.keys: Final = keys
        self.first: Final = at
        self.at = at
        self.times = 1
        self.contexts: Final[dict[_Shape, Recorded]] = {}
        self.more = False
        self.passed = 0


class Allowances:
    """
    What was allowed; may be used from several threads.

    Attributes:
        lost: When something was last allowed that had to be forgotten before its time; None when nothing had to be.
    """

    def __init__(
        self,
        new_id: Callable[[], str],
        monotonic: Callable[[], float],
        *,
        most: int,
        most_bytes: int = MOST_BYTES,
        most_resources: int = MOST_RESOURCES,
    ) -> None:
        """
        Keep nothing yet.

        Args:
            new_id: Makes ids.
            monotonic: The time that rates are measured by.
            most: How many.
            most_bytes: About how many bytes, as for denials.
            most_resources: How many of them for one action.
        """
        self._new_id = new_id
        self._monotonic = monotonic
        self._most = most
        self._most_bytes = most_bytes
        self._most_resources = most_resources
        self._lock = threading.Lock()
        self._entries: OrderedDict[_Question, _Entry] = OrderedDict()
        self._steady: dict[int, tuple[Decision, _Entry]] = {}
        """
        By the identities of remembered decisions: several sessions of a role have one each.  While they are referred to, no
        others have their identities.
        """
        self._by_id: dict[str, _Entry] = {}
        self._resources: Counter[tuple[int, str, str]] = Counter()
        self._weight = Weight()
        self._budget = _AT_ONCE
        self._filled = monotonic()
        self.lost: datetime | None = None
        self._left_out = 0
        self._left_out_at: datetime | None = None

    def again(self, decision: Decision, at: datetime) -> bool:
        """
        Count *decision* once more when it is a remembered one that is known here; False when `note` is to be told of it.

        That is so at powers of two as well: the context is looked at again.  And of what was forgotten, whose count begins
        again below zero.
        """
        found = self._steady.get(id(decision))
        if found is None:
            return False
        entry = found[1]
        times = entry.times = entry.times + 1
        entry.at = at
        return times & (times - 1) != 0

    def note(
        self,
        decision: Decision,
        asked: Question,
        at: datetime,
        tell: Callable[[], Request],
        record: Callable[[Request], Recorded],
        *,
        steady: bool,
    ) -> None:
        """
        Note what was allowed.

        Args:
            decision: That it was.
            asked: What, by which policies.
            at: When.
            tell: Makes the request as the engine saw it, or would have; what it raises is raised, and no context is kept.
            record: Makes a record of it.
            steady: The guard remembers *decision*, which asked for no context, and counts it by `again`.
        """
        policies, principal, action, resource, owner = asked
        who = principal.identity_arn or principal.provider or principal.service
        question = (id(policies), who, action, resource, owner)
        known = self._entries.get(question)
        if known is None:
            if self._resources.get(question[:3], 0) >= self._most_resources or not self._has_budget():
                self._leave_out_one_more(at)
                return
        elif steady and not self._is_known(decision, known):
            self._know(known, decision)
            known.at = at
            known.times += 1
            if known.times & (known.times - 1):
                return
        request = tell()
        if known is not None and not steady and self._shape(known, request) in known.contexts:
            # No lock for the most usual: a count that is wrong by one is no harm.
            known.times += 1
            known.at = at
            return
        with self._lock:
            entry = self._entries.get(question)
            if entry is not None and not steady:
                entry.times += 1
                entry.at = at
            self._make_room(at, adds=entry is None)
            if entry is None:
                if not self._spend():
                    self.leave_out(at)
                    return
                entry = self._begin(question, policies, at, steady=steady)
                self._sample(entry, request, at, record)
                self._entries[question] = self._by_id[entry.decision_id] = entry
                self._resources[question[:3]] += 1
                if steady:
                    self._know(entry, decision)
            else:
                self._sample(entry, request, at, record)
            self._drop_what_is_too_much()

    def _leave_out_one_more(self, at: datetime) -> None:
        self.leave_out(at)
        if self._left_out % _LOOKED_AT == 0:
            # There may be older ones that could go.
            with self._lock:
                self._make_room(at, adds=False)

    def leave_out(self, at: datetime) -> None:
        """Count something that is not noted."""
        self._left_out += 1
        self._left_out_at = at

    def left_out(self, now: datetime) -> int:
        """Return how many decisions were not noted, if there were any in the last day."""
        at = self._left_out_at
        return 0 if at is None or at + KEPT <= now else self._left_out

    def find(self, decision_id: str, now: datetime) -> Recorded | None:
        """Return the newest record of an allowance, as of when it was last asked."""
        entry = self._by_id.get(decision_id)
        if entry is None or entry.at + KEPT <= now:
            return None
        return replace(tuple(entry.contexts.values())[-1], at=entry.at)

    def recent(self, account_id: str, now: datetime) -> list[Allowance]:
        """Return those of the last day that *account_id* was concerned by; the last asked first."""
        with self._lock:
            entries = list(self._entries.values())
        found = []
        for entry in entries:
            records = tuple(entry.contexts.values())
            if entry.at + KEPT > now and account_id in records[0].accounts:
                found.append(
                    Allowance(
                        decision_id=entry.decision_id,
                        first=entry.first,
                        at=entry.at,
                        times=entry.times,
                        records=records,
                        complete=len(records) == entry.times or not (entry.steady or entry.more),
                    )
                )
        return sorted(found, key=lambda each: (each.at, each.decision_id), reverse=True)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._steady.clear()
            self._by_id.clear()
            self._resources.clear()
            self._weight.clear()
            self.lost = self._left_out_at = None
            self._left_out = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """About how much is kept in memory."""
        return self._weight.bytes

    def _has_budget(self) -> bool:
        """Tell whether one more may be new; of several threads that are told so the first may be the last."""
        return self._budget + (self._monotonic() - self._filled) * _A_SECOND >= 1

    def _spend(self) -> bool:
        now = self._monotonic()
        self._budget = min(_AT_ONCE, self._budget + (now - self._filled) * _A_SECOND)
        self._filled = now
        if self._budget < 1:
            return False
        self._budget -= 1
        return True

    def _begin(self, question: _Question, policies: PolicySet, at: datetime, *, steady: bool) -> _Entry:
        keys = () if steady else _keys_asked(policies, question[2])
        return _Entry(self._new_id(), keys, at, steady=steady)

    def _is_known(self, decision: Decision, entry: _Entry) -> bool:
        """Tell whether `again` counts *decision* for *entry*."""
        found = self._steady.get(id(decision))
        return found is not None and found[1] is entry

    def _know(self, entry: _Entry, decision: Decision) -> None:
        """Let `again` count *decision* for *entry*."""
        if len(self._steady) >= _MOST_REMEMBERED:
            self._steady.clear()
        self._steady[id(decision)] = decision, entry

    def _sample(
        self, entry: _Entry, request: Request, at: datetime, record: Callable[[Request], Recorded]
    ) -> None:
        """Keep the context of *request*, if none that is kept says the same."""
        shape = self._shape(entry, request)
        if shape in entry.contexts:
            return
        if len(entry.contexts) >= MOST_CONTEXTS:
            oldest = next(iter(entry.contexts))
            entry.more = True
            if entry.contexts[oldest].at + KEPT > at:
                return
            self._weight.remove(entry.contexts.pop(oldest))
        made = record(request)
        entry.contexts[shape] = made
        self._weight.add(made)

    @staticmethod
    def _shape(entry: _Entry, request: Request) -> _Shape:
        """Return what tells contexts of a question apart."""
        values = request.values
        if not entry.steady:
            return tuple([values.get(key) for key in entry.keys])
        return tuple(sorted((key, str(value)) for key, value in values.items() if key not in _ALWAYS_OTHERS))

    def _make_room(self, at: datetime, *, adds: bool) -> None:
        """
        Look at the next few: drop what is too old, and where one more would be too much, what was not asked again.

        One look at each as they come round costs little, however many there are.
        """
        for _ in range(_LOOKED_AT):
            if not self._entries:
                return
            question, entry = next(iter(self._entries.items()))
            full = adds and self._is_full()
            if entry.at + KEPT <= at:
                self._drop(question, entry)
            elif full and entry.times == entry.passed:
                self._lose(question, entry)
            else:
                entry.passed = entry.times
                self._entries.move_to_end(question)
                if not full:
                    return

    def _drop_what_is_too_much(self) -> None:
        while self._entries and (len(self._entries) > self._most or self._weight.bytes > self._most_bytes):
            self._lose(*next(iter(self._entries.items())))

    def _is_full(self) -> bool:
        return len(self._entries) >= self._most or self._weight.bytes >= self._most_bytes

    def _lose(self, question: _Question, entry: _Entry) -> None:
        """Drop what is not too old."""
        self._drop(question, entry)
        self.lost = entry.at if self.lost is None else max(self.lost, entry.at)

    def _drop(self, question: _Question, entry: _Entry) -> None:
        del self._entries[question]
        del self._by_id[entry.decision_id]
        # What is remembered of it is told to `note` the next time.
        entry.times = -1
        self._resources[question[:3]] -= 1
        if not self._resources[question[:3]]:
            del self._resources[question[:3]]
        for each in entry.contexts.values():
            self._weight.remove(each)


def _keys_asked(policies: PolicySet, action: str) -> tuple[str, ...]:
    """Return the context keys that *policies* ask for about *action*, in lower case, but for those that are always others."""
    asked = {key for policy in policies_in(policies) for key in keys_asked(policy, action)}
    return tuple(sorted(asked - _ALWAYS_OTHERS))
