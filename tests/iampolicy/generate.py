"""
Random worlds for the engine and its judge: a principal, the policies that bear on it, and some requests.

A world is plain JSON.  Its policies are made from its first request, by blurring what that asks for, so that most
elements match and the rest miss by little; the other requests differ from the first in one thing each.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, TypeVar

from tests.iampolicy.generate_conditions import conditions, context, odd_value, with_variable
from tests.iampolicy.generate_patterns import blur
from tests.iampolicy.generate_principals import PROVIDED, bindings_of, principal, principal_element

Json = dict[str, Any]
T = TypeVar("T")

HOME: Final = "111122223333"
AWAY: Final = "999988887777"
REQUESTS: Final = 8
"""In each world."""

_TARGETS: Final[Sequence[tuple[str, Sequence[str]]]] = [
    (
        "s3:GetObject",
        ["arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/bob/a:b/c", "arn:aws:s3:::bucket/a\nb/red"],
    ),
    ("s3:GetObjectAcl", ["arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/*", "arn:aws:s3:::Bucket/Straße"]),
    ("s3:ListAllMyBuckets", ["arn:aws:s3:::*", "*"]),
    ("iam:CreateAccessKey", [f"arn:aws:iam::{HOME}:user/bob", f"arn:aws:iam::{HOME}:user/div/Bob"]),
    ("iam:ListUsers", [f"arn:aws:iam::{HOME}:user/", f"arn:aws:iam::{HOME}:user/div/"]),
    ("iam:GetRole", [f"arn:aws:iam::{HOME}:role/R", f"arn:aws:iam::{HOME}:role/red/R"]),
    ("iam:GetAccountSummary", ["*"]),
    (
        "dynamodb:GetItem",
        [f"arn:aws:dynamodb:us-east-1:{HOME}:table/prod-x", "arn:aws:dynamodb:::table/prod-bob"],
    ),
    ("sqs:SendMessage", [f"arn:aws:sqs:us-east-1:{HOME}:Queue", f"arn:aws-cn:sqs:cn-north-1:{HOME}:queue"]),
    ("lambda:InvokeFunction", [f"arn:aws:lambda:eu-west-1:{HOME}:function:red:1"]),
    ("kms:Decrypt", [f"arn:aws:kms:eu-west-1:{HOME}:key/1234-abcd"]),
]
_ROLE_TARGETS: Final = [
    f"arn:aws:iam::{HOME}:role/R",
    f"arn:aws:iam::{HOME}:role/red/R",
    f"arn:aws:iam::{AWAY}:role/R",
]
_ROLE_ACTIONS: Final = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
_FREE_ACTIONS: Final = ["sts:GetCallerIdentity", "sts:GetSessionToken"]


def make_world(rng: Random) -> Json:
    """Return a world; the same for the same state of *rng*."""
    who = principal(rng)
    asked = _request(rng, who)
    trust = asked["action"].startswith("sts:")
    return {
        "principal": who,
        **_own_policies(rng, asked, who),
        **_policies_of_resource(rng, asked, who, trust=trust),
        "scps": [] if rng.random() < 0.7 or not who["account"] else _levels(rng, asked, who, "scp"),
        "rcps": [] if rng.random() < 0.75 else _levels(rng, asked, who, "rcp"),
        "endpoint": document(rng, asked, who, "endpoint") if rng.random() < _endpoints(asked, who) else None,
        "requests": [asked, *(_changed(rng, asked) for _ in range(REQUESTS - 1))],
    }


def _endpoints(asked: Json, who: Json) -> float:
    """Return how often there is an endpoint: more often where its policy has rules of its own."""
    return 0.4 if asked["action"] in _FREE_ACTIONS or who["kind"] in PROVIDED else 0.1


def _request(rng: Random, who: Json) -> Json:
    chance = rng.random()
    resources: Sequence[str]
    if who["kind"] in PROVIDED or chance < 0.3:
        action, resources = rng.choice(_ROLE_ACTIONS), _ROLE_TARGETS
        if who["kind"] in PROVIDED:
            action = "sts:AssumeRoleWithSAML" if who["kind"] == "SAML" else "sts:AssumeRoleWithWebIdentity"
    elif chance < 0.31:
        action, resources = rng.choice(_FREE_ACTIONS), ["*"]
    else:
        action, resources = rng.choice(_TARGETS)
    resource = rng.choice(resources)
    account = (who["account"] or HOME) if rng.random() < 0.75 else AWAY
    return {
        "action": action,
        "resource": resource,
        "resource_account": account,
        "context": context(rng, who),
    }


def _changed(rng: Random, asked: Json) -> Json:
    """Return *asked* with one difference, or two."""
    other = {**asked, "context": dict(asked["context"])}
    for _ in range(1 if rng.random() < 0.7 else 2):
        chance = rng.random()
        if chance < 0.15:
            other["action"] = _other_action(rng, other["action"])
        elif chance < 0.4:
            other["resource"] = _other_resource(rng, other["resource"])
        elif chance < 0.45:
            other["resource_account"] = AWAY if other["resource_account"] == HOME else HOME
        elif other["context"]:
            key = rng.choice(list(other["context"]))
            _change_value(rng, other["context"], key)
    return other


def _change_value(rng: Random, values: Json, key: str) -> None:
    chance, value = rng.random(), values[key]
    if chance < 0.3:
        del values[key]
    elif chance < 0.6:
        values[key] = odd_value(rng, key)
    elif chance < 0.75 and isinstance(value, str):
        values[key] = [value][: rng.randrange(2)]
    elif chance < 0.9 and isinstance(value, list):
        values[key] = value[1:] if rng.random() < 0.5 else [*value, odd_value(rng, key)]
    elif chance < 0.94:
        values[key.upper()] = value if rng.random() < 0.3 else odd_value(rng, key)
    else:
        del values[key]
        values[key.upper()] = value


def _other_action(rng: Random, action: str) -> str:
    chance = rng.random()
    if chance < 0.4:
        return action.swapcase()
    if chance < 0.7:
        return action + rng.choice(["s", "V2", "Acl"])
    return rng.choice(_TARGETS)[0]


def _other_resource(rng: Random, resource: str) -> str:
    chance = rng.random()
    if chance < 0.15 or resource == "*":
        return rng.choice(rng.choice(_TARGETS)[1])
    if chance < 0.35:
        return resource + rng.choice(["x", "/y", ":z", "\n", "*"])
    parts = resource.split(":", 5)
    place = 5 if chance < 0.7 else rng.choice([1, 3, 4])
    part = parts[place]
    parts[place] = rng.choice([part.upper(), part.lower(), part[1:], part[:-1], part.replace("b", "d", 1)])
    return ":".join(parts)


def _own_policies(rng: Random, asked: Json, who: Json) -> Json:
    kind = who["kind"]
    entity = kind in {"User", "AssumedRole", "FederatedUser"}
    session: list[Json] | None = None
    if kind in {"AssumedRole", "FederatedUser", "FederatedRoot"} and rng.random() < (
        0.4 if kind == "AssumedRole" else 0.85
    ):
        session = [document(rng, asked, who, "session") for _ in range(_few(rng, 0.1, 0.75))]
    return {
        "identity": [document(rng, asked, who, "identity") for _ in range(_few(rng, 0.15, 0.7))]
        if entity
        else [],
        "boundary": document(rng, asked, who, "boundary") if entity and rng.random() < 0.25 else None,
        "session": session,
    }


def _policies_of_resource(rng: Random, asked: Json, who: Json, *, trust: bool) -> Json:
    needed = trust or not who["account"] or who["account"] != asked["resource_account"]
    if rng.random() < (0.08 if needed else 0.45):
        return {"resource": None, "resource_must_allow": rng.random() < 0.1}
    kind = "trust" if trust else "resource"
    made = document(rng, asked, who, kind)
    return {
        "resource": {"kind": kind, "document": made, "bindings": bindings_of(rng, made, who)},
        "resource_must_allow": trust or asked["action"].startswith("kms:"),
    }


def _levels(rng: Random, asked: Json, who: Json, kind: str) -> list[list[Json]]:
    levels = []
    for _ in range(1 + _few(rng, 0.5, 0.8)):
        level = [document(rng, asked, who, kind) for _ in range(_few(rng, 0.05, 0.7))]
        if rng.random() < 0.75:
            everything: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            if kind == "rcp":
                everything["Principal"] = "*"
            level.insert(0, {"Version": "2012-10-17", "Statement": [everything]})
        levels.append(level)
    return levels


def _few(rng: Random, none: float, one: float) -> int:
    """Return 0, 1 or 2; *none* and *one* are the chances of not getting further."""
    if rng.random() < none:
        return 0
    return 1 if rng.random() < one else 2


def document(rng: Random, asked: Json, who: Json, kind: str) -> Json:
    chance = rng.random()
    version = "2012-10-17" if chance < 0.85 else "2008-10-17" if chance < 0.92 else None
    made: Json = {} if version is None else {"Version": version}
    if rng.random() < 0.018:
        return {**made, "Statement": _many(rng, asked, who, kind)}
    count = 1 if rng.random() < 0.6 else 2 if rng.random() < 0.8 else 3
    statements = [_statement(rng, asked, who, kind) for _ in range(count)]
    made["Statement"] = statements[0] if count == 1 and rng.random() < 0.15 else statements
    return made


def _many(rng: Random, asked: Json, who: Json, kind: str) -> list[Json]:
    """Return so many statements about one action that an engine may want an index of them."""
    statements = []
    for _ in range(rng.randrange(10, 40)):
        made = _statement(rng, asked, who, kind)
        made["Effect"] = "Deny" if rng.random() < 0.04 else "Allow"
        if rng.random() < 0.9:
            made.pop("NotAction", None)
            made["Action"] = rng.choice(["*", asked["action"], f"{asked['action'].partition(':')[0]}:*"])
        if "NotResource" in made or made.get("Resource") == "*":
            made.pop("NotResource", None)
            made["Resource"] = _longer(rng, asked["resource"])
            if "?" in made["Resource"] and rng.random() < 0.3:
                made["Effect"] = "Deny"
        statements.append(made)
    return statements


def _longer(rng: Random, resource: str) -> str:
    """Return an ARN that begins as *resource* does."""
    at = rng.randrange(len(resource) + 1)
    if rng.random() < 0.3:
        return resource[:at] + "?" + resource[at + 1 :]
    return resource[:at] + rng.choice(["", "*", "x", "/*", "${aws:username}"])


def _statement(rng: Random, asked: Json, who: Json, kind: str) -> Json:
    deny = rng.random() < (0.3 if kind in {"scp", "rcp"} else 0.16)
    made: Json = {"Effect": "Deny" if deny else "Allow"}
    if kind in {"resource", "trust", "endpoint"}:
        made.update(principal_element(rng, who, kind, deny=deny))
    elif kind == "rcp":
        made["Principal"] = "*"
    _either(rng, made, "Action", lambda fits: _action(rng, asked["action"], fits=fits))
    if kind != "trust" and not (kind == "resource" and rng.random() < 0.05):
        _either(
            rng, made, "Resource", lambda fits: _resource(rng, asked["resource"], asked["context"], fits=fits)
        )
    if rng.random() < 0.45:
        made["Condition"] = conditions(rng, asked["context"])
    return made


def _either(rng: Random, made: Json, element: str, entry: Callable[[bool], str]) -> None:
    """Add *element*, or less often its opposite, with entries that fit, or rather do not."""
    negated = rng.random() < 0.15
    fits = 0.1 if negated else 0.85
    entries = [entry(rng.random() < fits) for _ in range(1 if rng.random() < 0.7 else 2)]
    made[f"Not{element}" if negated else element] = (
        entries[0] if len(entries) == 1 and rng.random() < 0.5 else entries
    )


def _action(rng: Random, action: str, *, fits: bool) -> str:
    if not fits:
        action = rng.choice(_TARGETS)[0]
    chance = rng.random()
    if chance < 0.2 and fits:
        return "*" if rng.random() < 0.8 else "*:*"
    service, _, name = action.partition(":")
    if chance < 0.35:
        return f"{service}:*"
    if chance < 0.6:
        return action
    if chance < 0.93:
        return f"{service}:{blur(rng, name)}"
    # Nothing that matches: wildcards and white space where they may not be, a name that is missing.
    odd = [
        f"{blur(rng, service)}:{name}",
        f"*:{name}",
        f"{service}:",
        f"{service}: *",
        "**",
        name,
        f"{service}:{name} ",
    ]
    return rng.choice(odd)


def _resource(rng: Random, resource: str, values: Json, *, fits: bool) -> str:
    if not fits:
        resource = rng.choice(rng.choice(_TARGETS)[1])
    chance = rng.random()
    if chance < 0.2 and fits:
        return "*"
    if chance < 0.35:
        return resource
    if resource == "*":
        return rng.choice(["*", "**", "?", "arn:aws:s3:::*", "arn:*", "arn:aws:iam::*:*"])
    parts = resource.split(":", 5)
    if chance < 0.55:
        parts[5] = blur(rng, parts[5])
    elif chance < 0.75:
        parts[5] = with_variable(rng, parts[5], values)
        if rng.random() < 0.3:
            parts[5] = blur(rng, parts[5])
    elif chance < 0.84:
        place = rng.choice([0, 1, 2, 3, 3, 4, 4])
        parts[place] = rng.choice(["*", blur(rng, parts[place]), with_variable(rng, parts[place], values)])
    elif chance < 0.94:
        parts = _crossing(rng, parts)
    else:
        parts = parts[: rng.randrange(1, 6)]
        if rng.random() < 0.6:
            parts[-1] += "*"
    return ":".join(parts)


def _crossing(rng: Random, parts: list[str]) -> list[str]:
    """Put a star at the end of a segment, that has to cross colons."""
    start = rng.choice([1, 1, 2, 3, 3, 3, 4, 4])
    end = rng.randrange(start, 6)
    crossed = [*parts[:start], parts[start][: rng.randrange(len(parts[start]) + 1)] + "*", *parts[end:]]
    if rng.random() < 0.4:
        place = rng.randrange(1, len(crossed))
        crossed[place] = rng.choice([blur(rng, crossed[place]), crossed[place].swapcase()])
    return crossed
