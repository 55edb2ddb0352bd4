"""
Policy documents: from JSON text to statements whose shape is sure.

Strict on purpose: a member that is unknown or written twice would else be dropped in silence, and with it, say, a
condition.  What a *kind* of policy may hold is `grammar`'s business.
AWS: *Grammar of the IAM JSON policy language*.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

from iampolicy.errors import PolicyError

SYNTAX_ERROR: Final = "Syntax errors in policy."
INVALID_JSON: Final = "This policy contains invalid Json"

DEEPEST: Final = 32


class Limits(NamedTuple):
    """What a document may have of characters and of values."""

    characters: int
    nodes: int


NEW: Final = Limits(131_072, 10_000)
"""Of a document that is written: what the service model lets through; the quotas are far below."""
STORED: Final = Limits(1_048_576, 100_000)
"""Of a document that is there already: AWS managed policies have up to 160,000 characters."""

_VERSIONS: Final = frozenset({"2008-10-17", "2012-10-17"})
_WITH_VARIABLES: Final = "2012-10-17"
_DOCUMENT_ELEMENTS: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT_ELEMENTS: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_PRINCIPAL_TYPES: Final = frozenset({"AWS", "Federated", "Service", "CanonicalUser"})
_PLAIN: Final = b"\t\n\r" + bytes(range(0x20, 0x100))
_WHITE_SPACE: Final = " \t\n\r"

ConditionBlock: TypeAlias = tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]
"""Operators, each with its keys, each with its values."""


class PolicyKind(StrEnum):
    """What a policy is attached to; that decides what it may say and how it is read."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    TRUST = "trust"
    RESOURCE = "resource"
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """
    ``Principal`` or ``NotPrincipal``.

    Attributes:
        values: Pairs of type and value; ``"*"`` alone is the pair ``("AWS", "*")`` (semantics 44).
        untyped: Whether it is ``"*"`` alone, which the policies of VPC endpoints tell from ``{"AWS": "*"}``.
    """

    values: tuple[tuple[str, str], ...]
    untyped: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementText:
    """One statement as written; a list and a single value look alike, and None is an element that is absent."""

    sid: str | None
    effect: str
    principal: PrincipalElement | None
    not_principal: PrincipalElement | None
    action: tuple[str, ...] | None
    not_action: tuple[str, ...] | None
    resource: tuple[str, ...] | None
    not_resource: tuple[str, ...] | None
    condition: ConditionBlock


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document as written."""

    version: str | None
    statements: tuple[StatementText, ...]

    @property
    def variables(self) -> bool:
        """Whether ``${…}`` means something: an absent Version is the old one (semantics 1)."""
        return self.version == _WITH_VARIABLES


class _Number(str):
    """A number of JSON, kept as the text it was: no overflow, no binary float (semantics 2)."""

    __slots__ = ()


def policy_size(text: str) -> int:
    """
    Return the size that the quotas count, in characters.

    AWS: *IAM and AWS STS quotas*: white space is not counted.
    """
    return len(text) - sum(text.count(blank) for blank in _WHITE_SPACE)


def read_document(text: str, kind: PolicyKind, limits: Limits = NEW) -> Document:
    """
    Read *text*, which may be as large as *limits* say.

    Raises:
        PolicyError: It is no JSON, or not of the shape of a policy.
    """
    try:
        loaded = _load(text, limits)
    except _MalformedJsonError:
        raise PolicyError(INVALID_JSON if kind is PolicyKind.TRUST else SYNTAX_ERROR) from None
    return _document(loaded)


class _MalformedJsonError(Exception):
    pass


def _load(text: str, limits: Limits) -> Any:
    # only these characters may occur, so that no NUL and no lone surrogate reaches a store or an encoder.
    if len(text) > limits.characters or not _plain(text):
        raise _MalformedJsonError
    try:
        loaded = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_Number,
            parse_float=_Number,
        )
    except (
        ValueError,
        RecursionError,
    ):  # RecursionError is what the parser makes of a hundred thousand brackets
        raise _MalformedJsonError from None
    _measure(loaded, limits.nodes)
    return loaded


def _plain(text: str) -> bool:
    """Tell whether *text* is of tab, line feed, carriage return and U+0020 to U+00FF."""
    try:
        return not text.encode("latin-1").translate(None, delete=_PLAIN)
    except UnicodeEncodeError:
        return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _MalformedJsonError  # of two Effects, json would keep the last
    return members


def _refuse(_constant: str) -> Any:
    raise _MalformedJsonError  # NaN and Infinity, which json takes and JSON does not have


def _measure(loaded: Any, most: int) -> None:
    """Refuse what is too deep, has too many members, or hides characters behind escapes."""
    level = [loaded]
    nodes = 0
    for _ in range(DEEPEST + 1):
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                for key in node:
                    _check_characters(key)
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
            elif isinstance(node, str):
                _check_characters(node)
        nodes += len(level)
        if nodes > most:
            raise _MalformedJsonError
        if not below:
            return
        level = below
    raise _MalformedJsonError


def _check_characters(text: str) -> None:
    # Beyond U+00FF nothing can come but by an escape; a lone surrogate could not be encoded afterwards.
    if "\0" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)):
        raise _MalformedJsonError


def _document(loaded: Any) -> Document:
    document = _members(loaded, _DOCUMENT_ELEMENTS)
    version = document.get("Version")
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if (
        not isinstance(statements, list)
        or not statements
        or ("Id" in document and type(document["Id"]) is not str)
        or ("Version" in document and (type(version) is not str or version not in _VERSIONS))
    ):
        raise PolicyError(SYNTAX_ERROR)
    return Document(version, tuple(map(_statement, statements)))


def _statement(loaded: Any) -> StatementText:
    statement = _members(loaded, _STATEMENT_ELEMENTS)
    for one in ("Principal", "Action", "Resource"):
        if one in statement and f"Not{one}" in statement:
            raise PolicyError(SYNTAX_ERROR)  # semantics 3
    return StatementText(
        sid=_text(statement["Sid"]) if "Sid" in statement else None,
        effect=_effect(statement.get("Effect")),
        principal=_principal(statement["Principal"]) if "Principal" in statement else None,
        not_principal=_principal(statement["NotPrincipal"]) if "NotPrincipal" in statement else None,
        action=_texts(statement, "Action"),
        not_action=_texts(statement, "NotAction"),
        resource=_texts(statement, "Resource"),
        not_resource=_texts(statement, "NotResource"),
        condition=_condition(statement.get("Condition", {})),
    )


def _members(loaded: Any, known: frozenset[str]) -> dict[str, Any]:
    # semantics 5: the names of elements are compared with regard to case.
    if not isinstance(loaded, dict) or not loaded.keys() <= known:
        raise PolicyError(SYNTAX_ERROR)
    return loaded


def _text(loaded: Any) -> str:
    if type(loaded) is not str:
        raise PolicyError(SYNTAX_ERROR)
    return loaded


def _effect(loaded: Any) -> str:
    effect = _text(loaded)
    if effect.lower() not in {"allow", "deny"}:
        raise PolicyError(SYNTAX_ERROR)
    return effect


def _list(loaded: Any) -> list[Any]:
    return loaded if isinstance(loaded, list) else [loaded]


def _texts(statement: dict[str, Any], element: str) -> tuple[str, ...] | None:
    if element not in statement:
        return None
    return tuple(map(_text, _list(statement[element])))


def _principal(loaded: Any) -> PrincipalElement:
    if loaded == "*":
        return PrincipalElement((("AWS", "*"),), untyped=True)
    entries = _members(loaded, _PRINCIPAL_TYPES)
    return PrincipalElement(
        tuple((type_, _text(value)) for type_, given in entries.items() for value in _list(given))
    )


def _condition(loaded: Any) -> ConditionBlock:
    if not isinstance(loaded, dict):
        raise PolicyError(SYNTAX_ERROR)
    block = []
    for operator, keys in loaded.items():
        if not isinstance(keys, dict):
            raise PolicyError(SYNTAX_ERROR)
        block.append(
            (operator, tuple((key, tuple(map(_scalar, _list(values)))) for key, values in keys.items()))
        )
    return tuple(block)


def _scalar(loaded: Any) -> str:
    """Return a value of a condition as text: ``true`` and ``10`` need no quotation marks (semantics 2)."""
    if loaded is True or loaded is False:
        return "true" if loaded else "false"
    if isinstance(loaded, str):
        return str(loaded)
    raise PolicyError(SYNTAX_ERROR)
