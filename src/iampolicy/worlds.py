"""
Worlds: what policies are expected to decide, written as plain data and asked without a server.

A file has one world, or a list of ``cases`` that add to what stands above it.  Each has a principal, an action, a
resource, a context, the documents of every layer, and the outcome that is expected.  Reading files and YAML is somebody
else's business; see `Library`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from iampolicy.decision import Decision, Layer, Outcome
from iampolicy.document import PolicyKind
from iampolicy.errors import PolicyError
from iampolicy.evaluate import evaluate
from iampolicy.grammar import validate
from iampolicy.policy_set import Policy, PolicySet, parse
from iampolicy.request import Request
from iampolicy.text import ascii_lower
from iampolicy.world_contexts import demand_context, resource_account, world_context
from iampolicy.world_principals import WorldPrincipal, read_principal
from iampolicy.world_shapes import WorldError, listed, mapping, members, text, texts, under

__all__ = ["Case", "Document", "Library", "Result", "WorldError", "WorldFile", "read_worlds", "run"]

EXPECTED: Final = {
    "allow": Outcome.ALLOW,
    "implicit_deny": Outcome.IMPLICIT_DENY,
    "explicit_deny": Outcome.EXPLICIT_DENY,
}

_CASE_MEMBERS: Final = (
    "name",
    "principal",
    "action",
    "resource",
    "resource_account",
    "resource_tags",
    "request_tags",
    "time",
    "context",
    "absent",
    "identity_policies",
    "permissions_boundary",
    "session_policies",
    "resource_policy",
    "service_control_policies",
    "resource_control_policies",
    "endpoint_policies",
    "expect",
    "because",
)
_FILE_MEMBERS: Final = (*_CASE_MEMBERS, "policies", "cases")
_ADDED: Final = ("context", "resource_tags", "request_tags")
"""Members of a case that add to those of the file; all others take their place."""

_BUILT_IN: Final = {
    "FullAWSAccess": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    },
    "RCPFullAWSAccess": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    },
}
"""The policies that AWS attaches itself."""

_MUST_ALLOW: Final = frozenset({"kms"})
"""Services whose resource policy must itself allow (semantics 63)."""

T = TypeVar("T")


class Library(Protocol):
    """Where documents come from that do not stand in the world itself."""

    def read(self, file: str) -> tuple[str, str]:
        """
        Return a name for the file, the same whoever asks, and its document as JSON.

        Raises:
            OSError, ValueError: There is none.
        """

    def managed(self, arn: str) -> str:
        """
        Return the document of an AWS managed policy.

        Raises:
            OSError, ValueError: There is none.
        """


class NoLibrary:
    """For a world in which all of its documents stand."""

    def read(self, file: str) -> tuple[str, str]:
        raise ValueError(f"there is no file {file} here")

    def managed(self, arn: str) -> str:
        raise ValueError(f"there is no policy {arn} here")


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """
    A policy document.

    Attributes:
        label: What to call it: the name of its file, or its place in the world's.
        own: Whether it is the author's, and not AWS's.
    """

    label: str
    text: str = field(repr=False)
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """
    One world, ready to be asked.

    Attributes:
        where: Its place in its file.
        questions: One for each action and resource, with the policies that bear on it; what is expected holds for all.
        because: The layer that is expected to decide; None when any may.
    """

    name: str
    where: str
    questions: tuple[tuple[Request, PolicySet], ...]
    expected: Outcome
    because: Layer | None


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The answer to one question of a case."""

    case: Case
    request: Request
    policies: PolicySet
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether the outcome is the one expected, and of the layer expected."""
        return self.decision.outcome is self.case.expected and self.case.because in {
            None,
            self.decision.layer,
        }


@dataclass(frozen=True, slots=True, eq=False)
class WorldFile:
    """
    All that a file says.

    Attributes:
        documents: Those of the file's author, by label, used or not, each compiled once.
    """

    cases: tuple[Case, ...]
    documents: Mapping[str, Policy]


def run(cases: Iterable[Case]) -> Iterator[Result]:
    """Ask every question of every case."""
    for case in cases:
        for request, policies in case.questions:
            yield Result(case, request, policies, evaluate(request, policies))


def read_worlds(
    data: Any,
    library: Library,
    *,
    source: str = "",
    supports_rcps: Callable[[str], bool] = lambda _action: True,
) -> WorldFile:
    """
    Read the data of a file.

    Args:
        data: Mappings, lists and texts; booleans and numbers are taken for texts.
        library: Where other documents come from.
        source: The name of the file, for the labels of documents that stand in it.
        supports_rcps: Whether resource control policies bear on an action; AWS has a list of services.

    Raises:
        WorldError: It is no world; the error says where.
    """
    return _Reader(library, source, supports_rcps).file(data)


class _Reader:
    """Reads one file; documents are compiled once for each kind of policy they are used as."""

    def __init__(self, library: Library, source: str, supports_rcps: Callable[[str], bool]) -> None:
        self._library = library
        self._source = source
        self._supports_rcps = supports_rcps
        self._named: dict[str, Any] = {}
        self._policies: dict[tuple[str, PolicyKind], Policy] = {}
        self._own: dict[str, Policy] = {}

    def file(self, data: Any) -> WorldFile:
        top = members(data, "", _FILE_MEMBERS)
        self._named = dict(mapping(top.get("policies", {}), "policies"))
        shared = {key: value for key, value in top.items() if key not in {"policies", "cases"}}
        if "cases" in top:
            if not isinstance(top["cases"], list) or not top["cases"]:
                raise WorldError("cases", "this must be a list of cases")
            cases = tuple(
                self._case(_added(shared, given, f"cases{place}"), f"cases{place}", frozenset(given))
                for place, given in listed(top["cases"])
            )
        else:
            cases = (self._case(shared, "", frozenset()),)
        for name, given in self._named.items():
            self._use_anyhow(self._document(given, under("policies", name), name), under("policies", name))
        return WorldFile(cases, self._own)

    def _case(self, given: Mapping[str, Any], where: str, own: frozenset[str]) -> Case:
        """Read a case, whose place is *where*; members that are not its *own* stand above all cases."""
        for needed in ("principal", "action", "expect"):
            if needed not in given:
                raise WorldError(where, f"a case needs `{needed}`")
        who = read_principal(given["principal"], under(where, "principal"))
        actions = texts(given["action"], under(where, "action"))
        resources = texts(given.get("resource", "*"), under(where, "resource"))
        questions = []
        for action in actions:
            for resource in resources:
                request = self._request(given, where, who, action, resource)
                policies = self._policy_set(
                    given, lambda key: under(where if key in own else "", key), request
                )
                demand_context(given, where, who, request, policies)
                questions.append((request, policies))
        if not questions:
            raise WorldError(where, "a case has at least one action and one resource")
        expect = text(given["expect"], under(where, "expect"))
        if expect not in EXPECTED:
            raise WorldError(under(where, "expect"), f"this must be one of {', '.join(EXPECTED)}")
        because = text(given["because"], under(where, "because")) if "because" in given else None
        if because is not None and because not in set(Layer):
            raise WorldError(under(where, "because"), f"this must be one of {', '.join(Layer)}")
        name = (
            text(given["name"], under(where, "name")) if "name" in given else " ".join((*actions, *resources))
        )
        return Case(name, where, tuple(questions), EXPECTED[expect], Layer(because) if because else None)

    def _request(
        self, given: Mapping[str, Any], where: str, who: WorldPrincipal, action: str, resource: str
    ) -> Request:
        if ":" not in action:
            raise WorldError(under(where, "action"), f"`{action}` is not of the form `service:Name`")
        account = resource_account(given, where, who, resource)
        return Request(
            principal=who.principal,
            action=action,
            resource=resource,
            resource_account=account,
            context=world_context(given, where, who, resource, account),
        )

    def _policy_set(
        self, given: Mapping[str, Any], place_of: Callable[[str], str], request: Request
    ) -> PolicySet:
        def many(key: str, kind: PolicyKind) -> tuple[Policy, ...]:
            return self._many(given.get(key, []), place_of(key), kind)

        def one(key: str, kind: PolicyKind) -> Policy | None:
            found = many(key, kind)
            if len(found) > 1:
                raise WorldError(place_of(key), "there is at most one")
            return found[0] if found else None

        def levels(key: str, kind: PolicyKind) -> tuple[tuple[Policy, ...], ...]:
            return tuple(
                self._many(level, place_of(key) + place, kind) for place, level in listed(given.get(key, []))
            )

        service = ascii_lower(request.action).partition(":")[0]
        trusting = service == "sts" and ":role/" in request.resource
        rcps = levels("resource_control_policies", PolicyKind.RCP)
        if rcps:
            # AWS: it is attached everywhere and cannot be detached.
            full = self._policy(_built_in("RCPFullAWSAccess"), "", PolicyKind.RCP)
            rcps = tuple((full, *(policy for policy in level if policy is not full)) for level in rcps)
        if not self._supports_rcps(request.action) or request.resource == "*":
            rcps = ()
        return PolicySet(
            identity=many("identity_policies", PolicyKind.IDENTITY),
            boundary=one("permissions_boundary", PolicyKind.BOUNDARY),
            session=many("session_policies", PolicyKind.SESSION) if "session_policies" in given else None,
            resource=one("resource_policy", PolicyKind.TRUST if trusting else PolicyKind.RESOURCE),
            resource_must_allow=trusting or service in _MUST_ALLOW,
            scps=levels("service_control_policies", PolicyKind.SCP),
            rcps=rcps,
            endpoint=one("endpoint_policies", PolicyKind.ENDPOINT),
        )

    def _many(self, given: Any, where: str, kind: PolicyKind) -> tuple[Policy, ...]:
        return tuple(
            self._policy(self._document(item, where + place), where + place, kind)
            for place, item in listed(given)
        )

    def _document(self, given: Any, where: str, name: str | None = None) -> Document:
        """Return a document: by its name, the ARN of AWS's, ``file:``, or as it stands."""
        if isinstance(given, str):
            if name is None and given in self._named:
                return self._document(self._named[given], under("policies", given), given)
            if name is None and given in _BUILT_IN:
                return _built_in(given)
            if given.startswith("arn:"):
                return Document(given, self._ask(lambda: self._library.managed(given), where), own=False)
            raise WorldError(where, f"there is no policy called `{given}` under `policies`")
        found = mapping(given, where)
        if "file" in found:
            file = text(members(found, where, ("file",))["file"], under(where, "file"))
            label, said = self._ask(lambda: self._library.read(file), where)
            return Document(label, said, own=True)
        label = f"{self._source}#{name or where}"
        return Document(label, json.dumps(given, indent=2, ensure_ascii=False), own=True)

    def _ask(self, question: Callable[[], T], where: str) -> T:
        try:
            return question()
        except (OSError, ValueError) as error:
            raise WorldError(where, str(error)) from None

    def _policy(self, document: Document, where: str, kind: PolicyKind) -> Policy:
        key = (document.label, kind)
        if key not in self._policies:
            try:
                if document.own:
                    validate(document.text, kind)
                self._policies[key] = parse(document.text, kind, name=document.label)
            except PolicyError as error:
                raise WorldError(where, f"IAM refuses the document: {error.message}") from None
        if document.own:
            self._own.setdefault(document.label, self._policies[key])
        return self._policies[key]

    def _use_anyhow(self, document: Document, where: str) -> None:
        """Count the statements of a document that no case may have used."""
        if not document.own or document.label in self._own:
            return
        for kind in (PolicyKind.IDENTITY, PolicyKind.TRUST):
            try:
                self._policy(document, where, kind)
            except WorldError:
                continue
            return
        self._policy(document, where, PolicyKind.RESOURCE)


def _built_in(name: str) -> Document:
    return Document(name, json.dumps(_BUILT_IN[name]), own=False)


def _added(shared: Mapping[str, Any], given: Any, where: str) -> dict[str, Any]:
    """Return what a case says on top of what its file says."""
    case = members(given, where, _CASE_MEMBERS)
    merged = {**shared, **case}
    for key in _ADDED:
        if key in shared and key in case:
            merged[key] = {**mapping(shared[key], key), **mapping(case[key], under(where, key))}
    return merged
