"""
ARNs, and the patterns of ``Resource`` and ``NotResource`` and of the ARN operators.

The two match differently.  In a resource pattern partition, region and account are compared without regard to case,
and a ``*`` at the end of a segment may run across colons; the ARN operators keep to the six parts and to the case.
AWS: *IAM JSON policy elements: Resource* and *Condition operators*.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from iampolicy.text import ascii_lower
from iampolicy.variables import Template, Values, parse_template
from iampolicy.wildcard import (
    Matcher,
    Token,
    Wild,
    compile_pattern,
    compile_tokens,
    has_wildcard,
    tokenize,
)

SEGMENTS: Final = 6
HEAD_SEGMENTS: Final = 5
_SERVICE: Final = 2
_TYPED_SERVICES: Final = frozenset({"iam", "sts"})
"""Services all of whose resources begin with a type, so that a wildcard within it can be told (semantics 16)."""


class Target:
    """
    The resource of a request, cut up once.

    Attributes:
        text: As it came; ``*`` when the action knows no resource.
        head: The first five segments in lower case with their colons; empty when *text* is no ARN.
        segments: The same, apart.
        tail: What follows the fifth colon.
        folded: Head and tail together, so that many patterns are one comparison.
    """

    __slots__ = ("folded", "head", "segments", "tail", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        parts = text.split(":", HEAD_SEGMENTS)
        if len(parts) == SEGMENTS and parts[0] == "arn":
            self.tail = parts[HEAD_SEGMENTS]
            self.head = ascii_lower(text[: len(text) - len(self.tail)])
            self.segments: tuple[str, ...] = tuple(self.head.split(":", HEAD_SEGMENTS)[:HEAD_SEGMENTS])
        else:
            self.tail, self.head, self.segments = "", "", ()
        self.folded = self.head + self.tail


ResourceMatcher: TypeAlias = Callable[[Target, Values], bool | None]
"""True, False, or None: it cannot be told, since the entry is invalid or holds a variable without a value."""


def _cannot_tell(_target: Target, _values: Values) -> bool | None:
    return None


def compile_resource(
    pattern: str, *, pad: Callable[[str], bool], deny: bool, variables: bool, exempts: bool = False
) -> ResourceMatcher:
    """
    Compile one entry of ``Resource`` or ``NotResource``.

    Args:
        pattern: As it stands in the document.
        pad: Whether an ARN with too few segments is completed with ``*``; that depends on the kind of policy.
        deny: Whether the statement denies: where AWS's documentation leaves room, a Deny matches more than an Allow.
        variables: Whether the document's version has variables.
        exempts: Whether it stands in ``NotResource``, where it matters whether no match is a False or a None.
    """
    if pattern == "*":
        return lambda _target, _values: True
    segments = pattern.split(":", HEAD_SEGMENTS)
    short = len(segments) < SEGMENTS
    if short:
        if not pad(pattern):
            return _cannot_tell  # semantics 13
        segments += ["*"] * (SEGMENTS - len(segments))
    head, tail = segments[:HEAD_SEGMENTS], segments[HEAD_SEGMENTS]
    if not _valid_head(head, variables=variables) or not _valid_type(head[_SERVICE], tail, deny=deny):
        return _cannot_tell
    crossings: list[_Crossing] = []
    if any(segment.endswith("*") for segment in head):
        crossings.append(_Crossing(":".join(segments), deny=deny))
    # What a short ARN ends in may stand for a resource too, and then its type must be written out as well.
    if short and _valid_type(head[_SERVICE], pattern.rpartition(":")[2], deny=deny):
        crossings.append(_Crossing(pattern, deny=deny))
    template = parse_template(tail, enabled=variables)
    if isinstance(template, Template):
        return _with_variables(head, template, tuple(crossings), exempts=exempts)
    return _without_variables(head, template, tuple(crossings))


def _valid_head(head: list[str], *, variables: bool) -> bool:
    # semantics 12, 17: no wildcard in the service (the padding of an ARN that names none is one), and no variable before
    # the fifth colon.
    if head[0] != "arn" or has_wildcard(head[_SERVICE]):
        return False
    return not (variables and any("${" in segment for segment in head))


def _valid_type(service: str, tail: str, *, deny: bool) -> bool:
    """Tell whether the resource type is written out; ``us*/x`` holds for a Deny only (semantics 16)."""
    if deny or ascii_lower(service) not in _TYPED_SERVICES or tail == "*":
        return True
    resource_type = tail.partition("/")[0]
    return resource_type == "*" or not has_wildcard(resource_type)


def _head_matcher(head: list[str]) -> Callable[[Target], bool]:
    lowered = [ascii_lower(segment) for segment in head]
    if not any(map(has_wildcard, lowered)):
        expected = ":".join(lowered) + ":"
        return lambda target: target.head == expected
    numbered = tuple((number, compile_pattern(segment)) for number, segment in enumerate(lowered))

    def matches(target: Target) -> bool:
        segments = target.segments
        return bool(segments) and all(matcher(segments[number]) for number, matcher in numbered)

    return matches


def _without_variables(head: list[str], tail: str, crossings: "tuple[_Crossing, ...]") -> ResourceMatcher:
    if not crossings and not any(map(has_wildcard, head)):
        return _in_one_piece(ascii_lower(":".join(head)) + ":", tokenize(tail))
    head_matches = _head_matcher(head)
    tail_matches = compile_pattern(tail)
    if not crossings:
        return lambda target, _values: head_matches(target) and tail_matches(target.tail)

    tokens = tokenize(tail)

    def matches(target: Target, _values: Values) -> bool:
        if head_matches(target) and tail_matches(target.tail):
            return True
        return any(crossing.matches(target, tokens) for crossing in crossings)

    return matches


def _in_one_piece(head: str, tail: tuple[Token, ...]) -> ResourceMatcher:
    """Compile what most patterns are: a head without wildcards, and a tail with one at its end or none."""
    match tail:
        case (str(literal),):
            whole = head + literal
            return lambda target, _values: target.folded == whole
        case (str(literal), Wild.MANY):
            start = head + literal
            return lambda target, _values: target.folded.startswith(start)
        case _:
            tail_matches = compile_tokens(tail)
            return lambda target, _values: target.head == head and tail_matches(target.tail)


def _with_variables(
    head: list[str], template: Template, crossings: "tuple[_Crossing, ...]", *, exempts: bool
) -> ResourceMatcher:
    head_matches = _head_matcher(head)
    if not crossings and not exempts and not any(map(has_wildcard, head)):
        # Most requests are about something else, and then no variable has to be looked up.
        start = ascii_lower(":".join(head)) + ":" + template.start
        return lambda target, values: (
            target.folded.startswith(start) and template.matches(target.tail, values)
        )

    def matches(target: Target, values: Values) -> bool | None:
        tail_matches = template.matches(target.tail, values)
        if tail_matches is None:
            return None  # semantics 17
        if tail_matches and head_matches(target):
            return True
        # They were resolved just now, so there are tokens.
        tokens = (template.tokens(values) or ()) if crossings else ()
        return any(crossing.matches(target, tokens) for crossing in crossings)

    return matches


def resource_start(pattern: str) -> str:
    """
    Return how the folded text of every ARN begins that *pattern* matches; empty when that cannot be told.

    An index of statements finds by it the few that may speak of a resource.
    """
    segments = pattern.split(":", HEAD_SEGMENTS)
    head = segments[:HEAD_SEGMENTS]
    if len(segments) < SEGMENTS or any(map(has_wildcard, head)):
        return ""
    tail = segments[HEAD_SEGMENTS]
    ends = (tail.find(mark) for mark in ("*", "?", "${"))
    literal = tail[: min((end for end in ends if end >= 0), default=len(tail))]
    return ascii_lower(":".join(head)) + ":" + literal


class _Crossing:
    """
    A pattern whose ``*`` at the end of a segment "can expand to match beyond the colon boundaries" (semantics 12).

    That can matter only when the resource has more colons than the pattern, so it is tried last, and one character at
    a time with one bit for each token of the pattern: linear in the text.  In an Allow, a ``*`` for the partition stays
    within it, since the service after it must be at its place.
    """

    __slots__ = ("_deny", "_head", "_head_colons", "_service", "_short")

    def __init__(self, pattern: str, *, deny: bool) -> None:
        segments = pattern.split(":", HEAD_SEGMENTS)
        self._deny = deny
        self._short = len(segments) < SEGMENTS
        self._head = segments if self._short else segments[:HEAD_SEGMENTS]
        self._head_colons = len(segments) - 1
        # What stands before the first star that crosses is at its place, so the service rules most resources out.
        partition_crosses = deny and segments[1].endswith("*")
        self._service = "" if partition_crosses else ascii_lower(segments[_SERVICE])

    def matches(self, target: Target, tail: tuple[Token, ...]) -> bool:
        if not target.head or (self._service and target.segments[_SERVICE] != self._service):
            return False
        tokens = () if self._short else tail
        colons = self._head_colons + sum(token.count(":") for token in tokens if isinstance(token, str))
        if target.text.count(":") <= colons:
            return False
        steps = self._head_steps()
        if not self._short:
            steps += [_Step(":"), *_steps(tail, colons=True)]
        return _run(steps, target.text)

    def _head_steps(self) -> list["_Step"]:
        steps: list[_Step] = []
        for number, segment in enumerate(self._head):
            if number:
                steps.append(_Step(":"))
            last = self._short and number == len(self._head) - 1
            crosses = segment.endswith("*") and (last or self._deny or number > _SERVICE)
            if crosses:
                steps += [*_steps(tokenize(segment[:-1]), colons=last), _Step(None, many=True)]
            else:
                steps += _steps(tokenize(segment), colons=last)
        return steps


class _Step:
    """
    One token of a pattern: a character, any one character, or any run.

    Attributes:
        character: The one that it stands for; None for all.
        many: Whether it stands for a run.
        colons: Whether a wildcard stands for a colon too.
    """

    __slots__ = ("character", "colons", "many")

    def __init__(self, character: str | None, *, many: bool = False, colons: bool = True) -> None:
        self.character = character
        self.many = many
        self.colons = colons


def _steps(tokens: tuple[Token, ...], *, colons: bool) -> list[_Step]:
    steps: list[_Step] = []
    for token in tokens:
        if isinstance(token, str):
            steps += map(_Step, token)
        else:
            steps.append(_Step(None, many=token is Wild.MANY, colons=colons))
    return steps


def _run(steps: list[_Step], text: str) -> bool:
    """Match by simulating the automaton of *steps*, all its states at once in the bits of an integer."""
    final = 1 << len(steps)
    anything = colon = runs = 0
    named: dict[str, int] = {}
    folded: dict[str, int] = {}
    for number, step in enumerate(steps):
        bit = 1 << number
        if step.many:
            runs |= bit
        if step.character is not None:
            named[step.character] = named.get(step.character, 0) | bit
            lowered = ascii_lower(step.character)
            folded[lowered] = folded.get(lowered, 0) | bit
        else:
            anything |= bit
            if step.colons:
                colon |= bit
    state = _skip_runs(1, runs)
    colons = 0
    for character in text:
        # semantics 15: whatever part of the pattern has come this far, case matters in the resource part of the text
        same = folded.get(ascii_lower(character), 0) if colons < HEAD_SEGMENTS else named.get(character, 0)
        colons += character == ":"
        allowed = same | (colon if character == ":" else anything)
        taken = state & allowed
        state = _skip_runs((taken & runs) | ((taken & ~runs) << 1), runs)
        if not state:
            return False
    return bool(state & final)


def _skip_runs(state: int, runs: int) -> int:
    """Add the states that are reached by an empty run; runs follow each other seldom, so this ends soon."""
    while (reached := state | ((state & runs) << 1)) != state:
        state = reached
    return state


def compile_arn_pattern(pattern: str) -> Matcher | None:
    """
    Compile the value of an ARN operator: six parts, each matched apart (semantics 29).

    Returns None for a pattern that is no ARN.  A lone ``*`` stands for every ARN.
    """
    return compile_arn_tokens(tokenize(pattern))


def compile_arn_tokens(tokens: tuple[Token, ...]) -> Matcher | None:
    """Do as `compile_arn_pattern` for a pattern whose variables have been replaced."""
    if tokens == (Wild.MANY,):
        return _is_arn_text
    parts = _split_tokens(tokens)
    if len(parts) != SEGMENTS:
        return None
    if all(isinstance(token, str) for part in parts for token in part):
        literal = "".join(token for token in tokens if isinstance(token, str))
        return lambda text: text == literal
    matchers = tuple(compile_tokens(part) for part in parts)

    def matches(text: str) -> bool:
        segments = text.split(":", HEAD_SEGMENTS)
        return len(segments) == SEGMENTS and all(
            matcher(segment) for matcher, segment in zip(matchers, segments, strict=True)
        )

    return matches


def looks_like_arn(text: str) -> bool:
    """Tell whether *text* has the six parts of an ARN."""
    return text.startswith("arn:") and text.count(":") >= HEAD_SEGMENTS


_is_arn_text: Final = looks_like_arn


def _split_tokens(tokens: tuple[Token, ...]) -> list[list[Token]]:
    """Cut *tokens* at the first five colons of their literal text."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if not isinstance(token, str):
            parts[-1].append(token)
            continue
        first, *rest = token.split(":", SEGMENTS - len(parts))
        parts[-1].append(first)
        parts.extend([piece] for piece in rest)
    return parts
