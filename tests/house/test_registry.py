"""Every operation of the service models has a handler, or a line that says why it has none."""

import ast
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from botocore import xform_name
from tests.house.sender import OPERATIONS, Answer, generated, name_of, request_to, send_all, signed
from tests.house.source import Source, sources
from tests.house.town import Town, plants

from iamd.operations.registry import load as load_registry
from iamd.wire.model import SERVICES, Operation, load

UNIMPLEMENTED = Path(__file__).with_name("unimplemented.txt")
REGISTERED = load_registry()

REGISTERING = {f"{service}_operation" for service in SERVICES}

# Where an operation is named besides its handler: rules about what a session may ask for at all, which hold for
# operations without a handler, too.  By path, with the reason.
NAMED_ELSEWHERE: Mapping[str, str] = {
    "iamd/auth/authenticate.py": "which operations are not signed",
    "iamd/auth/session_limits.py": "what temporary credentials cannot ask for",
}


def listed() -> dict[str, str]:
    """Return the reason of each operation that is not implemented."""
    lines = UNIMPLEMENTED.read_text().splitlines()
    pairs = [line.split("  ", 1) for line in lines]
    assert all(len(pair) == 2 and pair[1].strip() for pair in pairs), "`service:Operation  reason`"
    assert lines == sorted(set(lines))
    return dict(pairs)


def unimplemented() -> list[Operation]:
    return [operation for operation in OPERATIONS if (operation.service, operation.name) not in REGISTERED]


def test_the_models_have_these_operations() -> None:
    counts = {service: len(load(service).operations) for service in SERVICES}
    assert counts == {"iam": 180, "sts": 11, "organizations": 63}


def test_what_has_no_handler_is_listed_with_a_reason() -> None:
    assert sorted(listed()) == sorted(map(name_of, unimplemented()))


def test_nothing_has_a_handler_that_the_models_lack() -> None:
    known = {(operation.service, operation.name) for operation in OPERATIONS}
    assert set(REGISTERED) - known == set()


def test_what_a_handler_is_registered_as_is_what_it_is_called() -> None:
    called = {(service, name): each.handler.__name__ for (service, name), each in REGISTERED.items()}
    assert called == {(service, name): xform_name(name) for service, name in REGISTERED}


def test_every_handler_says_what_it_is_asked_on() -> None:
    """R-26: a route without a permission check fails at start-up; here there is no way to write one."""
    assert all(callable(each.on) for each in REGISTERED.values())


def test_the_name_of_an_operation_is_written_once_at_its_handler() -> None:
    names = {operation.name for operation in OPERATIONS}
    registered = Counter[str]()
    elsewhere = []
    for source in sources():
        at_handlers = set(map(id, _decorating(source)))
        for node in source.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
                if id(node) in at_handlers:
                    registered[node.value] += 1
                elif source.path not in NAMED_ELSEWHERE:
                    elsewhere.append(f"{source.at(node)} {node.value}")
    assert elsewhere == []
    assert registered == Counter(name for _, name in REGISTERED)


def _decorating(source: Source) -> list[ast.expr]:
    """Return the first argument of each ``@iam_operation(…)`` and its kin."""
    return [
        decorator.args[0]
        for _, function in source.functions
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id in REGISTERING
    ]


def test_the_operations_without_a_signature_are_those_of_the_models() -> None:
    of_the_models = {name_of(operation) for operation in OPERATIONS if operation.anonymous}
    assert of_the_models == {"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}


def test_what_is_not_implemented_says_so_to_whoever_may_ask(town: Town) -> None:
    asked = unimplemented()
    answers = send_all(
        town.world,
        [
            signed(request_to(each, generated(each, plants())), each.service, town.root.credentials)
            for each in asked
        ],
    )
    assert dict(zip(map(name_of, asked), answers, strict=True)) == {
        name_of(each): Answer(
            400, "UnsupportedOperation", f"{name_of(each)} is not implemented by iamd yet", answer.body
        )
        for each, answer in zip(asked, answers, strict=True)
    }
