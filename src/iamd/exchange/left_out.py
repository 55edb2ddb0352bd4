"""
What an account has, and an export has not: it is this server's, or somebody else's, or not whole without others.

Of what every account keeps to itself (access keys, passwords, devices, private keys) nothing is said here: `iamd export`
says it of all exports.
"""

from collections.abc import Iterator

from iamd.domain.handshakes import HandshakeState
from iamd.exchange.problems import Note
from iamd.operations.call import Call
from iamd.operations.organization_access import find_organization


def what_is_left_out(call: Call) -> Iterator[Note]:
    """Yield what of the account of *call* is not carried over, and why."""
    yield from _organization(call)
    yield from _endpoints(call)
    yield from _outbound_federation(call)


def _organization(call: Call) -> Iterator[Note]:
    organization = find_organization(call)
    if organization is None:
        return
    where = f"organization `{organization.organization_id}`"
    if organization.management_account_id != call.account_id:
        yield Note(where=where, message="an export is of one account: its membership is not carried over")
        return
    parts = ["units", "policies"]
    id_ = organization.organization_id
    if call.store.service_accesses.page(id_, None, 1):
        parts.append("trusted services")
    if call.store.delegated_administrators.all(id_):
        parts.append("delegated administrators")
    if organization.features:
        parts.append("features of central root access")
    if call.store.organization_resource_policies.find(id_) is not None:
        parts.append("resource policy")
    said = ", ".join(parts)
    yield Note(
        where=where,
        message=f"an export is of one account: accounts, {said} are not carried over; a seed can hold them",
    )
    handshakes = call.store.handshakes.of_organization(id_)
    waiting = [each for each in handshakes if each.state_at(call.now) is HandshakeState.OPEN]
    if waiting:
        yield Note(
            where=where, message=f"{len(waiting)} open handshakes are not carried over: invite them again"
        )


def _endpoints(call: Call) -> Iterator[Note]:
    own = [each for each in call.store.vpc_endpoints.all() if each.account_id == call.account_id]
    if own:
        yield Note(
            where="VPC endpoints",
            message=f"{len(own)} not carried over: they are the server's; make them with `iamd account endpoint`"
            " or in a seed",
        )


def _outbound_federation(call: Call) -> Iterator[Note]:
    federation = call.store.outbound_federations.find(call.account_id)
    if federation is not None and federation.enabled:
        yield Note(
            where="outbound federation",
            message="not carried over: issuer and private keys are the server's; enable it again, and let those who"
            " trust the issuer trust the new one",
        )
