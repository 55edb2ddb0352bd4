"""The log of denials: bounded, forgetful, and closed to everybody whom a denial does not concern."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.iampolicy.cases import AWAY, HOME, policy, session, user
from tests.iampolicy.cases import allow as allowing

from iamd.auth.decisions import DecisionLog, Denial
from iamd.auth.recorded import KEPT
from iampolicy import Layer, PolicyKind, PolicySet, Request, evaluate

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def denial(
    policies: PolicySet | None = None,
    at: datetime = NOW,
    account: str = HOME,
    keys: Mapping[str, str] | None = None,
    **context: str,
) -> Denial:
    request = Request(
        principal=user(),
        action="s3:GetObject",
        resource="arn:aws:s3:::bucket/key",
        resource_account=account,
        context={**(keys or {}), **{key.replace("__", ":"): value for key, value in context.items()}},
    )
    policies = policies or PolicySet()
    return Denial(
        at=at,
        account_id=HOME,
        caller_arn=request.principal.arn,
        caller_id="AIDABOB",
        operation="GetObject",
        request=request,
        policies=policies,
        decision=evaluate(request, policies),
    )


def test_a_denial_is_found_by_its_id() -> None:
    log, one = DecisionLog(), denial()
    log.add("one", one)
    assert log.find("one", HOME, NOW) is one
    assert log.find("two", HOME, NOW) is None


def test_a_denial_concerns_two_accounts_and_nobody_else() -> None:
    """R-28: to others the id is of nothing."""
    log = DecisionLog()
    log.add("one", denial(account=AWAY))
    found = {account: log.find("one", account, NOW) is not None for account in (HOME, AWAY, "123456789012")}
    assert found == {HOME: True, AWAY: True, "123456789012": False}


def test_a_denial_is_kept_a_day() -> None:
    log = DecisionLog()
    log.add("one", denial())
    assert log.find("one", HOME, NOW + KEPT - timedelta(seconds=1)) is not None
    assert log.find("one", HOME, NOW + KEPT) is None
    # And its memory is given back when the next one comes.
    log.add("two", denial(at=NOW + KEPT))
    assert len(log) == 1


def test_the_oldest_goes_when_there_are_too_many() -> None:
    log = DecisionLog(most_records=2)
    for name in ("one", "two", "three"):
        log.add(name, denial())
    assert [name for name in ("one", "two", "three") if log.find(name, HOME, NOW)] == ["two", "three"]


def test_a_policy_is_counted_once_however_many_records_have_it() -> None:
    shared = policy(allowing("iam:*"))
    full = PolicySet(
        identity=(shared, shared),
        boundary=policy(allowing("iam:*"), kind=PolicyKind.BOUNDARY),
        session=(policy(allowing("iam:*"), kind=PolicyKind.SESSION),),
        scps=((policy(allowing("iam:*"), kind=PolicyKind.SCP),),),
    )
    log = DecisionLog()
    log.add("one", denial(full))
    first = log.bytes
    log.add("two", denial(full))
    second = log.bytes - first
    assert 0 < second < first / 2
    log.add("other", denial(PolicySet(identity=(policy(allowing("iam:*")),))))
    assert log.bytes - first - second > second
    log.clear()
    assert (len(log), log.bytes) == (0, 0)


def test_bytes_are_given_back_to_the_last() -> None:
    """Memory that is counted and never given back would empty the log in the end."""
    log = DecisionLog(most_records=1)
    for number in range(20):
        log.add(
            str(number), denial(PolicySet(identity=(policy(allowing("iam:*")),)), aws__UserAgent="x" * number)
        )
    assert log.bytes == _alone(
        denial(PolicySet(identity=(policy(allowing("iam:*")),)), aws__UserAgent="x" * 19)
    )


def _alone(one: Denial) -> int:
    log = DecisionLog()
    log.add("one", one)
    return log.bytes


def test_what_one_caller_can_make_it_keep_is_bounded() -> None:
    log = DecisionLog(most_bytes=100_000)
    for number in range(200):
        log.add(str(number), denial(aws__UserAgent="x" * 8000))
        assert log.bytes <= 100_000
    assert 0 < len(log) < 10
    log.add("huge", denial(aws__UserAgent="x" * 200_000))
    assert (len(log), log.bytes) == (0, 0)


OF_THE_CALLER = {Layer.SCP, Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION}
OF_THE_RESOURCE = {Layer.RCP, Layer.RESOURCE, Layer.TRUST}


@pytest.mark.parametrize(
    ("reader", "endpoint", "closed"),
    [
        (HOME, None, OF_THE_RESOURCE),
        (AWAY, None, OF_THE_CALLER),
        (HOME, HOME, OF_THE_RESOURCE),
        (AWAY, HOME, OF_THE_CALLER | {Layer.ENDPOINT}),
        (AWAY, AWAY, OF_THE_CALLER),
        (HOME, "444455556666", OF_THE_RESOURCE | {Layer.ENDPOINT}),
        ("444455556666", "444455556666", OF_THE_CALLER | OF_THE_RESOURCE),
    ],
)
def test_each_account_reads_its_own_layers(reader: str, endpoint: str | None, closed: set[Layer]) -> None:
    assert replace(denial(account=AWAY), endpoint_account_id=endpoint).closed_to(reader) == closed
    assert denial().closed_to(HOME) == frozenset()


def test_an_account_does_not_read_what_the_other_says_of_its_own() -> None:
    of_the_caller = dict.fromkeys(
        [
            "aws:PrincipalTag/secret",
            "aws:SourceIp",
            "aws:SourceVpc",
            "aws:SourceVpcArn",
            "aws:SourceVpce",
            "aws:VpcSourceIp",
            "aws:VpceAccount",
            "aws:VpceOrgID",
            "aws:VpceOrgPaths",
        ],
        "2",
    )
    one = denial(
        account=AWAY,
        keys={
            "aws:ResourceTag/secret": "1",
            "iam:ResourceTag/secret": "1",
            "AWS:resourceTag/Secret": "1",
            "aws:ResourceOrgID": "o-1",
            "aws:username": "bob",
        }
        | of_the_caller,
    )
    assert set(one.request_for(HOME).context) == {*of_the_caller, "aws:username"}
    assert set(one.request_for(AWAY).context) == set(one.request.context) - set(of_the_caller)
    own = replace(one, account_id=AWAY, request=replace(one.request, principal=session(account=AWAY)))
    assert own.request_for(AWAY) is own.request
