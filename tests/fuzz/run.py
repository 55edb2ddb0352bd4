"""
Every operation, asked many times for what nobody would ask for.

What holds for every answer: it is no fault of the server's (5xx), it takes less than two seconds of CPU, botocore reads it, and
no secret is in it.

``python -m tests.fuzz.run [--cases N] [--seed N] [--only TEXT]``
"""

import argparse
import asyncio
import re
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserError, create_parser
from tests.fuzz.generate import Made, Maker
from tests.fuzz.road import Road, there
from tests.house.sender import OPERATIONS, name_of, signed
from tests.house.town import Town, town
from tests.support.loops import loop_thread
from tests.support.world import Credentials

from iamd.http import Request, Response
from iamd.wire.model import SERVICES, Operation, load

SLOWEST: Final = 2.0
CASES: Final = 200
FRESH: Final = 100
CALLERS: Final = ("root", "root", "root", "admin", "root", "root", "admin", "nobody")
"""Of eight requests one is by a user without policies, two are by one to whom everything is allowed."""
_LOST: Final = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
_CODE: Final = re.compile(r"[A-Za-z0-9.]+")


@dataclass(frozen=True)
class Finding:
    """An answer that may not be."""

    operation: str
    case: int
    what: str
    request: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.operation} case {self.case}: {self.what}\n    {self.request[:600]}"


class Fuzzer:
    """
    Ask a town.

    Attributes:
        asked: How many requests there were.
        answered: How many of them had which error; ``OK`` without one.
        done: The operations that were done at least once.
        found: What was wrong with answers.
    """

    def __init__(self, asked: Town, seed: int, audit: Path) -> None:
        self.road = Road(asked)
        self.asked = 0
        self.answered: Counter[str] = Counter()
        self.done: set[str] = set()
        self.found: list[Finding] = []
        self._town = asked
        self._seed = seed
        self._audit = audit
        self._keys = {"root": _key(asked.root.credentials)} | {
            name: _key(asked.actor(name).credentials) for name in ("admin", "nobody")
        }
        planted = [key.access_key.secret.reveal() for key in asked.world.app.planted]
        self._secrets = {*planted, *(key.secret_access_key for key in self._keys.values())}
        self._canaries: set[str] = set()

    def ask(
        self, operation: Operation, base: Mapping[str, Any], there: Mapping[str, Any], numbers: Iterable[int]
    ) -> None:
        """Ask for *operation* as the cases of these *numbers* do, where *base* would do and *there* is something."""
        for number in numbers:
            made = Maker(self._seed, operation, number, base, there).made()
            self._canaries |= made.canaries
            response, taken = self._answer(operation, made, self._keys[CALLERS[number % len(CALLERS)]])
            code = _error_code(response)
            self.asked += 1
            self.answered[code or "OK"] += 1
            if not code:
                self.done.add(name_of(operation))
            for what in self._wrong(operation, made, response, taken):
                sent = repr(made.request.body or made.request.raw_query)
                self.found.append(Finding(name_of(operation), number, what, sent))
            if code in _LOST and self._is_lost():
                # A request has taken away what the next ones are signed with.
                self._town.world.app.reset()

    def look_at_audit_trail(self) -> None:
        """See whether any secret is in what was written down."""
        written = self._audit.read_bytes()
        for text in (*self._secrets, *self._canaries):
            if text.encode() in written:
                self.found.append(Finding("the audit trail", 0, "shows a secret", text))

    def _is_lost(self) -> bool:
        for key in self._keys.values():
            found = self._town.world.loop.run(self._town.world.app.pipeline.handle(_who_am_i(key)))
            if found.status != 200:
                return True
        return False

    def _answer(self, operation: Operation, made: Made, key: Credentials) -> tuple[Response, float]:
        request = signed(made.request, operation.service, key)

        async def answered() -> tuple[Response, float]:
            begun = time.process_time()
            response = await self._town.world.app.pipeline.handle(request)
            return response, time.process_time() - begun

        return asyncio.run_coroutine_threadsafe(answered(), self._town.world.loop.loop).result()

    def _wrong(self, operation: Operation, made: Made, response: Response, taken: float) -> Iterator[str]:
        if response.status >= 500:
            yield f"{response.status}: {response.body[:300]!r}"
        if taken > SLOWEST:
            yield f"{taken:.1f} s of CPU"
        unread = _unread(operation, response)
        if unread is not None:
            yield unread
        shown = response.body + b"\n".join(value for _, value in response.headers)
        for canary in made.canaries:
            if canary.encode() in shown:
                yield "shows a secret of the request"
        if any(text.encode() in shown for text in self._secrets):
            yield "shows a secret of somebody"


def _unread(operation: Operation, response: Response) -> str | None:
    """Say why botocore cannot read an answer; None when it can."""
    headers = {name.decode(): value.decode() for name, value in response.headers}
    model = _MODELS[operation.service]
    # What the form asks for may be another operation, or none: an error is read alike.
    shape: Any = model.operation_model(operation.name).output_shape if response.status == 200 else None
    try:
        read = _PARSERS[model.metadata["protocol"]].parse(
            {"headers": headers, "status_code": response.status, "body": response.body}, shape
        )
    except (ResponseParserError, ValueError, KeyError, TypeError) as error:
        return f"botocore cannot read it: {error!r}"
    if response.status == 200:
        return None
    code = read.get("Error", {}).get("Code", "")
    return None if _CODE.fullmatch(code) else f"its error has no code: {response.body[:200]!r}"


def _error_code(response: Response) -> str:
    if response.status == 200:
        return ""
    found = re.search(rb"<Code>([^<]*)</Code>|\"__type\": ?\"([^\"]*)\"", response.body)
    return "" if found is None else (found[1] or found[2]).decode()


def _who_am_i(key: Credentials) -> Request:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = (
        (b"host", b"127.0.0.1:4263"),
        (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
    )
    return signed(Request(method="POST", raw_path=b"/", headers=headers, body=body), "sts", key)


def _key(credentials: Credentials | None) -> Credentials:
    if credentials is None:
        raise LookupError("somebody has no access key")
    return credentials


@contextmanager
def fuzzer(seed: int) -> Iterator[Fuzzer]:
    """Yield one with a town of its own; the audit trail is looked at in the end."""
    with loop_thread() as loop, tempfile.TemporaryDirectory() as folder:
        audit = Path(folder) / "audit.jsonl"
        with town(loop, Path(folder), audit_file=audit) as asked:
            made = Fuzzer(asked, seed, audit)
            yield made
        made.look_at_audit_trail()


def fuzz(asking: Fuzzer, operations: Iterable[Operation], cases: int, *, told: bool = False) -> None:
    """
    Ask for each of *operations*, so many times.

    Each is asked for where the golden matrix asks for it, on a road that begins anew every `FRESH` cases, of many thousands
    every fortieth part: what it needs is there, and so is what the cases before have not spoiled.
    """
    fresh = max(FRESH, cases // 40)
    for operation in operations:
        begun = time.perf_counter()
        for first in range(0, cases, fresh):
            asking.ask(
                operation, *asking.road.to(operation, first // fresh), range(first, min(first + fresh, cases))
            )
        if told:
            seconds = time.perf_counter() - begun
            print(f"{name_of(operation):60} {seconds:7.2f} s  {len(asking.found)}", flush=True)


def fuzz_along(asking: Fuzzer, cases: int) -> None:
    """Ask for every operation so many times for each of its steps, on one road: much faster, and soon much is spoiled."""
    for step in asking.road.along():
        operation = load(step.service).operations[step.operation]
        asking.ask(operation, step.params, there(step.params), range(cases))
    for operation in load("organizations").operations.values():
        asking.ask(operation, *asking.road.to(operation), range(cases))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--only", default="", help="a part of names of operations")
    options = parser.parse_args()
    operations = [each for each in OPERATIONS if options.only.lower() in name_of(each).lower()]
    print(f"--seed {options.seed} --cases {options.cases}: {len(operations)} operations", flush=True)
    with fuzzer(options.seed) as asking:
        fuzz(asking, operations, options.cases, told=True)
    for finding in asking.found:
        print(finding)
    print(", ".join(f"{code} {number}" for code, number in asking.answered.most_common(12)))
    print("never done:", ", ".join(sorted({name_of(each) for each in operations} - asking.done)))
    print(f"{asking.asked} requests, {len(asking.found)} answers that may not be (--seed {options.seed})")
    return 1 if asking.found else 0


_LOADER: Final = Loader()
_MODELS: Final = {
    name: ServiceModel(_LOADER.load_service_model(name, "service-2"), name) for name in SERVICES
}
_PARSERS: Final = {name: create_parser(name) for name in ("query", "json")}

if __name__ == "__main__":
    sys.exit(main())
