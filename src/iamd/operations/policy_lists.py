"""
Lists of managed policies: the account's by name, and behind them AWS's, with how often the account uses each.

A page takes no longer in an account with thousands of policies.
"""

from collections.abc import Sequence

from iamd.catalogue.managed_policies import AwsManagedPolicy
from iamd.operations.call import Call, Params
from iamd.operations.policies import AnyPolicy
from iamd.store.policies_interface import PolicyUsage, PolicyUses

_OWN, _AWS = "0/", "1/"
_USAGES = {
    "PermissionsPolicy": PolicyUsage.ATTACHED,
    "PermissionsBoundary": PolicyUsage.BOUNDARY,
}

Listed = tuple[AnyPolicy, PolicyUses]


def listed_policies(call: Call, params: Params, after: str | None, limit: int) -> Sequence[Listed]:
    """Return at most *limit* policies behind the position *after* that the filters let through."""
    scope, prefix = params.get("Scope", "All"), params.get("PathPrefix", "/")
    usages = _wanted_usages(params)
    found: list[Listed] = []
    if scope != "AWS" and (after is None or after.startswith(_OWN)):
        behind = None if after is None else after.removeprefix(_OWN)
        found += _own(call, prefix, usages, behind, limit)
    if scope != "Local" and len(found) < limit:
        behind = after.removeprefix(_AWS) if after is not None and after.startswith(_AWS) else ""
        found += _of_aws(call, prefix, usages, behind, limit - len(found))
    return found


def policy_position(policy: AnyPolicy) -> str:
    """Return where *policy* stands: by name, since with a long path an ARN could be longer than a marker may be."""
    return f"{_AWS if isinstance(policy, AwsManagedPolicy) else _OWN}{policy.name.lower()}"


def _wanted_usages(params: Params) -> set[PolicyUsage]:
    """Return in which ways a policy must be used, all of them."""
    wanted = {_USAGES[params["PolicyUsageFilter"]]} if "PolicyUsageFilter" in params else set()
    return wanted | {PolicyUsage.ATTACHED} if params.get("OnlyAttached") else wanted


def _own(
    call: Call, prefix: str, usages: set[PolicyUsage], after: str | None, limit: int
) -> Sequence[Listed]:
    policies, found = call.store.managed_policies, list[Listed]()
    first = next(iter(usages), None)
    while len(found) < limit:
        page = policies.page_with_uses(call.account_id, prefix, first, after, limit)
        found += [listed for listed in page if _is_used(listed[1], usages)]
        if len(page) < limit:
            break
        after = page[-1][0].name
    return found[:limit]


def _of_aws(call: Call, prefix: str, usages: set[PolicyUsage], after: str, limit: int) -> Sequence[Listed]:
    uses = call.store.policy_attachments.uses_of_aws(call.account_id)
    found: list[Listed] = []
    for policy in call.catalogue.page(prefix, after):
        if len(found) == limit:
            break
        if _is_used(uses.get(policy.arn, PolicyUses()), usages):
            found.append((policy, uses.get(policy.arn, PolicyUses())))
    return found


def _is_used(uses: PolicyUses, usages: set[PolicyUsage]) -> bool:
    numbers = {PolicyUsage.ATTACHED: uses.attachments, PolicyUsage.BOUNDARY: uses.boundaries}
    return all(numbers[usage] for usage in usages)
