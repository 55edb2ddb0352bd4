"""The order of a decision: semantics 52-65 and 90."""

from typing import Any

import pytest
from tests.iampolicy.cases import (
    ALLOWED,
    ANONYMOUS,
    AWAY,
    EXPLICIT,
    HOME,
    IMPLICIT,
    Json,
    allow,
    ask,
    deny,
    federated_root,
    federated_user,
    policy,
    root,
    service,
    session,
    trust,
    user,
    web_identity,
)

from iampolicy import (
    Decision,
    Effect,
    Layer,
    Outcome,
    Policy,
    PolicyKind,
    PolicySet,
    Principal,
)

YES = policy(allow())
SILENT = policy(allow("iam:GetUser"))
NO = policy(deny())
USER = f"arn:aws:iam::{HOME}:user/bob"
ROLE = f"arn:aws:iam::{HOME}:role/R"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/R/sess"
FEDERATED = f"arn:aws:sts::{HOME}:federated-user/fed"
ACCOUNT = f"arn:aws:iam::{HOME}:root"
TARGET_ROLE = f"arn:aws:iam::{HOME}:role/target"


def of_resource(principal: Any, effect: str = "Allow", kind: PolicyKind = PolicyKind.RESOURCE) -> Policy:
    statement: Json = {"Effect": effect, "Principal": principal, "Action": "*", "Resource": "*"}
    return policy(statement, kind=kind)


def scp(*statements: Json) -> Policy:
    return policy(*statements, kind=PolicyKind.SCP)


def rcp(*statements: Json) -> Policy:
    return policy(*({**each, "Principal": "*"} for each in statements), kind=PolicyKind.RCP)


# The same-account table.  Each row: the caller, whom the resource's policy allows, and what comes of it when the
# identity's policies, the boundary, the session policy are silent while the others allow.  The fourth: no session policy.
NAMES_USER = {"AWS": USER}
NAMES_ACCOUNT = {"AWS": HOME}
TABLE = [
    (user(), NAMES_USER, True, True, None, True),
    (user(), "*", True, True, None, True),
    (user(), NAMES_ACCOUNT, False, False, None, True),
    (user(), {"AWS": ACCOUNT}, False, False, None, True),
    (user(), None, False, False, None, True),
    (session(), {"AWS": ROLE}, True, False, False, True),
    (session(), {"AWS": SESSION}, True, True, True, True),
    (session(), "*", True, True, True, True),
    (session(), NAMES_ACCOUNT, False, False, False, True),
    (session(), None, False, False, False, True),
    (federated_user(), {"AWS": FEDERATED}, True, True, True, True),
    (federated_user(), NAMES_USER, True, False, False, False),
    (federated_user(), None, False, False, False, False),
    (federated_user(), "*", True, True, True, True),
    (federated_user(), NAMES_ACCOUNT, False, False, False, False),
    (federated_root(), None, True, None, False, False),
    (federated_root(), NAMES_ACCOUNT, True, None, False, False),
    (federated_root(), {"AWS": FEDERATED}, True, None, True, True),
]


@pytest.mark.parametrize(
    ("caller", "named", "identity", "boundary", "session_policy", "no_session_policy"), TABLE
)
def test_the_same_account_table(
    caller: Principal,
    named: Any,
    identity: bool,
    boundary: bool | None,
    session_policy: bool | None,
    no_session_policy: bool,
) -> None:
    """Semantics 52-61 and 90: does an Allow in the resource's policy suffice although one layer is silent?"""
    resource = of_resource(named) if named else None
    full_session = (YES,) if caller.arn.startswith("arn:aws:sts") else None

    silent_identity = PolicySet(identity=(SILENT,), resource=resource, session=full_session)
    assert ask(silent_identity, caller).allowed is identity
    if boundary is not None:
        with_boundary = PolicySet(identity=(YES,), boundary=SILENT, resource=resource, session=full_session)
        assert ask(with_boundary, caller).allowed is boundary
    if session_policy is not None:
        with_session = PolicySet(identity=(YES,), boundary=YES, session=(SILENT,), resource=resource)
        assert ask(with_session, caller).allowed is session_policy
    without = PolicySet(identity=(YES,), boundary=YES, session=None, resource=resource)
    assert ask(without, caller).allowed is no_session_policy
    everything = PolicySet(identity=(YES,), boundary=YES, session=full_session, resource=resource)
    assert ask(everything, caller).outcome is ALLOWED


@pytest.mark.parametrize("resource", [None, of_resource({"AWS": AWAY})])
def test_root_needs_nothing(resource: Policy | None) -> None:
    """The table's row for the root user: allowed unless an explicit Deny, an SCP or an RCP says otherwise."""
    assert ask(PolicySet(resource=resource), root()).outcome is ALLOWED
    assert ask(PolicySet(resource=of_resource({"AWS": HOME}, "Deny")), root()).outcome is EXPLICIT
    assert ask(PolicySet(scps=((scp(allow("iam:*")),),)), root()).outcome is IMPLICIT
    assert ask(PolicySet(rcps=((rcp(allow("iam:*")),),)), root()).outcome is IMPLICIT


def test_services_and_the_anonymous() -> None:
    """The table's last rows: the resource's policy alone decides, and RCP and endpoint still apply."""
    of_service = of_resource({"Service": "ec2.amazonaws.com"})
    assert ask(PolicySet(resource=of_service), service()).outcome is ALLOWED
    assert ask(PolicySet(resource=of_service), service("sns.amazonaws.com")).outcome is IMPLICIT
    assert ask(PolicySet(resource=of_service, identity=(NO,)), service()).outcome is EXPLICIT
    assert ask(PolicySet(identity=(YES,)), service()).outcome is IMPLICIT
    assert ask(PolicySet(resource=of_resource("*")), ANONYMOUS).outcome is ALLOWED
    assert ask(PolicySet(resource=of_resource(NAMES_ACCOUNT)), ANONYMOUS).outcome is IMPLICIT
    assert ask(PolicySet(identity=(YES,)), ANONYMOUS).outcome is IMPLICIT
    for more in (
        {"rcps": ((rcp(allow("iam:*")),),)},
        {"endpoint": of_resource({"AWS": HOME}, kind=PolicyKind.ENDPOINT)},
    ):
        assert ask(PolicySet(resource=of_resource("*"), **more), ANONYMOUS).outcome is IMPLICIT


@pytest.mark.parametrize(
    ("layer", "denying"),
    [
        (Layer.IDENTITY, {"identity": (YES, NO)}),
        (Layer.BOUNDARY, {"boundary": NO}),
        (Layer.SESSION, {"session": (YES, NO)}),
        (Layer.RESOURCE, {"resource": policy(deny(Principal="*"), kind=PolicyKind.RESOURCE)}),
        (Layer.SCP, {"scps": ((scp(allow()),), (scp(allow()), scp(deny())))}),
        (Layer.RCP, {"rcps": ((rcp(allow()), rcp(deny())),)}),
        (Layer.ENDPOINT, {"endpoint": policy(deny(Principal="*"), kind=PolicyKind.ENDPOINT)}),
        (Layer.TRUST, {"resource": policy(trust("*", "Deny", "*"), kind=PolicyKind.TRUST)}),
    ],
)
@pytest.mark.parametrize("caller", [user(), session(), root()])
def test_an_explicit_deny_anywhere_decides(layer: Layer, denying: dict[str, Any], caller: Principal) -> None:
    """Semantics 52; R-27."""
    everything: dict[str, Any] = {
        "identity": (YES,),
        "boundary": YES,
        "session": (YES,),
        "resource": of_resource("*"),
        "scps": ((scp(allow()),),),
        "rcps": ((rcp(allow()),),),
        "endpoint": of_resource("*", kind=PolicyKind.ENDPOINT),
    }
    decision = ask(PolicySet(**{**everything, **denying}), caller)
    assert decision.outcome is EXPLICIT
    assert decision.layer is layer
    assert decision.matched[0].effect is Effect.DENY
    assert decision.matched[0].layer is layer


def test_every_level_of_rcps_must_allow() -> None:
    """Semantics 53."""
    full, some = rcp(allow()), rcp(allow("iam:*"))
    good: dict[str, Any] = {"identity": (YES,)}
    assert ask(PolicySet(**good, rcps=((full,), (some, full)))).outcome is ALLOWED
    silent = ask(PolicySet(**good, rcps=((full,), (some,))))
    assert silent.outcome is IMPLICIT
    assert silent.layer is Layer.RCP
    assert ask(PolicySet(**good, rcps=((full,), ()))).outcome is IMPLICIT
    across = PolicySet(**good, resource=of_resource({"AWS": HOME}), rcps=((some,),))
    assert ask(across, account=AWAY).outcome is IMPLICIT


def test_every_level_of_scps_must_allow() -> None:
    """Semantics 54: OR within a level, AND across levels."""
    full, some = scp(allow()), scp(allow("iam:*"))
    assert ask(PolicySet(identity=(YES,), scps=((some, full), (full,)))).outcome is ALLOWED
    for levels in (((full,), (some,)), ((some,), (full,)), ((full,), ())):
        decision = ask(PolicySet(identity=(YES,), scps=levels))
        assert decision.outcome is IMPLICIT
        assert decision.layer is Layer.SCP
    direct = PolicySet(resource=of_resource(NAMES_USER), scps=((some,),))
    assert ask(direct).outcome is IMPLICIT


def test_service_linked_roles_are_left_alone() -> None:
    """Semantics 53, 54."""
    linked = session(role="AWSServiceRoleForX", path="/aws-service-role/x.amazonaws.com/")
    policies = PolicySet(identity=(YES,), scps=((scp(deny()),),), rcps=((rcp(deny()),),))
    assert ask(policies, linked).outcome is ALLOWED
    assert ask(policies, session()).outcome is EXPLICIT


def test_endpoints() -> None:
    """Semantics 55: a policy there must allow, when the call came through one."""
    for principal, expected in (("*", ALLOWED), ({"AWS": USER}, ALLOWED), ({"AWS": AWAY}, IMPLICIT)):
        endpoint = of_resource(principal, kind=PolicyKind.ENDPOINT)
        assert ask(PolicySet(identity=(YES,), endpoint=endpoint)).outcome is expected
    assert ask(PolicySet(endpoint=of_resource("*", kind=PolicyKind.ENDPOINT))).outcome is IMPLICIT


def test_identity_policies_are_one_set() -> None:
    """Semantics 57, 64: those of groups are the user's own."""
    assert ask(PolicySet(identity=(SILENT, YES))).outcome is ALLOWED
    assert ask(PolicySet(identity=(SILENT,))).outcome is IMPLICIT
    assert ask(PolicySet(identity=(YES, NO))).outcome is EXPLICIT


def test_a_group_is_no_principal() -> None:
    """Semantics 64."""
    group = of_resource({"AWS": f"arn:aws:iam::{HOME}:group/g"})
    assert ask(PolicySet(resource=group)).outcome is IMPLICIT


def test_a_boundary_grants_nothing() -> None:
    """Semantics 58."""
    assert ask(PolicySet(identity=(SILENT,), boundary=YES)).layer is Layer.IDENTITY
    decision = ask(PolicySet(identity=(YES,), boundary=SILENT))
    assert (decision.outcome, decision.layer) == (IMPLICIT, Layer.BOUNDARY)


def test_session_policies_are_one_set() -> None:
    """Semantics 59."""
    assert ask(PolicySet(identity=(YES,), session=(SILENT, YES)), session()).outcome is ALLOWED
    for policies in ((), (SILENT,)):
        decision = ask(PolicySet(identity=(YES,), session=policies), session())
        assert (decision.outcome, decision.layer) == (IMPLICIT, Layer.SESSION)
    assert ask(PolicySet(session=(YES,)), session()).layer is Layer.IDENTITY


def test_nothing_said_is_a_denial() -> None:
    """Semantics 60."""
    for caller in (user(), session(), federated_user(), service(), ANONYMOUS, web_identity()):
        assert ask(PolicySet(), caller).outcome is IMPLICIT


@pytest.mark.parametrize("granted", [{"AWS": HOME}, {"AWS": USER}, "*"])
@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"identity": (YES,)}, ALLOWED),
        ({"identity": (SILENT,)}, IMPLICIT),
        ({"identity": (YES,), "boundary": SILENT}, IMPLICIT),
        ({"identity": (YES,), "session": (SILENT,)}, IMPLICIT),
        ({"identity": (YES,), "scps": ((scp(allow("iam:*")),),)}, IMPLICIT),
        ({"identity": (YES, NO)}, EXPLICIT),
    ],
)
def test_across_accounts_both_sides_must_allow(granted: Any, own: dict[str, Any], expected: Outcome) -> None:
    """Semantics 62: a direct grant bypasses nothing."""
    assert ask(PolicySet(resource=of_resource(granted), **own), account=AWAY).outcome is expected
    assert ask(PolicySet(**own), account=AWAY).outcome in {IMPLICIT, EXPLICIT}
    denied = PolicySet(resource=of_resource("*", "Deny"), **own)
    assert ask(denied, account=AWAY).outcome is EXPLICIT


def test_across_accounts_for_sessions_and_root() -> None:
    """Semantics 62."""
    of_role = PolicySet(identity=(YES,), session=(SILENT,), resource=of_resource({"AWS": SESSION}))
    assert ask(of_role, session(), account=AWAY).layer is Layer.SESSION
    assert ask(PolicySet(resource=of_resource({"AWS": HOME})), root(), account=AWAY).outcome is ALLOWED
    assert ask(PolicySet(), root(), account=AWAY).outcome is IMPLICIT
    federated = PolicySet(identity=(YES,), resource=of_resource("*"))
    assert ask(federated, federated_user(), account=AWAY).layer is Layer.SESSION
    assert ask(PolicySet(resource=of_resource("*")), service(), account=AWAY).outcome is ALLOWED


@pytest.mark.parametrize("action", ["sts:GetCallerIdentity", "sts:GetSessionToken", "STS:getcalleridentity"])
def test_what_is_always_allowed(action: str) -> None:
    """Semantics 63: even against an explicit Deny; but somebody must be asking."""
    policies = PolicySet(identity=(NO,), scps=((scp(deny()),),))
    assert ask(policies, action=action, resource="*").outcome is ALLOWED
    assert ask(policies, ANONYMOUS, action=action, resource="*").outcome is EXPLICIT
    assert ask(policies, action=action + "x", resource="*").outcome is EXPLICIT


@pytest.mark.parametrize("kind", [PolicyKind.RESOURCE, PolicyKind.TRUST])
def test_policies_that_must_themselves_allow(kind: PolicyKind) -> None:
    """Semantics 63: trust policies and key policies; an account in them delegates."""

    def decide(principal: Any, caller: Principal, *identity: Policy) -> Decision:
        statement = trust(principal, action="*")
        resource = policy(statement, kind=kind)
        return ask(PolicySet(identity=identity, resource=resource, resource_must_allow=True), caller)

    assert decide({"AWS": AWAY}, user(), YES).layer is (
        Layer.TRUST if kind is PolicyKind.TRUST else Layer.RESOURCE
    )
    assert decide({"AWS": HOME}, user(), YES).outcome is ALLOWED
    assert decide({"AWS": HOME}, user(), SILENT).layer is Layer.IDENTITY
    assert decide({"AWS": AWAY}, root()).outcome is IMPLICIT
    assert decide({"AWS": HOME}, root()).outcome is ALLOWED
    missing = PolicySet(identity=(YES,), resource_must_allow=True)
    assert ask(missing).outcome is IMPLICIT


# Semantics 65.  Caller, whom the trust policy names, and the outcome when identity, boundary, session policy are silent.
ASSUME = [
    (user(), NAMES_USER, True, True, None),
    (user(), "*", True, True, None),
    (user(), NAMES_ACCOUNT, False, False, None),
    (user(), {"AWS": ACCOUNT}, False, False, None),
    (user(), {"AWS": f"arn:aws:iam::{AWAY}:root"}, False, False, None),
    (session(), {"AWS": ROLE}, True, False, False),
    (session(), {"AWS": SESSION}, True, True, True),
    (session(), "*", True, True, True),
    (session(), NAMES_ACCOUNT, False, False, False),
    (session(), {"AWS": ROLE.replace(HOME, AWAY)}, False, False, False),
]


def assume(caller: Principal, named: Any, account: str = HOME, **own: Any) -> Decision:
    resource = policy(trust(named), kind=PolicyKind.TRUST)
    return ask(
        PolicySet(resource=resource, resource_must_allow=True, **own),
        caller,
        action="sts:AssumeRole",
        resource=TARGET_ROLE.replace(HOME, account),
        account=account,
    )


@pytest.mark.parametrize(("caller", "named", "identity", "boundary", "session_policy"), ASSUME)
def test_assuming_a_role_in_the_same_account(
    caller: Principal, named: Any, identity: bool, boundary: bool, session_policy: bool | None
) -> None:
    """Semantics 65: the table applies to the trust policy; R-07."""
    assert assume(caller, named, identity=(SILENT,)).allowed is identity
    assert assume(caller, named, identity=(YES,), boundary=SILENT).allowed is boundary
    if session_policy is not None:
        assert assume(caller, named, identity=(YES,), session=(SILENT,)).allowed is session_policy
    assert assume(caller, named, identity=(NO,)).outcome is EXPLICIT
    named_at_all = identity or named in (NAMES_ACCOUNT, {"AWS": ACCOUNT})
    assert assume(caller, named, identity=(YES,)).allowed is named_at_all


def test_the_account_alone_lets_nobody_in() -> None:
    """Semantics 65."""
    decision = assume(user(), {"AWS": ACCOUNT})
    assert (decision.outcome, decision.layer) == (IMPLICIT, Layer.IDENTITY)
    assert assume(user(), {"AWS": ACCOUNT}, identity=(policy(allow("sts:AssumeRole", TARGET_ROLE)),)).allowed


@pytest.mark.parametrize("named", [{"AWS": HOME}, {"AWS": USER}, "*"])
def test_assuming_a_role_across_accounts(named: Any) -> None:
    """Semantics 65: both sides."""
    assert assume(user(), named, AWAY, identity=(YES,)).outcome is ALLOWED
    silent = assume(user(), named, AWAY, identity=(SILENT,))
    assert (silent.outcome, silent.layer) == (IMPLICIT, Layer.IDENTITY)
    assert assume(user(), {"AWS": AWAY}, AWAY, identity=(YES,)).layer is Layer.TRUST
    assert assume(user(), named, AWAY, identity=(YES,), boundary=SILENT).layer is Layer.BOUNDARY


def test_a_role_assumes_itself_by_the_same_rules() -> None:
    """Semantics 65."""
    itself = session(role="target")
    assert assume(itself, {"AWS": HOME}).outcome is IMPLICIT
    assert assume(itself, {"AWS": TARGET_ROLE}).outcome is ALLOWED


def test_a_deny_in_a_trust_policy_denies() -> None:
    """Semantics 65."""
    resource = policy(trust("*"), trust(NAMES_USER, "Deny"), kind=PolicyKind.TRUST)
    policies = PolicySet(identity=(YES,), resource=resource, resource_must_allow=True)
    assert ask(policies, action="sts:AssumeRole", resource=TARGET_ROLE).outcome is EXPLICIT
    other = user("eve", unique_id="AIDAEVE")
    bound = policy(trust("*"), trust(NAMES_USER, "Deny"), kind=PolicyKind.TRUST, bindings={USER: "AIDABOB"})
    policies = PolicySet(resource=bound, resource_must_allow=True)
    assert ask(policies, other, action="sts:AssumeRole", resource=TARGET_ROLE).outcome is ALLOWED
