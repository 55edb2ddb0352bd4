"""Accesses, and the reports about them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.store_values import ACCOUNT_ID, AT, LATER, OTHER_ACCOUNT_ID, read, write

from iamd.domain.access_reports import (
    KEPT,
    MOST_KEPT,
    AccessReport,
    AccountUse,
    ActionUse,
    EntityUse,
    OrganizationAccess,
    ReportedEntity,
    ReportFailure,
    ReportKind,
    ServiceAccess,
    ServiceUse,
    ServiceUseOfAccounts,
)
from iamd.domain.accesses import Access
from iamd.store import access_reports
from iamd.store.interface import Store

ACCESS = Access(
    account_id=ACCOUNT_ID,
    principal_id="AIDAONE",
    service="iam",
    action="GetUser",
    at=AT,
    region="us-east-1",
)
USE = EntityUse(0, AT, "eu-west-1")
SERVICES = ServiceAccess(
    (ReportedEntity("USER", "AIDAONE", "Größe", "/☃/", "arn:aws:iam::123456789012:user/☃/Größe"),),
    (
        ServiceUse("iam", "AWS Identity and Access Management", (USE,), (ActionUse("GetUser", USE),)),
        ServiceUse("s3", "Amazon S3", actions=(ActionUse("CreateBucket", None),)),
    ),
)
ORGANIZATION = OrganizationAccess(
    (
        ServiceUseOfAccounts("iam", "IAM", 2, AccountUse("o-a/r-b/123456789012", LATER, "us-east-1")),
        ServiceUseOfAccounts("s3", "S3"),
    )
)
FAILURE = ReportFailure("AccessDenied", "Not for you.")


def record(store: Store, *accesses: Access) -> None:
    for access in accesses:
        write(store, lambda tx, access=access: tx.accesses.record_all([access]))  # type: ignore[misc]


def of(store: Store, principal_id: str = "AIDAONE") -> list[Access]:
    found = read(store, lambda tx: tx.accesses.of(principal_id, AT - timedelta(days=1)))
    return sorted(found, key=lambda access: access.action)


def report(job_id: str, **changes: object) -> AccessReport:
    made = AccessReport(
        account_id=ACCOUNT_ID,
        job_id=job_id,
        requester="AIDAONE",
        kind=ReportKind.ACTION_LEVEL,
        created_at=AT,
        completed_at=LATER,
        outcome=SERVICES,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_last_access_is_kept(store: Store) -> None:
    later = replace(ACCESS, at=LATER, region="eu-west-1")
    record(store, ACCESS, later, replace(ACCESS, at=AT - timedelta(hours=1), region="us-west-2"))
    assert of(store) == [later]
    at_the_same_time = replace(later, region="eu-west-2")
    record(store, at_the_same_time)
    assert of(store) == [at_the_same_time]


def test_each_principal_service_and_action_has_its_own(store: Store) -> None:
    others = [
        replace(ACCESS, action="ListUsers"),
        replace(ACCESS, service="sts", action="GetCallerIdentity"),
    ]
    record(store, ACCESS, *others, replace(ACCESS, principal_id="AIDATWO"))
    assert of(store) == [others[1], ACCESS, others[0]]
    assert of(store, "AIDATHREE") == []


def test_what_is_too_old_is_not_told_and_then_forgotten(store: Store) -> None:
    old = replace(ACCESS, action="ListUsers", at=AT - timedelta(days=1, microseconds=1))
    record(store, ACCESS, old)
    assert of(store) == [ACCESS]

    def told() -> list[Access]:
        return read(store, lambda tx: tx.accesses.of("AIDAONE", AT - timedelta(days=9)))

    assert sorted(told(), key=lambda access: access.at) == [old, ACCESS]
    write(store, lambda tx: tx.accesses.forget(AT))
    assert told() == [ACCESS]


def test_the_last_of_each_service_in_an_account(store: Store) -> None:
    last = replace(ACCESS, principal_id="AROATWO", action="ListUsers", at=LATER)
    elsewhere = replace(ACCESS, account_id=OTHER_ACCOUNT_ID, principal_id="AIDATHREE", at=LATER)
    of_sts = replace(ACCESS, service="sts", action="AssumeRole")
    record(store, ACCESS, last, elsewhere, of_sts)

    def told(since: object) -> list[Access]:
        return read(store, lambda tx: tx.accesses.last_of_services(ACCOUNT_ID, since))  # type: ignore[arg-type]

    assert told(AT) == [last, of_sts]
    assert told(LATER) == [last]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (ReportKind.ACTION_LEVEL, SERVICES),
        (ReportKind.SERVICE_LEVEL, ServiceAccess((), ())),
        (ReportKind.ORGANIZATION, ORGANIZATION),
        (ReportKind.ORGANIZATION, FAILURE),
        (ReportKind.SERVICE_LEVEL, FAILURE),
    ],
    ids=["services", "nothing", "organization", "failed organization", "failed services"],
)
def test_a_report_is_kept_as_it_is(
    store: Store, kind: ReportKind, outcome: ServiceAccess | OrganizationAccess | ReportFailure
) -> None:
    made = report("one", kind=kind, outcome=outcome)
    write(store, lambda tx: tx.access_reports.add(made))
    assert read(store, lambda tx: tx.access_reports.find(ACCOUNT_ID, "one")) == made
    assert read(store, lambda tx: tx.access_reports.find(OTHER_ACCOUNT_ID, "one")) is None
    assert read(store, lambda tx: tx.access_reports.find(ACCOUNT_ID, "two")) is None


def test_a_report_that_is_too_old_goes_when_another_one_comes(store: Store) -> None:
    there = report("there", created_at=AT - KEPT)
    theirs = report("theirs", created_at=AT - 2 * KEPT, account_id=OTHER_ACCOUNT_ID)
    old = report("old", created_at=AT - KEPT - timedelta(microseconds=1))
    for each in (theirs, old, there, report("new")):
        write(store, lambda tx, each=each: tx.access_reports.add(each))  # type: ignore[misc]
    found = [
        read(store, lambda tx, job=job: tx.access_reports.find(job.account_id, job.job_id))  # type: ignore[misc]
        for job in (theirs, old, there)
    ]
    assert found == [theirs, None, there]


@pytest.mark.slow
def test_the_oldest_reports_go_when_there_are_too_many(store: Store) -> None:
    def fill(tx: object) -> None:
        execution = tx.access_reports._execution  # type: ignore[attr-defined]
        row = access_reports._row(report(""))
        for number in range(MOST_KEPT):
            execution.write(access_reports._ADD, row | {"job_id": str(number)})

    write(store, fill)
    write(store, lambda tx: tx.access_reports.add(report("last")))
    there = {
        job_id: read(store, lambda tx, job_id=job_id: tx.access_reports.find(ACCOUNT_ID, job_id)) is not None  # type: ignore[misc]
        for job_id in ("0", "1", "last")
    }
    assert there == {"0": False, "1": True, "last": True}
