"""The record of which client can do what says what these tests show."""

import pytest
from tests.clients import flows
from tests.clients.toolchain import ALL
from tests.clients.tools import TOOLS


def test_every_flow_is_in_the_record(request: pytest.FixtureRequest) -> None:
    shown = flows.shown(request.session)
    works = {(row.flow, row.client) for row in flows.recorded() if row.result == flows.WORKS}
    assert shown - works == set(), "run `make compatibility`"
    if flows.is_whole(request.session):
        ran = {client for _, client in shown}
        assert {row for row in works - shown if row[1] in ran} == set(), "run `make compatibility`"


def test_every_client_in_the_record_is_known() -> None:
    known = {client.name for client in (*ALL, *TOOLS)}
    assert {row.client for row in flows.recorded()} - known == set()


def test_what_no_run_can_show_is_in_the_record() -> None:
    others = [(row.client, row.flow, row.result) for row in flows.recorded() if row.result != flows.WORKS]
    assert others == list(flows.NOT_TESTED)
