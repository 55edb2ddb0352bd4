"""What was allowed: once for all that is alike, bounded, and with a count of what is not here."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from tests.iampolicy.cases import AWAY, HOME, policy, session, user
from tests.iampolicy.cases import allow as allowing

from iamd.auth.allowance import Allowance
from iamd.auth.allowances import MOST_CONTEXTS, Allowances
from iamd.auth.decisions import DecisionLog, begin_decision_log
from iamd.auth.recorded import KEPT, Recorded
from iamd.clock import FixedClock
from iampolicy import Decision, PolicyKind, PolicySet, Principal, Request, evaluate

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PLAIN = PolicySet(identity=(policy(allowing("s3:*")),))
ASKING = PolicySet(
    identity=(policy(allowing("s3:*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})),)
)


class Notes:
    """Allowances, and a guard that remembers what asks for no context."""

    def __init__(self, **limits: int) -> None:
        ids = count()
        self.seconds = 0.0
        limits = {"most": 100} | limits
        self.allowances = Allowances(lambda: f"id-{next(ids)}", lambda: self.seconds, **limits)
        self.recorded = 0
        self._remembered: dict[tuple[int, str, str], Decision] = {}

    def allow(
        self,
        resource: str = "key",
        policies: PolicySet = PLAIN,
        at: datetime = NOW,
        principal: Principal | None = None,
        owner: str = HOME,
        **context: str,
    ) -> None:
        request = Request(
            principal=principal or user(),
            action="s3:GetObject",
            resource=f"arn:aws:s3:::bucket/{resource}",
            resource_account=owner,
            context={key.replace("__", ":"): value for key, value in context.items()},
        )
        steady = policies is PLAIN
        known = (id(policies), request.principal.arn, resource)
        decision = self._remembered.get(known) if steady else None
        if decision is None:
            decision = evaluate(request, policies)
            assert decision.allowed
            if steady:
                self._remembered[known] = decision

        def record(request: Request) -> Recorded:
            self.recorded += 1
            return Recorded(
                at=at,
                account_id=HOME,
                caller_arn=request.principal.arn,
                caller_id="AIDABOB",
                operation="GetObject",
                request=request,
                policies=policies,
                decision=decision,
            )

        if not self.allowances.again(decision, at):
            asked = policies, request.principal, request.action, request.resource, owner
            self.allowances.note(decision, asked, at, lambda: request, record, steady=steady)

    def forget_decisions(self) -> None:
        """As a guard does that remembers too many."""
        self._remembered.clear()

    def remembered(self) -> list[Decision]:
        return list(self._remembered.values())

    def all(self, now: datetime = NOW) -> list[Allowance]:
        return self.allowances.recent(HOME, now)

    def resources(self, now: datetime = NOW) -> list[str]:
        return sorted(each.records[0].request.resource.rpartition("/")[2] for each in self.all(now))


def test_what_is_alike_is_kept_once() -> None:
    notes = Notes()
    for minute in range(5):
        notes.allow(at=NOW + timedelta(minutes=minute))
    notes.forget_decisions()
    notes.allow(at=NOW + timedelta(minutes=5))
    notes.allow("other")
    first, other = notes.all()
    assert (first.times, first.first, first.at) == (6, NOW, NOW + timedelta(minutes=5))
    assert (other.times, len(notes.allowances)) == (1, 2)


def test_a_remembered_decision_costs_a_count() -> None:
    """Its context is looked at again at powers of two, and kept where it is another one."""
    notes = Notes()
    for number in range(1, 17):
        notes.allow(aws__UserAgent=f"agent {number}", aws__EpochTime=str(number))
    (kept,) = notes.all()
    assert [each.request.context["aws:UserAgent"] for each in kept.records] == [
        f"agent {number}" for number in (1, 2, 4, 8, 16)
    ]
    assert (kept.times, kept.complete, notes.recorded) == (16, False, 5)
    alike = Notes()
    for number in range(16):
        alike.allow(aws__UserAgent="one", aws__EpochTime=str(number))
    assert (len(alike.all()[0].records), alike.recorded) == (1, 1)


def test_contexts_that_the_policies_ask_for_are_all_kept() -> None:
    notes = Notes()
    for _ in range(3):
        for number in (1, 2, 3):
            notes.allow(policies=ASKING, aws__SourceIp=f"192.0.2.{number}", aws__UserAgent=f"{notes.seconds}")
            notes.seconds += 1
    (kept,) = notes.all()
    assert [each.request.context["aws:SourceIp"] for each in kept.records] == [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
    ]
    assert (kept.times, kept.complete) == (9, True)
    for number in range(MOST_CONTEXTS + 1):
        notes.allow(policies=ASKING, aws__SourceIp=f"192.0.2.{number}")
    (kept,) = notes.all()
    assert (len(kept.records), kept.complete) == (MOST_CONTEXTS, False)


def test_a_context_is_replaced_when_it_is_a_day_old() -> None:
    notes = Notes()
    for number in range(MOST_CONTEXTS):
        notes.allow(policies=ASKING, aws__SourceIp=f"192.0.2.{number}")
    tomorrow = NOW + KEPT
    notes.allow(policies=ASKING, at=tomorrow - timedelta(hours=1), aws__SourceIp="192.0.2.1")
    notes.allow(policies=ASKING, at=tomorrow, aws__SourceIp="192.0.2.99")
    (kept,) = notes.all(tomorrow)
    assert kept.records[-1].request.context["aws:SourceIp"] == "192.0.2.99"
    assert len(kept.records) == MOST_CONTEXTS


def test_the_sessions_of_a_role_are_the_role() -> None:
    notes = Notes()
    for name in ("one", "two", "three"):
        notes.allow(principal=session(name=name))
    assert [each.times for each in notes.all()] == [3]


def test_sessions_that_take_turns_are_counted_and_nothing_more() -> None:
    """Each has a decision of its own that is remembered; what is kept of them is one."""
    notes = Notes()
    for _ in range(100):
        for name in ("one", "two", "three"):
            notes.allow(principal=session(name=name), aws__UserAgent=name)
    (kept,) = notes.all()
    assert kept.times == 300
    assert notes.recorded <= 3
    assert all(notes.allowances.again(each, NOW) for each in notes.remembered())


def test_what_was_forgotten_begins_anew() -> None:
    notes = Notes(most=1)
    for resource in ("one", "two", "one", "one", "one"):
        notes.allow(resource)
    (kept,) = notes.all()
    assert (notes.resources(), kept.times) == (["one"], 3)


def test_a_policy_that_was_changed_is_another() -> None:
    notes = Notes()
    notes.allow()
    notes.allow(policies=PolicySet(identity=(policy(allowing("s3:Get*")),)))
    assert [each.times for each in notes.all()] == [1, 1]


def test_it_is_kept_a_day_after_it_was_last_asked() -> None:
    notes = Notes()
    notes.allow("used")
    notes.allow("unused")
    notes.allow("used", at=NOW + timedelta(hours=20))
    later = NOW + timedelta(hours=30)
    assert notes.resources(later) == ["used"]
    for _ in range(4):
        notes.allow("new", at=later)
        notes.forget_decisions()
    assert (len(notes.allowances), notes.allowances.lost) == (2, None)
    (decision_id,) = (each.decision_id for each in notes.all(later) if each.at != later)
    assert notes.allowances.find(decision_id, later) is not None
    assert notes.allowances.find(decision_id, later + KEPT) is None


def test_what_is_asked_again_after_a_day_is_kept_on() -> None:
    notes = Notes()
    notes.allow(policies=ASKING, aws__SourceIp="192.0.2.1")
    notes.allow(policies=ASKING, at=NOW + KEPT, aws__SourceIp="192.0.2.2")
    (kept,) = notes.all(NOW + KEPT)
    assert (kept.times, len(kept.records), kept.first) == (2, 2, NOW)


def test_what_is_asked_again_stays_when_there_are_too_many() -> None:
    notes = Notes(most=10)
    for number in range(40):
        notes.allow(f"once-{number}", at=NOW + timedelta(seconds=number))
        notes.allow("always", at=NOW + timedelta(seconds=number))
    assert len(notes.allowances) == 10
    assert "always" in notes.resources()
    assert notes.allowances.lost is not None


def test_one_action_does_not_take_all_the_room() -> None:
    notes = Notes(most_resources=5)
    for number in range(20):
        notes.allow(f"{number}")
    assert (len(notes.allowances), notes.allowances.left_out(NOW)) == (5, 15)
    assert notes.allowances.left_out(NOW + KEPT) == 0
    # And has its room again when that is old.
    for number in range(20):
        notes.allow(f"{number + 20}", at=NOW + KEPT)
    assert notes.resources(NOW + KEPT)[:2] != []
    assert len(notes.allowances) == 5


def test_new_ones_a_second_are_bounded() -> None:
    notes = Notes(most=10_000, most_resources=10_000)
    for number in range(2_050):
        notes.allow(f"{number}")
    assert (len(notes.allowances), notes.allowances.left_out(NOW)) == (2_000, 50)
    notes.seconds += 0.1
    for number in range(3_000, 3_020):
        notes.allow(f"{number}")
    assert (len(notes.allowances), notes.allowances.left_out(NOW)) == (2_010, 60)


def test_what_it_keeps_alive_is_bounded() -> None:
    notes = Notes(most_bytes=100_000)
    for number in range(100):
        notes.allow(f"{number}", aws__UserAgent="x" * 8_000)
        assert notes.allowances.bytes <= 100_000
    assert 0 < len(notes.allowances) < 10
    notes.allow("huge", aws__UserAgent="x" * 200_000)
    assert notes.allowances.bytes <= 100_000
    notes.allowances.clear()
    assert (len(notes.allowances), notes.allowances.bytes, notes.allowances.lost) == (0, 0, None)


def test_a_resource_of_somebody_else_is_another() -> None:
    """A bucket's name may move to another account: the old owner's count does not go on."""
    notes = Notes()
    public = policy(allowing("s3:*", Principal="*"), kind=PolicyKind.RESOURCE)
    policies = PolicySet(identity=PLAIN.identity, resource=public)
    notes.allow(policies=policies)
    notes.allow(policies=policies, owner=AWAY)
    counts = {each.records[0].request.resource_account: each.times for each in notes.all()}
    assert counts == {HOME: 1, AWAY: 1}


def test_it_concerns_its_accounts_alone() -> None:
    notes = Notes()
    notes.allow()
    (kept,) = notes.all()
    assert notes.allowances.recent(AWAY, NOW) == []
    log = DecisionLog(allowances=notes.allowances)
    found = {account: log.find(kept.decision_id, account, NOW) is not None for account in (HOME, AWAY)}
    assert found == {HOME: True, AWAY: False}


@pytest.mark.parametrize(("most", "kept"), [(0, False), (1, True)])
def test_a_log_says_from_when_on_it_knows(most: int, kept: bool) -> None:
    clock = FixedClock(NOW)
    log = begin_decision_log(most, clock, lambda: "id")
    assert log.since(NOW + timedelta(hours=1)) == NOW
    assert log.allowed_since(NOW + timedelta(hours=1)) == (NOW if kept else None)
    assert log.since(NOW + timedelta(hours=30)) == NOW + timedelta(hours=6)
