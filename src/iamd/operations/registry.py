"""
The registry: which handler answers which operation.

The name of an operation is written once, here in ``src``: at its handler.

    @iam_operation("GetUser", on=user_or_caller, mode=Mode.READ)
    def get_user(call: Call, params: Params) -> Result:
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from typing import Any, Final

from iamd.auth.target import Target
from iamd.operations.call import Call, Params, Result


class Mode(Enum):
    """What an operation needs of the archive."""

    INLINE = "inline"
    """Nothing: it runs on the event loop, from memory."""
    READ = "read"
    WRITE = "write"


Handler = Callable[[Call, Params], Result]
Targets = Callable[[Call, Params], Target | Iterable[Target]]
Prepare = Callable[[Call, Params], Any]
ModeOf = Callable[[Params], Mode]


class Registered:
    """An operation that is built."""

    __slots__ = ("gather", "handler", "mode", "name", "on", "prepare", "service")

    def __init__(
        self,
        service: str,
        name: str,
        handler: Handler,
        *,
        on: Targets,
        mode: Mode | ModeOf,
        gather: Prepare | None,
        prepare: Prepare | None,
    ) -> None:
        """
        Note how an operation is done.

        Args:
            service: Whose it is.
            name: Its own.
            handler: Does it.
            on: Finds what the action is asked on; every target must be allowed.
            mode: Or a function of the parameters.
            gather: Reads what *prepare* must know, in a transaction of its own that may only read; *prepare* finds it in
                ``call.prepared``.  What it has read may have changed by the time of the write, which must look again.
            prepare: Slow work without the store (QR codes, hashes), done on a worker's thread before a write, for
                whoever may ask for it.
        """
        self.service: Final = service
        self.name: Final = name
        self.handler: Final = handler
        self.on: Final = on
        self.mode: Final = mode
        self.gather: Final = gather
        self.prepare: Final = prepare

    def mode_for(self, params: Params) -> Mode:
        return self.mode if isinstance(self.mode, Mode) else self.mode(params)

    def targets(self, call: Call, params: Params) -> tuple[Target, ...]:
        found = self.on(call, params)
        return (found,) if isinstance(found, Target) else tuple(found)


_REGISTERED: dict[tuple[str, str], Registered] = {}


def iam_operation(
    name: str,
    *,
    on: Targets,
    mode: Mode | ModeOf,
    gather: Prepare | None = None,
    prepare: Prepare | None = None,
) -> Callable[[Handler], Handler]:
    """Register the handler of an operation of IAM."""
    return _operation("iam", name, on, mode, gather, prepare)


def sts_operation(
    name: str, *, on: Targets, mode: Mode | ModeOf, prepare: Prepare | None = None
) -> Callable[[Handler], Handler]:
    """Register the handler of an operation of STS."""
    return _operation("sts", name, on, mode, None, prepare)


def organizations_operation(name: str, *, on: Targets, mode: Mode | ModeOf) -> Callable[[Handler], Handler]:
    """Register the handler of an operation of Organizations."""
    return _operation("organizations", name, on, mode, None, None)


def _operation(
    service: str,
    name: str,
    on: Targets,
    mode: Mode | ModeOf,
    gather: Prepare | None,
    prepare: Prepare | None,
) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        if (service, name) in _REGISTERED:
            raise ValueError(f"{service}:{name} has a handler already")
        _REGISTERED[service, name] = Registered(
            service, name, handler, on=on, mode=mode, gather=gather, prepare=prepare
        )
        return handler

    return register


def load() -> dict[tuple[str, str], Registered]:
    """Import every module of operations and return what they registered, by service and name."""
    _import_all()
    return dict(_REGISTERED)


@cache
def _import_all() -> None:
    from iamd.operations import iam, organizations, sts  # noqa: PLC0415  they import this module

    for package in (iam, sts, organizations):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
