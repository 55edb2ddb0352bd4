"""
Accounts as decisions see them: whether they are open, where in an organization, under which of its policies, and who may
act as their root.

A level is what is attached to the root, to one unit, or to the account itself.  The management account has no levels:
policies do not touch it (semantics 53, 54).
"""

from collections.abc import Callable
from dataclasses import replace

from iamd.catalogue import organization_policies as of_aws
from iamd.directory.snapshots import AccountSnapshot, Dependency
from iamd.domain.accounts import Account, AccountStatus
from iamd.domain.ids import AccountId
from iamd.domain.organization_members import OrganizationMember
from iamd.domain.organizational_units import DEEPEST
from iamd.domain.organizations import Organization, PolicyType
from iamd.domain.service_accesses import IAM
from iamd.store.interface import ChangeKind, Transaction
from iampolicy import Policy, PolicyKind

Compile = Callable[[str, PolicyKind, str, str], Policy]
Levels = tuple[tuple[Policy, ...], ...]


def load_account(
    transaction: Transaction, compile_policy: Compile, account_id: str
) -> AccountSnapshot | None:
    """Return the snapshot of an account; None when there is none."""
    account = transaction.accounts.find(AccountId(account_id))
    if account is None:
        return None
    member = transaction.organization_members.find(account.account_id)
    organization = transaction.organizations.find(member.organization_id) if member else None
    if member is None or organization is None:
        return _snapshot(account)
    above = path_to(transaction, organization, member.parent_id)
    scps: Levels = ()
    rcps: Levels = ()
    if organization.management_account_id != account_id:
        targets = [*above, account_id]
        scps, rcps = (
            policy_levels(transaction, compile_policy, organization, targets, type_)
            for type_ in (PolicyType.SERVICE_CONTROL_POLICY, PolicyType.RESOURCE_CONTROL_POLICY)
        )
    snapshot = _snapshot(account, member, above, scps, rcps)
    if not organization.features or organization.management_account_id == account_id:
        return snapshot
    # There are features only as long as IAM has been let in.
    administrators = {
        each.account_id
        for each in transaction.delegated_administrators.all(organization.organization_id)
        if each.service_principal == IAM
    }
    return replace(
        snapshot,
        root_administrators=frozenset({organization.management_account_id, *administrators}),
        root_features=organization.features,
    )


def path_to(transaction: Transaction, organization: Organization, parent_id: str) -> list[str]:
    """
    Return the ids from the root down to the root or unit *parent_id*, both included.

    Raises:
        LookupError: It is not in the organization.
    """
    path: list[str] = []
    at = parent_id
    while at != organization.root_id:
        unit = transaction.organizational_units.find(organization.organization_id, at)
        if unit is None or len(path) == DEEPEST:
            raise LookupError(f"{parent_id} does not hang under {organization.root_id}")
        path.append(unit.unit_id)
        at = unit.parent_id
    return [organization.root_id, *reversed(path)]


def policy_levels(
    transaction: Transaction,
    compile_policy: Compile,
    organization: Organization,
    targets: list[str],
    type_: PolicyType,
) -> Levels:
    """Return the policies attached to each of *targets*, a root first; no levels while the type is not enabled."""
    if type_ not in organization.policy_types:
        return ()
    return tuple(
        tuple(
            _compiled(transaction, compile_policy, organization, policy_id)
            for policy_id in transaction.organization_policy_attachments.of(
                organization.organization_id, target, type_
            )
        )
        for target in targets
    )


def _compiled(
    transaction: Transaction, compile_policy: Compile, organization: Organization, policy_id: str
) -> Policy:
    policy = of_aws.find(policy_id) or transaction.organization_policies.find(
        organization.organization_id, policy_id
    )
    if policy is None:
        raise LookupError(f"{policy_id} is attached and is not there")
    return compile_policy(policy.content, policy.type.kind, policy.name, policy.arn(organization))


def _snapshot(
    account: Account,
    member: OrganizationMember | None = None,
    above: list[str] | None = None,
    scps: Levels = (),
    rcps: Levels = (),
) -> AccountSnapshot:
    depends: set[Dependency] = {(ChangeKind.ACCOUNT, account.account_id)}
    if member is not None:
        depends.add((ChangeKind.ORGANIZATION, member.organization_id))
    return AccountSnapshot(
        account_id=account.account_id,
        active=account.status is AccountStatus.ACTIVE,
        organization_id=member.organization_id if member else None,
        # AWS: *aws:PrincipalOrgPaths*: ids from the organization down, with a slash behind each.
        organization_path="/".join([member.organization_id, *(above or ()), ""]) if member else None,
        scps=scps,
        rcps=rcps,
        depends_on=frozenset(depends),
    )
