"""
The decision, as the list tells it (semantics 52-65).

It works on plain data: a world, as `generate` makes it and as a differing example is printed.  Nothing here comes from
the engine that is judged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tests.iampolicy.judge.conditions import Scene, conditions_hold
from tests.iampolicy.judge.patterns import Values, read_context
from tests.iampolicy.judge.principals import Grant, Principal, grant_of, spared
from tests.iampolicy.judge.resources import UnusableError, action_matches, resource_matches

World = Mapping[str, Any]
Document = Mapping[str, Any]
Attached: TypeAlias = tuple[str, Document, Mapping[str, str]]
"""A document with what it is attached to, and the ids that its principals had when it was saved."""

_ALWAYS_ALLOWED: Final = {"sts:getcalleridentity", "sts:getsessiontoken"}
_WITH_PRINCIPALS: Final = {"resource", "trust", "rcp", "endpoint"}
_OUTSIDERS: Final = {"WebIdentity", "SAML", "Service", "Anonymous"}
"""They have no account and no policies of their own."""


@dataclass(frozen=True)
class Verdict:
    """
    Attributes:
        outcome: ``Allow``, ``ImplicitDeny`` or ``ExplicitDeny``.
        layers: Of a denial: those that the list lets one name as its reason.
    """

    outcome: str
    layers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ask:
    who: Principal
    action: str
    resource: str
    values: Values
    has_boundary: bool


def judge(world: World, request: Mapping[str, Any]) -> Verdict:
    who: Principal = world["principal"]
    # semantics 63, but for the policies of VPC endpoints: AWS's page about them says that they block these too.
    free = request["action"].lower() in _ALWAYS_ALLOWED and who["kind"] != "Anonymous"
    ask = Ask(
        who=who,
        action=request["action"],
        resource=request["resource"],
        values=read_context(request["context"]),
        has_boundary=world["boundary"] is not None,
    )
    layers = {
        name: Layer(policies, ask) for name, policies in _policies(world) if name == "endpoint" or not free
    }

    # semantics 52
    denying = {_type(name) for name, layer in layers.items() if layer.denies}
    if denying:
        if "identity" in denying:  # semantics 76
            denying -= {"resource", "trust"}
        return Verdict("ExplicitDeny", frozenset(denying))

    if free:
        silent = {name for name, layer in layers.items() if not layer.allows}
    else:
        silent = _silent(world, request, who, layers)
    return Verdict("ImplicitDeny", frozenset(silent)) if silent else Verdict("Allow")


class Layer:
    """What all the policies of one layer say together."""

    def __init__(self, policies: Iterable[Attached], ask: Ask) -> None:
        self.denies = False
        self.grant = Grant.NONE
        for kind, document, bindings in policies:
            for statement in _listed(document["Statement"]):
                grant = _speaks(statement, kind, document.get("Version"), bindings, ask)
                if grant and statement["Effect"] == "Deny":
                    self.denies = True
                elif grant:
                    self.grant = max(self.grant, grant)

    @property
    def allows(self) -> bool:
        return self.grant > Grant.NONE


def _policies(world: World) -> list[tuple[str, list[Attached]]]:
    """Return the policies that apply, by layer; each level of an organization is a layer of its own."""
    found: list[tuple[str, list[Attached]]] = [
        ("identity", [("identity", document, {}) for document in world["identity"]]),
        (
            "boundary",
            [("boundary", document, {}) for document in [world["boundary"]] if document is not None],
        ),
        ("session", [("session", document, {}) for document in world["session"] or []]),
    ]
    resource = world["resource"]
    if resource is not None:
        found.append((resource["kind"], [(resource["kind"], resource["document"], resource["bindings"])]))
    if world["endpoint"] is not None:
        found.append(("endpoint", [("endpoint", world["endpoint"], {})]))
    # semantics 53, 54: service-linked roles are exempt
    if ":role/aws-service-role/" not in world["principal"]["identity_arn"]:
        for kind in ("scp", "rcp"):
            if kind == "scp" and world["principal"]["kind"] in _OUTSIDERS:
                continue
            for index, level in enumerate(world[kind + "s"]):
                found.append((f"{kind} {index}", [(kind, document, {}) for document in level]))
    return found


def _type(name: str) -> str:
    return name.partition(" ")[0]


def _silent(
    world: World, request: Mapping[str, Any], who: Principal, layers: Mapping[str, Layer]
) -> set[str]:
    """Return the layers that would have had to allow, and do not."""
    # semantics 53, 54: every level must allow; semantics 55: so must the endpoint
    silent = {
        _type(name)
        for name, layer in layers.items()
        if _type(name) in {"scp", "rcp", "endpoint"} and not layer.allows
    }
    kind = world["resource"]["kind"] if world["resource"] else "resource"
    grant = layers[kind].grant if kind in layers else Grant.NONE
    if who["kind"] in _OUTSIDERS:
        if grant is Grant.NONE:
            silent.add(kind)
        return silent

    own = _silent_of_principal(world, who, layers)
    if who["account"] != request["resource_account"]:  # semantics 62
        if grant is Grant.NONE:
            silent.add(kind)
        if "identity" in own and grant is Grant.ACCOUNT and kind == "resource":  # semantics 76
            own = own - {"identity"} | {kind}
        return silent | own

    if world["resource_must_allow"] and grant is Grant.NONE:  # semantics 63, 65
        silent.add(kind)
    # The same-account table.
    if grant is Grant.DIRECT:
        return silent
    if grant is Grant.ENTITY:
        return silent | (own - {"identity"})
    return silent | own


def _silent_of_principal(world: World, who: Principal, layers: Mapping[str, Layer]) -> set[str]:
    """Return what is silent among identity (semantics 57), boundary (58) and session (59)."""
    if who["kind"] == "Root":
        return set()
    silent = set()
    if who["kind"] != "FederatedRoot":  # semantics 90: root's rights
        if not layers["identity"].allows:
            silent.add("identity")
        if world["boundary"] is not None and not layers["boundary"].allows:
            silent.add("boundary")
    if world["session"] is None:
        if who["kind"] in {"FederatedUser", "FederatedRoot"}:  # the table: session policy required
            silent.add("session")
    elif not layers["session"].allows:
        silent.add("session")
    return silent


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _speaks(
    statement: Mapping[str, Any], kind: str, version: str | None, bindings: Mapping[str, str], ask: Ask
) -> Grant:
    """Return NONE when the statement does not speak of what is asked, else how closely it names who asks."""
    deny = statement["Effect"] == "Deny"
    grant = Grant.DIRECT
    if kind in _WITH_PRINCIPALS:
        grant = _principal_grant(statement, kind, bindings, ask, deny=deny)
    if grant is Grant.NONE or not _about_action(statement, ask, deny=deny):
        return Grant.NONE
    variables = version == "2012-10-17"  # semantics 1
    if not _about_resource(statement, kind, ask, deny=deny, variables=variables):
        return Grant.NONE
    scene = Scene(values=ask.values, deny=deny, variables=variables)
    return grant if conditions_hold(statement.get("Condition", {}), scene) else Grant.NONE


def _principal_grant(
    statement: Mapping[str, Any], kind: str, bindings: Mapping[str, str], ask: Ask, *, deny: bool
) -> Grant:
    if "Principal" in statement:
        return grant_of(statement["Principal"], bindings, ask.who, kind)
    if "NotPrincipal" not in statement or not deny:
        return Grant.NONE  # semantics 4; 50: NotPrincipal with Allow is refused
    if spared(statement["NotPrincipal"], bindings, ask.who, kind, has_boundary=ask.has_boundary):
        return Grant.NONE
    return Grant.DIRECT


def _about_action(statement: Mapping[str, Any], ask: Ask, *, deny: bool) -> bool:
    return _about(statement, "Action", lambda entry: action_matches(entry, ask.action), deny=deny)


def _about_resource(
    statement: Mapping[str, Any], kind: str, ask: Ask, *, deny: bool, variables: bool
) -> bool:
    if "Resource" not in statement and "NotResource" not in statement:
        return True  # semantics 3: the policy of a role, or of another resource, is about that
    return _about(
        statement,
        "Resource",
        lambda entry: resource_matches(
            entry, ask.resource, kind=kind, deny=deny, variables=variables, values=ask.values
        ),
        deny=deny,
    )


def _about(statement: Mapping[str, Any], element: str, matches: Callable[[str], bool], *, deny: bool) -> bool:
    negated = element not in statement
    found: list[bool | None] = []
    for entry in _listed(statement["Not" + element if negated else element]):
        try:
            found.append(matches(entry))
        except UnusableError:
            found.append(None)
    if not negated:
        return True in found
    # semantics 11, 19: none of them; semantics 17: what cannot be understood exempts nothing from a Deny, and an
    # Allow with it does not apply.
    return True not in found and (deny or None not in found)
