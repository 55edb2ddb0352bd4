"""
The policy simulator, and the context keys that its policies ask for.

Nothing is done, and nobody is asked for: the engine that decides requests decides these questions too.  What holds here:

* A simulation tells of permissions of others; SimulatePrincipalPolicy is asked on the user, group or role.
* A custom simulation knows nothing but what came with the request.
* The more resources and statements, the fewer actions on a page: a page is at most a thousand decisions.

AWS: *Testing IAM policies with the IAM policy simulator*.
"""

from collections.abc import Iterable, Sequence

from iamd.auth.context import Context, organization_context
from iamd.auth.target import Target
from iamd.catalogue.services import aws_services
from iamd.domain.arns import name_of
from iamd.domain.groups import Group
from iamd.domain.ids import UniqueId
from iamd.domain.roles import Role
from iamd.domain.tags import Tag
from iamd.domain.users import User
from iamd.errors import InvalidInput, PolicyEvaluation
from iamd.operations.call import Call, Params, Result
from iamd.operations.entities import Entity, EntityName, find_entity, get_entity, parse_entity
from iamd.operations.paginate import DEFAULT_MAX_ITEMS, paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything
from iamd.operations.simulation_input import (
    Exclusions,
    actions,
    boundary_document,
    compile_document,
    context_entries,
    identity_documents,
    organization_documents,
    owner_of,
    resource_document,
    resource_owner,
    resources,
)
from iamd.operations.simulator import ANYTHING, Simulation, account_of
from iampolicy import Policy, PolicyKind, Principal, PrincipalKind, context_keys
from iampolicy.text import ascii_lower

_EVERYTHING = 10_000
_KINDS = {"user": PrincipalKind.USER, "group": PrincipalKind.USER, "role": PrincipalKind.ASSUMED_ROLE}


def _entity(arn: str) -> EntityName:
    entity = parse_entity(arn)
    if entity is None:
        raise InvalidInput(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    return entity


def _source(call: Call, params: Params) -> Target:
    """The user, group or role that ``PolicySourceArn`` names."""
    entity = _entity(params["PolicySourceArn"])
    found = find_entity(call, entity)
    tags: tuple[Tag, ...] = () if found is None or isinstance(found, Group) else found.tags
    return Target(arn=entity.arn, account_id=entity.account, tags=tags)


def _policies_of(call: Call, found: Entity) -> tuple[tuple[Policy, ...], Policy | None]:
    """
    Return the identity-based policies of an entity, those of a user's groups included, and its boundary.

    Raises:
        PolicyEvaluation: The text of one cannot be had; it might hold a Deny.
    """
    if isinstance(found, Group):
        return _policies_of_group(call, found), None
    kind, id_ = ("user", found.user_id) if isinstance(found, User) else ("role", found.role_id)
    snapshot = call.view.principal(kind, id_)
    if snapshot is None:
        raise RuntimeError(f"{found.arn} is there and has no snapshot")
    if snapshot.textless_policies:
        raise _textless(snapshot.textless_policies[0])
    return snapshot.identity_policies, snapshot.boundary


def _policies_of_group(call: Call, group: Group) -> tuple[Policy, ...]:
    policies = [
        compile_document(inline.document, PolicyKind.IDENTITY, inline.name, f"{group.arn}/{inline.name}")
        for inline in call.store.inline_policies.page(UniqueId(group.group_id), None, _EVERYTHING)
    ]
    for arn in call.store.policy_attachments.of(UniqueId(group.group_id)):
        attached = call.view.policy(arn)
        if attached is None:
            raise _textless(arn)
        policies.append(attached.policy)
    return tuple(policies)


def _textless(arn: str) -> PolicyEvaluation:
    return PolicyEvaluation(f"The text of the policy {arn} is not installed.")


def _names(policies: Iterable[Policy]) -> dict[int, str]:
    """Return what AWS calls policies in matched statements: inline ones ``user_bob_name``, managed ones by name."""
    owners = {id(policy): (owner_of(policy), policy.name) for policy in policies}
    return {key: "_".join((*owner, name)) if owner else name for key, (owner, name) in owners.items()}


def _caller_of(arn: str, unique_id: str = "") -> Principal:
    """Return the principal that *arn* would be; a role as itself, since no session of it has been made."""
    entity = _entity(arn)
    return Principal(
        kind=_KINDS[entity.kind], account=entity.account, arn=arn, identity_arn=arn, unique_id=unique_id
    )


def _known_of(principal: Principal) -> Context:
    """Return the context keys that an ARN alone tells of a caller."""
    known: Context = {
        "aws:PrincipalArn": principal.arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": str(principal.kind),
        "aws:PrincipalIsAWSService": "false",
    }
    if principal.arn.partition(":user/")[1]:
        known["aws:username"] = name_of(principal.arn)
    return known


def _context(params: Params, known: Context) -> Context:
    """Return what is known and what was given, which wins whatever its spelling."""
    given = context_entries(params)
    names = {ascii_lower(name) for name in given}
    return {**{name: value for name, value in known.items() if ascii_lower(name) not in names}, **given}


def _simulate(call: Call, params: Params, simulation: Simulation) -> Result:
    asked, on = actions(params), resources(params)
    most = min(int(params.get("MaxItems", DEFAULT_MAX_ITEMS)), simulation.most_actions(len(on)))

    def fetch(after: str | None, limit: int) -> Sequence[tuple[int, str]]:
        start = 0 if after is None else int(after) + 1
        return list(enumerate(asked))[start : start + limit]

    return paginate(
        call,
        {**params, "MaxItems": most},
        "EvaluationResults",
        fetch,
        lambda item: str(item[0]),
        lambda item: simulation.results(item[1], on, aws_services()),
    )


@iam_operation("SimulateCustomPolicy", on=anything, mode=Mode.READ)
def simulate_custom_policy(call: Call, params: Params) -> Result:
    """
    Decide about actions and resources by policies that came with the request, and by nothing else.

    Raises:
        InvalidInput: Something of the request is malformed, or a resource policy came without a caller.
    """
    return _simulate(call, params, custom_simulation(call, params))


def custom_simulation(call: Call, params: Params) -> Simulation:
    """
    Return what SimulateCustomPolicy decides with.

    Raises:
        InvalidInput: See `simulate_custom_policy`.
    """
    caller_arn = params.get("CallerArn")
    resource_policy = resource_document(params)
    if caller_arn is None and resource_policy is not None:
        raise InvalidInput("CallerArn is required when there is a ResourcePolicy.")
    somebody = f"arn:aws:iam::{call.account_id}:user/simulated"
    principal = _caller_of(caller_arn or somebody)
    scps = organization_documents(params)
    return Simulation(
        principal=principal,
        identity=identity_documents(params),
        boundary=boundary_document(params),
        resource_policy=resource_policy,
        owner=resource_owner(params),
        scps=scps,
        of_organization=bool(scps),
        context=_context(params, _known_of(principal) if caller_arn is not None else {}),
    )


@iam_operation("SimulatePrincipalPolicy", on=_source, mode=Mode.READ)
def simulate_principal_policy(call: Call, params: Params) -> Result:
    """
    Decide about actions and resources as for a user, group or role, with policies of the request besides its own.

    Raises:
        InvalidInput: Something of the request is malformed.
        NoSuchEntity: There is no such user, group or role.
        PolicyEvaluation: The text of an attached policy cannot be had.
    """
    return _simulate(call, params, principal_simulation(call, params))


def principal_simulation(call: Call, params: Params) -> Simulation:
    """
    Return what SimulatePrincipalPolicy decides with.

    Raises:
        InvalidInput: See `simulate_principal_policy`.
        NoSuchEntity: Likewise.
        PolicyEvaluation: Likewise.
    """
    source = get_entity(call, _entity(params["PolicySourceArn"]))
    attached, own_boundary = _policies_of(call, source)
    exclusions = Exclusions(params)
    if exclusions.of_type("permission-boundary"):
        own_boundary = None
    identity = (*exclusions.kept(attached), *identity_documents(params))
    boundary = boundary_document(params) or own_boundary
    principal, known = _caller(call, params, source)
    account = call.view.account(principal.account) if principal.account == call.account_id else None
    on = resources(params)
    of_account = call.view.account(call.account_id)
    return Simulation(
        principal=principal,
        identity=identity,
        boundary=boundary,
        resource_policy=resource_document(params),
        trust_policies=_trust_policies(call, on),
        owner=resource_owner(params),
        scps=() if account is None or exclusions.of_type("scp") else account.scps,
        rcps={} if of_account is None else {call.account_id: of_account.rcps},
        of_organization=True,
        context=_context(params, known | organization_context("Principal", account)),
        names=_names(attached),
    )


def _caller(call: Call, params: Params, source: Entity) -> tuple[Principal, Context]:
    """Return who is simulated to ask, and what is known of them: the entity itself unless another is named."""
    caller: Entity | None = source
    arn = params.get("CallerArn", source.arn)
    if arn != source.arn:
        caller = find_entity(call, _entity(arn))
    match caller:
        case User():
            unique_id, tags = caller.user_id, caller.tags
        case Role():
            unique_id, tags = caller.role_id, caller.tags
        case _:
            unique_id, tags = UniqueId(""), ()
    principal = _caller_of(arn, unique_id)
    known = _known_of(principal)
    if isinstance(caller, User):
        known["aws:userid"] = unique_id
    known |= {f"aws:PrincipalTag/{tag.key}": tag.value for tag in tags}
    return principal, known


def _trust_policies(call: Call, on: Sequence[str]) -> dict[str, Policy]:
    """Return the trust policies of those roles of the account that are among the resources (semantics 74)."""
    found = {}
    for arn in on:
        if arn != ANYTHING and account_of(arn) == call.account_id and ":role/" in arn:
            role = call.view.role(arn)
            if role is not None:
                found[arn] = role.trust_policy
    return found


@iam_operation("GetContextKeysForCustomPolicy", on=anything, mode=Mode.READ)
def get_context_keys_for_custom_policy(_call: Call, params: Params) -> Result:
    """
    List the context keys that documents ask for.

    Raises:
        InvalidInput: One is no policy.
    """
    return {"ContextKeyNames": list(context_keys(identity_documents(params)))}


@iam_operation("GetContextKeysForPrincipalPolicy", on=_source, mode=Mode.READ)
def get_context_keys_for_principal_policy(call: Call, params: Params) -> Result:
    """
    List the context keys that the policies of a user, group or role ask for, and documents besides.

    Raises:
        InvalidInput: The ARN names no such entity, or a document is no policy.
        NoSuchEntity: There is no such user, group or role.
        PolicyEvaluation: The text of an attached policy cannot be had.
    """
    attached, _ = _policies_of(call, get_entity(call, _entity(params["PolicySourceArn"])))
    return {"ContextKeyNames": list(context_keys((*attached, *identity_documents(params))))}
