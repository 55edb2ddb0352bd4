"""
Requests by chance: mostly what a client would send, somewhere broken.

Everything comes from one seed, the name of the operation and the number of the case, so that each can be made again.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote_from_bytes

from tests.fuzz import hostile
from tests.wire.samples import Seeded, params

from iamd.http import Request
from iamd.wire.model import Operation, Shape, load

Pair = tuple[str, str]

SECRET_MEMBERS: Final = frozenset(
    {
        "AuthenticationCode1",
        "AuthenticationCode2",
        "WebIdentityToken",
        "EncodedMessage",
        "PrivateKey",
        "Password",
        "NewPassword",
        "OldPassword",
        "SAMLAssertion",
        "AddPrivateKey",
        "TokenCode",
    }
)
_VERSIONS: Final = {"iam": "2010-05-08", "sts": "2011-06-15"}
_FORM: Final = b"application/x-www-form-urlencoded; charset=utf-8"
_TYPES: Final = (
    b"application/json",
    b"text/plain",
    b"",
    b"application/x-www-form-urlencoded; charset=latin-1",
    b"multipart/form-data; boundary=x",
)
_HEADERS: Final = ((b"host", b"127.0.0.1:4263"), (b"user-agent", b"fuzz/1"))
_TARGET: Final = "AWSOrganizationsV20161128."
# Too long for a header of the request to stay small, or for a form to be read: cut where it does not matter.
_LONGEST: Final = 300_000


@dataclass(frozen=True)
class Made:
    """
    A request without a signature.

    Attributes:
        canaries: Texts in places of secrets; nobody may ever see them again.
    """

    request: Request
    canaries: frozenset[str] = field(default_factory=frozenset)


class Maker:
    """Make the case *number* of an operation."""

    def __init__(
        self, seed: int, operation: Operation, number: int, base: Mapping[str, Any], plants: Mapping[str, Any]
    ) -> None:
        """
        Take what a case is made from.

        Args:
            seed: Of all.
            operation: What is asked for.
            number: Of the case.
            base: Parameters that would do.
            plants: By the names of members, lists of what is there.
        """
        self._name = f"{seed} {operation.service}:{operation.name} {number}"
        self._chance = random.Random(self._name)  # noqa: S311  tests want repetition
        self._operation = operation
        self._base = base
        self._plants = plants
        self._canaries: dict[str, str] = {}

    def made(self) -> Made:
        json_protocol = load(self._operation.service).protocol == "json"
        wild = self._likely(0.25)
        given = self._by_chance() if wild else self._like_base()
        breaks = self._chance.choice((0, 1, 2, 4) if wild else (0, 0, 0, 1))
        request = self._json(given, breaks) if json_protocol else self._query(given, breaks)
        sent = b"&" + (request.body or request.raw_query)
        return Made(request, frozenset(each for each in self._canaries if self._is_in_place(each, sent)))

    def _likely(self, share: float) -> bool:
        return self._chance.random() < share

    # What is asked.

    def _like_base(self) -> dict[str, Any]:
        """Return parameters that would do, but for a member or two."""
        made = dict(self._base)
        shape = self._operation.input
        if shape is None or not shape.members:
            return made
        sample = params(Seeded(self._name), shape)
        for _ in range(self._chance.choice((0, 1, 1, 1, 2))):
            name = self._chance.choice(list(shape.members))
            member = shape.members[name]
            if self._is_secret(name, member):
                made[name] = self._canary(name)
            elif _is_document(name, member):
                made[name] = self._chance.choice(hostile.DOCUMENTS)
            elif name in self._plants and self._likely(0.5):
                made[name] = self._chance.choice(self._plants[name])
            elif name in sample and self._likely(0.5):
                made[name] = sample[name]
            elif self._likely(0.5):
                made[name] = self._replacement(member, made.get(name))
            else:
                made.pop(name, None)
        return made

    def _by_chance(self) -> dict[str, Any]:
        """Return parameters that satisfy the model, or nearly; some name what is there."""
        shape = self._operation.input
        if shape is None:
            return {}
        made = params(Seeded(self._name), shape)
        for name, member in shape.members.items():
            if name in self._plants and self._likely(0.5):
                made[name] = self._chance.choice(self._plants[name])
            elif _is_document(name, member) and self._likely(0.8):
                made[name] = self._chance.choice(hostile.DOCUMENTS)
            elif self._is_secret(name, member) and (name in made or self._likely(0.5)):
                made[name] = self._canary(name)
            elif name in made and self._likely(0.2):
                made[name] = self._replacement(member, made[name])
        return made

    def _replacement(self, shape: Shape, value: Any) -> Any:
        match shape.type:
            case "string":
                return self._chance.choice(hostile.TEXTS)
            case "list":
                assert shape.element is not None
                return [
                    self._replacement(shape.element, None) for _ in range(self._chance.choice((0, 1, 60)))
                ]
            case "structure":
                return {
                    name: self._replacement(member, None)
                    for name, member in shape.members.items()
                    if self._likely(0.7)
                }
            case "map":
                return {text: self._chance.choice(hostile.TEXTS) for text in hostile.TEXTS[:3]}
            case "integer":
                return self._chance.choice(hostile.NUMBERS)
            case "boolean":
                return self._chance.choice(hostile.BOOLEANS)
            case _:
                return value if value is not None else self._chance.choice(hostile.TEXTS)

    def _is_secret(self, name: str, shape: Shape) -> bool:
        # What the model of Organizations calls sensitive is who people are: names and addresses, for all of them to read.
        marked = shape.sensitive and self._operation.service != "organizations"
        return shape.type == "string" and (marked or name in SECRET_MEMBERS)

    def _canary(self, name: str) -> str:
        canary = "Canary-" + "".join(self._chance.choices("abcdefghijkmnopqrstuvwxyz23456789", k=24))
        self._canaries[canary] = name
        return canary + self._chance.choice(("", "", "!A1", "<&>", "\n"))

    def _is_in_place(self, canary: str, sent: bytes) -> bool:
        """Tell whether it is still said to be a secret: in a garbled form it may be the end of somebody's name."""
        return b"&%s=%s" % (self._canaries[canary].encode(), canary.encode()) in sent

    # The Query protocol.

    def _query(self, given: Mapping[str, Any], breaks: int) -> Request:
        operation = self._operation
        pairs: list[Pair] = []
        _flatten("", dict(given), operation.input, pairs)
        for _ in range(breaks):
            self._break(pairs)
        version = _VERSIONS.get(operation.service, "")
        if self._likely(0.03):
            version = self._chance.choice((*_VERSIONS.values(), "", "2010-05-08\0"))
        form = [("Action", operation.name), ("Version", version), *pairs]
        body = b"&".join(_encoded(name) + b"=" + _encoded(value) for name, value in form)
        if self._likely(0.02):
            body = self._chance.choice(hostile.BODIES)
        elif self._likely(0.03):
            body = self._garbled(body)
        # Our signer refuses a query that says it is signed.
        if self._likely(0.05) and b"x-amz-" not in body.lower():
            return Request(method="GET", raw_path=b"/", raw_query=body[:_LONGEST], headers=_HEADERS)
        return self._request(body, ((b"content-type", self._content_type(_FORM)),))

    def _break(self, pairs: list[Pair]) -> None:
        breaks: tuple[Callable[[list[Pair]], None], ...] = (
            self._replace,
            self._replace,
            self._repeat,
            self._drop,
            self._renumber,
            self._nest,
            self._add,
        )
        self._chance.choice(breaks)(pairs)

    def _replace(self, pairs: list[Pair]) -> None:
        if pairs:
            at = self._chance.randrange(len(pairs))
            choices = self._chance.choice((hostile.TEXTS, hostile.NUMBERS, hostile.DOCUMENTS))
            pairs[at] = pairs[at][0], self._chance.choice(choices)

    def _repeat(self, pairs: list[Pair]) -> None:
        if pairs:
            name, value = self._chance.choice(pairs)
            pairs.append((name, self._chance.choice((value, *hostile.TEXTS[:9]))))

    def _drop(self, pairs: list[Pair]) -> None:
        if pairs:
            del pairs[self._chance.randrange(len(pairs))]

    def _renumber(self, pairs: list[Pair]) -> None:
        numbered = [place for place, (name, _) in enumerate(pairs) if ".member." in name or ".entry." in name]
        if numbered:
            at = self._chance.choice(numbered)
            name, value = pairs[at]
            parts = name.split(".")
            places = [place for place, part in enumerate(parts) if part.isdigit()]
            parts[self._chance.choice(places or [0])] = self._chance.choice(hostile.INDICES)
            pairs[at] = ".".join(parts), value

    def _nest(self, pairs: list[Pair]) -> None:
        if pairs:
            name, value = self._chance.choice(pairs)
            inner = self._chance.choice((".member.1", ".member.1.member.1", ".entry.1.key", ".Value", "."))
            pairs.append((name + inner * self._chance.choice((1, 1, 3, 200)), value))

    def _add(self, pairs: list[Pair]) -> None:
        name = self._chance.choice(hostile.NAMES)
        pairs += [(name, self._chance.choice(hostile.TEXTS))] * self._chance.choice((1, 1, 1, 1, 2, 2100))

    # JSON.

    def _json(self, given: Mapping[str, Any], breaks: int) -> Request:
        members = dict(given)
        for _ in range(breaks):
            name = self._chance.choice([*members, *hostile.NAMES])
            members[name] = self._chance.choice((*hostile.JSON_VALUES, *hostile.TEXTS))
        body = json.dumps(members, default=str, allow_nan=True).encode(errors="surrogatepass")
        if self._likely(0.1):
            body = self._chance.choice(hostile.JSON_BODIES)
        elif self._likely(0.03):
            body = self._garbled(body)
        target = _TARGET + self._operation.name
        if self._likely(0.02):
            target = self._chance.choice((self._operation.name, target + "x", "AWSOrganizationsV20161128."))
        return self._request(
            body,
            (
                (b"content-type", self._content_type(b"application/x-amz-json-1.1")),
                (b"x-amz-target", target.encode()),
            ),
        )

    # Both.

    def _garbled(self, body: bytes) -> bytes:
        raw = bytearray(body or b"a")
        for _ in range(self._chance.randrange(1, 5)):
            raw[self._chance.randrange(len(raw))] = self._chance.randrange(256)
        return bytes(raw)

    def _content_type(self, usual: bytes) -> bytes:
        return self._chance.choice(_TYPES) if self._likely(0.02) else usual

    def _request(self, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> Request:
        return Request(
            method="POST",
            raw_path=b"/",
            headers=(*_HEADERS, *headers),
            body=body[:_LONGEST],
        )


def _is_document(name: str, shape: Shape) -> bool:
    wanted = name.endswith(("Document", "Policy", "Content")) and name != "SAMLMetadataDocument"
    return shape.type == "string" and wanted


def _flatten(prefix: str, value: Any, shape: Shape | None, pairs: list[Pair]) -> None:
    """Write *value* as the Query protocol does; what has another type than *shape* is written as what it is."""
    match value:
        case dict() if shape is not None and shape.type == "map":
            for number, (key, each) in enumerate(value.items(), 1):
                pairs.append((f"{prefix}.entry.{number}.key", str(key)))
                _flatten(f"{prefix}.entry.{number}.value", each, shape.element, pairs)
        case dict():
            members = shape.members if shape is not None else {}
            for name, each in value.items():
                _flatten(f"{prefix}.{name}" if prefix else name, each, members.get(name), pairs)
        case list():
            element = shape.element if shape is not None else None
            for number, each in enumerate(value, 1):
                _flatten(f"{prefix}.member.{number}", each, element, pairs)
        case bool():
            pairs.append((prefix, str(value).lower()))
        case bytes():
            pairs.append((prefix, value.decode("latin-1")))
        case _:
            pairs.append((prefix, str(value)))


def _encoded(text: str) -> bytes:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="").encode()
