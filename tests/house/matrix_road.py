"""
The road of the golden matrix: every step in the order in which each actor takes it.
"""

from collections.abc import Iterator

from tests.house.matrix_account import (
    access_reports,
    account,
    delegation,
    outbound_federation,
    role_templates,
    root_access,
    sessions,
    simulation,
)
from tests.house.matrix_entities import (
    devices,
    farewell,
    groups,
    policies,
    providers,
    roles,
    server_certificates,
    service_linked_roles,
    users,
)
from tests.house.matrix_step import Names, Step
from tests.house.town import Town


def steps(town: Town, names: Names) -> Iterator[Step]:
    """Yield the road; each step is made when the one before it is done."""
    yield from users(names)
    yield from groups(names)
    yield from policies(names)
    yield from roles(names)
    yield from service_linked_roles(names)
    yield from server_certificates(names)
    yield from devices(town, names)
    yield from providers(names)
    yield from account(names)
    yield from delegation(town, names)
    yield from role_templates(names)
    yield from outbound_federation()
    yield from root_access()
    yield from access_reports(names)
    yield from simulation(names)
    yield from sessions(town, names)
    yield from farewell(names)
