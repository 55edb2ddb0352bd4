"""
Make VPC endpoints and change their policies.

No operation of IAM or STS does so (on AWS it is EC2's business): seeds do, and the operator (`iamd.server.vpc_endpoints`).
"""

from dataclasses import replace

from iamd.domain.vpc_endpoints import VPCEndpoint, check_ids, check_size
from iamd.errors import NoSuchEntity
from iamd.operations.documents import check_document
from iamd.store.interface import Transaction
from iampolicy import PolicyKind


def add_endpoint(transaction: Transaction, endpoint: VPCEndpoint) -> None:
    """
    Put *endpoint* into the store.

    Raises:
        InvalidInput: Its ids or its region have another form than AWS's, or its policy is too long.
        MalformedPolicyDocument: Its policy is none.
        NoSuchEntity: There is no such account.
        EntityAlreadyExists: The id is taken.
    """
    check_ids(endpoint.endpoint_id, endpoint.vpc_id, endpoint.region)
    _check_policy(endpoint.policy)
    if transaction.accounts.find(endpoint.account_id) is None:
        raise NoSuchEntity(f"The account {endpoint.account_id} cannot be found.")
    transaction.vpc_endpoints.add(endpoint)


def set_policy(transaction: Transaction, endpoint_id: str, policy: str) -> VPCEndpoint:
    """
    Give an endpoint another policy, and return it.

    Raises:
        InvalidInput: The policy is too long.
        MalformedPolicyDocument: It is none.
        NoSuchEntity: There is no such endpoint.
    """
    _check_policy(policy)
    changed = replace(transaction.vpc_endpoints.get(endpoint_id), policy=policy)
    transaction.vpc_endpoints.put(changed)
    return changed


def _check_policy(policy: str) -> None:
    check_size(policy)
    check_document(policy, PolicyKind.ENDPOINT)
