"""Credential reports, and the preferences of accounts."""

from dataclasses import replace

from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, AT, LATER, OTHER_ACCOUNT_ID, read, write

from iamd.domain.credential_reports import CredentialReport
from iamd.store.interface import Store


def test_the_last_report_of_an_account_is_kept(store: Store) -> None:
    first = CredentialReport(account_id=ACCOUNT_ID, content="user,arn\nGröße,\n", generated_at=AT)
    second = replace(first, content="", generated_at=LATER)
    assert read(store, lambda tx: tx.credential_reports.find(ACCOUNT_ID)) is None
    for each in (first, second):
        write(store, lambda tx, each=each: tx.credential_reports.put(each))  # type: ignore[misc]
        assert read(store, lambda tx: tx.credential_reports.find(ACCOUNT_ID)) == each
    assert read(store, lambda tx: tx.credential_reports.find(OTHER_ACCOUNT_ID)) is None


def test_the_token_version_of_an_account_is_kept(store: Store) -> None:
    changed = values.account(ACCOUNT_ID, global_endpoint_token_version=2)
    write(store, lambda tx: tx.accounts.put(changed))
    assert read(store, lambda tx: tx.accounts.find(ACCOUNT_ID)) == changed
