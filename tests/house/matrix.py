"""
The golden matrix: who may do what, asked of the running application.

Every actor walks the same road of steps, from making entities to deleting them.  What an actor is refused, the root does
in its place, so that each step finds what it needs and its outcome says something about the actor alone.

``python -m tests.house.matrix --write`` writes ``golden_matrix.txt`` anew; read the difference before it is kept.
"""

import base64
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyotp
from tests.house.matrix_account import claimed_request
from tests.house.matrix_entities import STEP, two_codes
from tests.house.matrix_road import steps
from tests.house.matrix_step import Names, Step
from tests.house.sender import Answer, request_to, send, signed, with_bad_signature
from tests.house.town import (
    WITHOUT_TWINS,
    Town,
    arn,
    town,
)
from tests.support.loops import loop_thread
from tests.support.world import Actor, Credentials, allow, deny, document

from iamd.domain.service_accesses import IAM
from iamd.wire.model import load

GOLDEN: Final = Path(__file__).with_name("golden_matrix.txt")
IDS_TO_LEARN: Final = (
    "SSHPublicKeyId",
    "CertificateId",
    "ServiceSpecificCredentialId",
    "DeletionTaskId",
    "JobId",
    "DelegationRequestId",
)

ACTORS: Final[Mapping[str, str]] = {
    "anonymous": "signs nothing",
    "forged": "the root's access key id with a wrong signature",
    "root": "the root of the account",
    "admin": "a user to whom everything is allowed",
    "exact": "a user to whom exactly this action is allowed",
    "nobody": "a user without policies",
    "denied": "a user to whom everything is allowed and this action denied",
    "bounded": "a user to whom everything is allowed, with a boundary of iam:Get* and iam:List*",
    "role": "a session of a role to which everything is allowed",
    "scoped": "the same, with a session policy that has everything but this action",
    "session": "GetSessionToken of a user to whom everything is allowed",
    "mfa": "the same, with MFA",
    "stranger": "a user of another account to whom everything is allowed there",
}


def _renamed(value: Any, name: str, other: str) -> Any:
    """Return *value*, of any type, with *other* in place of *name*."""
    if isinstance(value, str):
        return value.replace(name, other)
    if isinstance(value, dict):
        return {key: _renamed(each, name, other) for key, each in value.items()}
    return [_renamed(each, name, other) for each in value] if isinstance(value, list) else value


_MAKING = frozenset(
    {
        "AcquireRole",
        "CreateAccountAlias",
        "CreateGroup",
        "CreateInstanceProfile",
        "CreateOpenIDConnectProvider",
        "CreatePolicy",
        "CreateRole",
        "CreateSAMLProvider",
        "CreateServiceLinkedRole",
        "CreateUser",
        "CreateVirtualMFADevice",
        "UploadServerCertificate",
    }
)


class Walk:
    """One actor on the road."""

    def __init__(self, town: Town, actor: str) -> None:
        self._town = town
        self._actor = actor
        self._names = Names(actor)
        self._caller: Credentials | None = None
        if actor not in {"anonymous", "exact", "denied", "forged", "scoped"}:
            self._caller = _credentials(town, actor)

    def outcomes(self) -> dict[str, str]:
        found = {}
        for step in self.steps():
            answer = self._ask(step)
            found[step.label] = answer.code
            done = answer.code == "OK" and not self._elsewhere(step)
            effect = answer if done else self._do_instead(step)
            if effect is not None:
                self._learn(step, effect)
        return found

    def steps(self) -> Iterator[Step]:
        """Yield the road; what it needs of the organization and of delegation is put there first."""
        self._town.root.organizations.enable_aws_service_access(ServicePrincipal=IAM)
        self._names.claimed = [
            claimed_request(self._town, f"{self._names.prefix}-{number}") for number in "12"
        ]
        yield from steps(self._town, self._names)

    def go(self, step: Step) -> None:
        """Ask for *step*, whatever comes of it."""
        answer = self._ask(step)
        if answer.code == "OK":
            self._learn(step, answer)

    def _ask(self, step: Step) -> Answer:
        request = request_to(load(step.service).operations[step.operation], self._params(step))
        if self._actor == "anonymous":
            return send(self._town.world, request)
        if self._actor == "forged":
            request = with_bad_signature(signed(request, step.service, self._town.root.credentials))
            return send(self._town.world, request)
        return send(self._town.world, signed(request, step.service, self._caller_for(step)))

    def _elsewhere(self, step: Step) -> bool:
        """Tell whether the actor makes something in an account of their own, where ours has to be made as well."""
        return self._actor == "stranger" and step.operation in _MAKING

    def _params(self, step: Step) -> Mapping[str, Any]:
        if not self._elsewhere(step):
            return step.params
        # Named otherwise than ours, so that every later step speaks of something that the stranger does not have.
        theirs = f"theirs-{self._names.prefix}"
        return {name: _renamed(value, self._names.prefix, theirs) for name, value in step.params.items()}

    def _caller_for(self, step: Step) -> Credentials | None:
        iam = self._town.root.iam
        if self._actor == "exact":
            iam.put_user_policy(
                UserName="exact", PolicyName="exact", PolicyDocument=document(allow(step.action))
            )
        elif self._actor == "denied":
            denying = document(allow("*"), deny(step.action))
            iam.put_user_policy(UserName="denied", PolicyName="denied", PolicyDocument=denying)
        elif self._actor == "scoped":
            lacking = document({"Effect": "Allow", "NotAction": step.action, "Resource": "*"})
            return self._town.actor("admin").assume(arn("role", "steward"), Policy=lacking).credentials
        if self._caller is None:
            self._caller = _credentials(self._town, self._actor)
        return self._caller

    def _do_instead(self, step: Step) -> Answer | None:
        """Let the root do what the actor did not do to ours; what is the actor's alone stays undone."""
        if step.own or step.service == "sts":
            return None
        request = request_to(load(step.service).operations[step.operation], step.params)
        answer = send(self._town.world, signed(request, step.service, self._town.root.credentials))
        if answer.code != "OK":
            raise RuntimeError(f"the root cannot {step.label}: {answer}")
        return answer

    def _learn(self, step: Step, answer: Answer) -> None:
        """Take from *answer* what later steps must name."""
        for element in IDS_TO_LEARN:
            if f"<{element}>" in answer.body:
                self._names.made[element] = _between(answer, element)
        if step.operation == "CreateAccessKey":
            self._names.access_key_id = _between(answer, "AccessKeyId")
        elif step.operation == "CreateVirtualMFADevice":
            self._names.seed = base64.b64decode(_between(answer, "Base32StringSeed")).decode()


def _between(answer: Answer, element: str) -> str:
    found = re.search(f"<{element}>([^<]*)</{element}>", answer.body)
    if found is None:
        raise LookupError(element)
    return found[1]


def _credentials(town: Town, actor: str) -> Credentials | None:
    admin = town.actor("admin")
    match actor:
        case "root":
            return town.root.credentials
        case "admin" | "nobody":
            return town.actor(actor).credentials
        case "stranger":
            return town.stranger(WITHOUT_TWINS).credentials
        case "role":
            return admin.assume(arn("role", "steward")).credentials
        case "exact" | "denied":
            return Credentials.of(town.root.iam.create_access_key(UserName=actor)["AccessKey"])
        case "bounded":
            return town.world.user(
                "bounded", allow("*"), PermissionsBoundary=arn("policy", "reading")
            ).credentials
        case "session":
            return Credentials.of(admin.sts.get_session_token()["Credentials"])
        case "mfa":
            return _with_mfa(town)
    raise LookupError(actor)


def _with_mfa(town: Town) -> Credentials:
    keeper: Actor = town.world.user("keeper", allow("*"))
    made = town.root.iam.create_virtual_mfa_device(VirtualMFADeviceName="keeper")["VirtualMFADevice"]
    seed = made["Base32StringSeed"].decode()
    device = {"SerialNumber": made["SerialNumber"]}
    town.root.iam.enable_mfa_device(UserName="keeper", **device, **two_codes(town, seed))
    town.world.clock.advance(STEP)
    code = pyotp.TOTP(seed).at(town.world.clock.now())
    return Credentials.of(keeper.sts.get_session_token(**device, TokenCode=code)["Credentials"])


def matrix(town: Town) -> str:
    """Return the matrix as text: a legend, and one line for each step with the outcome of each actor."""
    for name in ("exact", "denied"):
        town.root.iam.create_user(UserName=name)
    columns = {actor: Walk(town, actor).outcomes() for actor in ACTORS}
    labels = list(next(iter(columns.values())))
    rows = [["", *ACTORS], *([label, *(columns[actor][label] for actor in ACTORS)] for label in labels)]
    legend = [f"# {actor}: {meaning}" for actor, meaning in ACTORS.items()]
    return "\n".join([*legend, "", *_aligned(rows)]) + "\n"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def main() -> None:
    """Print the matrix, or write it to where it is kept."""
    with loop_thread() as loop, tempfile.TemporaryDirectory() as folder, town(loop, Path(folder)) as found:
        text = matrix(found)
    if "--write" in sys.argv[1:]:
        GOLDEN.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
