"""The reference page of errors, from the classes of `iamd.errors`."""  # noqa: INP001  a program's part, not a package

import inspect
from collections.abc import Iterable, Iterator
from typing import Final

from tools.reference_operations import TITLES, code_of, model_of

from iamd import errors
from iamd.errors import ServiceError, organizations
from iamd.wire import json_errors

_ERRORS_HEAD: Final = """\
# Errors

<!-- Written by `make docs` from src/iamd/errors. -->

Every error that iamd answers, by the code that a client sees: `An error occurred (CODE) when calling …`. Codes and texts are AWS's. IAM
and STS answer XML; Organizations answers JSON, and names [some of the common ones](#the-same-in-json) otherwise. A denial has the
header `x-iamd-decision-id`, to [ask why](../howto/debug-a-denial.md).

Status 4xx says that the request has to change; 5xx, and `Throttling`, that it may be sent again. [Operations](README.md#operations) have
the errors that each of them declares.
"""


def error_page() -> str:
    """Return the page."""
    return "".join(_page())


def _page() -> Iterator[str]:
    known = [*_classes(errors), *_classes(organizations)]
    own = {
        service: {
            code_of(model, shape) for shape in model["shapes"] if model["shapes"][shape].get("exception")
        }
        for service in TITLES
        for model in [model_of(service)]
    }

    def own_of(code: str) -> bool:
        return any(code in codes for codes in own.values())

    yield _ERRORS_HEAD
    yield "\n## Common ones\n\n"
    yield from _table(error for error in known if error.fault == "Receiver" or not own_of(error.code))
    for service, title in TITLES.items():
        yield f"\n## {title}\n\n"
        yield from _table(
            error for error in known if error.code in own[service] and error.fault != "Receiver"
        )
    yield "\n## The same in JSON\n\n| of IAM and STS | of Organizations |\n|---|---|\n"
    for error in sorted(_classes(errors), key=lambda error: error.code):
        name = json_errors.code_of(error())
        if name != error.code:
            yield f"| `{error.code}` | `{name}` |\n"


def _classes(module: object) -> list[type[ServiceError]]:
    """Return the errors that *module* itself defines, but for those that are never raised."""
    found = (each for _, each in inspect.getmembers(module, inspect.isclass))
    return [
        each
        for each in found
        if issubclass(each, ServiceError)
        and each.__module__ == getattr(module, "__name__", None)
        and not (each.__doc__ or "").rstrip().endswith("Never raised itself.")
        and not each.__subclasses__()
    ]


def _table(found: Iterable[type[ServiceError]]) -> Iterator[str]:
    yield "| code | status | |\n|---|---|---|\n"
    told = {error.code: error for error in found}
    for code in sorted(told):
        error = told[code]
        text = (inspect.getdoc(error) or "").partition("\n")[0]
        yield f"| `{code}` | {error.status} | {text} |\n"
