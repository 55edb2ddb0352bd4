"""
Every member of a request is read by the handler of its operation: none is accepted and then ignored.

The handlers are run, by the walk of the golden matrix, with parameters that remember which of their members were asked
for.  What they do with a member is for the tests of the operation to say.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.house.matrix import Walk
from tests.house.matrix_entities import PASSWORDS
from tests.house.sender import OPERATIONS, name_of
from tests.house.town import town
from tests.support.loops import LoopThread

from iamd.operations import registry
from iamd.operations.call import Call, Params
from iamd.operations.registry import Registered

# Members that are not seen to be read, each with its reason.
IGNORED: Mapping[str, str] = {
    "iam:SimulateCustomPolicy Marker": "read from a copy, by `paginate`",
    "iam:SimulatePrincipalPolicy Marker": "read from a copy, by `paginate`",
}
# Operations whose handlers the walk does not reach, each with its reason.
NOT_REACHED: Mapping[str, str] = {
    "sts:AssumeRoleWithSAML": "the walk has no identity provider, and its response opens nothing",
    "sts:AssumeRoleWithWebIdentity": "the walk has no identity provider, and its token opens nothing",
}

REGISTERED = registry.load()


class Remembering(dict[str, Any]):
    """Parameters that note in *read* which members were asked for."""

    def __init__(self, params: Params, read: set[str]) -> None:
        super().__init__(params)
        self._read = read

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._read.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        return super().get(name, default)


def remembering(registered: Registered, read: set[str]) -> Registered:
    """Return *registered* with parameters that note in *read* what its functions ask for."""

    def noting(function: Callable[[Call, Params], Any]) -> Callable[[Call, Params], Any]:
        return lambda call, params: function(call, Remembering(params, read))

    return Registered(
        registered.service,
        registered.name,
        noting(registered.handler),
        mode=registered.mode,
        gather=registered.gather and noting(registered.gather),
        prepare=registered.prepare and noting(registered.prepare),
        # What a request of STS is asked on is made of more than names: the rest of it is context keys.
        on=noting(registered.on) if registered.service == "sts" else registered.on,
    )


def test_every_member_is_read(monkeypatch: pytest.MonkeyPatch, loop: LoopThread, tmp_path: Path) -> None:
    """R-25, from the other side: what a client asks for is done, or refused."""
    table = dict(REGISTERED)
    monkeypatch.setattr(registry, "load", lambda: table)
    read: dict[tuple[str, str], set[str]] = {key: set() for key in REGISTERED}
    with town(loop, tmp_path) as found:
        # Not before: seeds are planted by the handlers themselves.
        table |= {key: remembering(registered, read[key]) for key, registered in REGISTERED.items()}
        found.root.iam.create_login_profile(UserName="admin", Password=PASSWORDS[0])
        for actor in ("root", "admin"):
            Walk(found, actor).outcomes()
    ignored = {
        f"{name_of(operation)} {member}"
        for operation in OPERATIONS
        if operation.service in {"iam", "sts"}
        and name_of(operation) not in NOT_REACHED
        and (operation.service, operation.name) in REGISTERED
        and operation.input is not None
        for member in operation.input.members.keys() - read[operation.service, operation.name]
    }
    assert sorted(ignored) == sorted(IGNORED)
    assert [name for name in NOT_REACHED if read[_key(name)] - {"RoleArn"}] == []


def _key(name: str) -> tuple[str, str]:
    service, _, operation = name.partition(":")
    return service, operation
