"""Random principals, and Principal elements that name them or nearly do."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final

Json = dict[str, Any]

_HOME: Final = "111122223333"
_AWAY: Final = "999988887777"
_CANONICAL: Final = "0123456789abcdef" * 4
_GOOGLE: Final = "accounts.google.com"
_SAML: Final = f"arn:aws:iam::{_HOME}:saml-provider/idp"
_OIDC: Final = f"arn:aws:iam::{_HOME}:oidc-provider/token.example.com"
PROVIDED: Final = {"WebIdentity", "SAML"}

_KINDS: Final = [
    ("User", 30),
    ("AssumedRole", 30),
    ("FederatedUser", 9),
    ("Root", 6),
    ("FederatedRoot", 4),
    ("Service", 6),
    ("Anonymous", 5),
    ("WebIdentity", 5),
    ("SAML", 4),
]
_IDS: Final = {"bob": "AIDABOB", "Bob": "AIDABOB2", "eve": "AIDAEVE", "R": "AROAR", "r": "AROAR2"}


def principal(rng: Random) -> Json:
    kind = rng.choices([kind for kind, _ in _KINDS], [weight for _, weight in _KINDS])[0]
    who: Json = dict.fromkeys(
        ("account", "arn", "identity_arn", "unique_id", "provider", "service", "canonical_user_id"), ""
    )
    who["kind"] = kind
    if kind == "Service":
        who["service"] = rng.choice(["ec2.amazonaws.com", "lambda.amazonaws.com"])
    elif kind == "WebIdentity":
        who["provider"] = rng.choice([_GOOGLE, _OIDC])
    elif kind == "SAML":
        who["provider"] = _SAML
    elif kind != "Anonymous":
        _with_account(rng, who)
    return who


def _with_account(rng: Random, who: Json) -> None:
    kind = who["kind"]
    account = _HOME if rng.random() < 0.85 else _AWAY
    partition = "aws" if rng.random() < 0.93 else "aws-cn"
    iam, sts = f"arn:{partition}:iam::{account}", f"arn:{partition}:sts::{account}"
    name = rng.choice(["bob", "bob", "Bob", "eve"])
    user_arn = f"{iam}:user{rng.choice(['/', '/', '/div/'])}{name}"
    root_arn = f"{iam}:root"
    who["account"] = account
    if rng.random() < 0.3:
        who["canonical_user_id"] = _CANONICAL
    if kind == "AssumedRole":
        role = rng.choice(["R", "R", "r"])
        path = rng.choice(["/", "/", "/red/", "/aws-service-role/ec2.amazonaws.com/"])
        who.update(
            arn=f"{sts}:assumed-role/{role}/{rng.choice(['sess', 'bob'])}",
            identity_arn=f"{iam}:role{path}{role}",
            unique_id=_IDS[role],
        )
    elif kind == "User":
        who.update(arn=user_arn, identity_arn=user_arn, unique_id=_IDS[name])
    elif kind == "FederatedUser":
        who.update(arn=f"{sts}:federated-user/fed", identity_arn=user_arn, unique_id=_IDS[name])
    elif kind == "FederatedRoot":
        who.update(arn=f"{sts}:federated-user/fed", identity_arn=root_arn, unique_id=account)
    else:
        who.update(arn=root_arn, identity_arn=root_arn, unique_id=account)


def principal_element(rng: Random, who: Json, kind: str, *, deny: bool) -> Json:
    chance = rng.random()
    if chance < 0.02:
        return {}
    if chance < 0.03:
        return {"NotPrincipal" if kind != "trust" and deny else "Principal": rng.choice([{}, {"AWS": []}])}
    if chance < (0.8 if kind == "endpoint" else 0.2):
        return {"Principal": "*" if rng.random() < 0.5 else {"AWS": "*"}}
    negated = kind != "trust" and rng.random() < (0.35 if deny else 0.03)
    if negated and rng.random() < 0.8:
        # To be spared, one has to be named in all of one's ways.
        entries = _fitting(who)
        if rng.random() < 0.5:
            spare = rng.choice(entries)
            entries = [entry for entry in entries if entry != spare]
        entries += [_near_miss(rng, who) for _ in range(rng.randrange(2))]
    else:
        entries = [
            rng.choice(_fitting(who)) if rng.random() < 0.75 else _near_miss(rng, who)
            for _ in range(1 if rng.random() < 0.6 else 2)
        ]
    element: dict[str, Any] = {}
    for type_, name in entries:
        element.setdefault(type_, []).append(name)
    for type_, names in element.items():
        if len(names) == 1 and rng.random() < 0.5:
            element[type_] = names[0]
    return {"NotPrincipal" if negated else "Principal": element}


def _fitting(who: Json) -> list[tuple[str, str]]:
    """Return all that names *who*."""
    kind = who["kind"]
    if kind == "Service":
        return [("Service", who["service"])]
    if kind in PROVIDED:
        return [("Federated", who["provider"])]
    if kind == "Anonymous":
        return [("AWS", "*")]
    names = [("AWS", who["account"]), ("AWS", who["arn"]), ("AWS", who["identity_arn"])]
    if who["canonical_user_id"]:
        names.append(("CanonicalUser", who["canonical_user_id"]))
    names.append(("AWS", f"{who['arn'].split(':sts:')[0].split(':iam:')[0]}:iam::{who['account']}:root"))
    return names


def _near_miss(rng: Random, who: Json) -> tuple[str, str]:
    """Return a name that mostly means somebody else."""
    arn, identity = who["arn"] or f"arn:aws:iam::{_HOME}:user/bob", who["identity_arn"]
    choices = [
        ("AWS", _AWAY),
        ("AWS", f"arn:aws:iam::{_AWAY}:root"),
        ("AWS", f"arn:aws-cn:iam::{_HOME}:root"),
        ("AWS", f"arn:aws:iam::{_HOME}:role/wrong/path/R"),
        ("AWS", f"arn:aws:iam::{_HOME}:role/R"),
        ("AWS", f"arn:aws:iam::{_HOME}:user/*"),
        ("AWS", arn.rsplit("/", 1)[0] + "/*"),
        ("AWS", arn.swapcase()),
        ("AWS", arn.replace(_HOME, _AWAY)),
        ("AWS", identity.lower() or _HOME),
        ("AWS", who["unique_id"] or "AIDABOB"),
        ("AWS", "AIDAGONE"),
        ("AWS", "${aws:PrincipalArn}"),
        ("Service", "s3.amazonaws.com"),
        ("Service", "*"),
        ("Federated", _GOOGLE),
        ("Federated", "*"),
        ("CanonicalUser", _CANONICAL),
        ("CanonicalUser", "f" * 64),
    ]
    return rng.choice(choices)


def bindings_of(rng: Random, document: Json, who: Json) -> Mapping[str, str]:
    """Return ids for the ARNs in a document: mostly those of now, sometimes those of before a deletion."""
    bindings: dict[str, str] = {}
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        element = statement.get("Principal", statement.get("NotPrincipal", {}))
        names = element.get("AWS", []) if isinstance(element, dict) else []
        for name in names if isinstance(names, list) else [names]:
            if ":iam::" in name and (":user/" in name or ":role/" in name) and rng.random() < 0.7:
                mine = who["unique_id"] if name == who["identity_arn"] else ""
                bindings[name] = (
                    mine if mine and rng.random() < 0.8 else _IDS.get(name.rsplit("/", 1)[1], "AIDAGONE")
                )
    return bindings
