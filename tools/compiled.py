"""
The wheel's build hook: with ``IAMD_COMPILED=1`` the modules that every request meets are compiled to machine code, by mypyc.

The sources stay in the wheel beside what was compiled of them, and a module whose compiled form does not fit the
interpreter is imported from its source.  See docs/adr/0014.
"""  # noqa: INP001  a program's part, not a package

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULES: Final = (
    "iamd.auth.allowances",
    "iamd.auth.authenticate",
    "iamd.auth.authorize",
    "iamd.auth.mfa_claim",
    "iamd.auth.policies_for",
    "iamd.auth.rate_limits",
    "iamd.auth.remembered",
    "iamd.auth.schemes.live_sessions",
    "iamd.auth.schemes.sigv4",
    "iamd.auth.session_limits",
    "iamd.directory.directory",
    "iamd.directory.lease",
    "iamd.domain.access_key_ids",
    "iamd.hmac_key",
    "iamd.operations.registry",
    "iamd.operations.resources",
    "iamd.operations.sts.assume_role",
    "iamd.operations.sts.caller_identity",
    "iamd.operations.sts.role_sessions",
    "iamd.operations.usage",
    "iamd.own_pages",
    "iamd.pipeline",
    "iamd.road",
    "iamd.secret",
    "iamd.server.direct",
    "iamd.server.protocol",
    "iamd.sessions.issue",
    "iamd.sessions.keyring",
    "iamd.sessions.token",
    "iamd.sigv4.canonical",
    "iamd.sigv4.claim",
    "iamd.sigv4.form",
    "iamd.sigv4.payload",
    "iamd.sigv4.signing_key",
    "iamd.sigv4.verify",
    "iamd.wire.constraints",
    "iamd.wire.dispatch",
    "iamd.wire.protocols",
    "iamd.wire.query",
    "iamd.wire.xml",
)
"""
What a request passes through.

They hold functions and plain classes: mypyc takes no notice of what a `msgspec.Struct` or a frozen dataclass says in
its head.  None waits, or yields, while it handles an exception, which would stay the context of every later one, and keep
what it holds in memory.  None calls itself without end: compiled calls are not counted, and fill the stack.  And no slice
of bytes may end before it begins: mypyc raises a SystemError instead of giving none.  A method has one name: another one for
it (``__str__ = __repr__``) is lost.  Nothing overrides what a list or a dictionary does: theirs is called without a look.  What has
a length is asked for it: its truth is true.  And no generator leaves anything open, since one that is dropped is not closed.
"""


class Compiled(BuildHookInterface[Any]):
    """Compile `MODULES` into the wheel, when asked to."""

    def dependencies(self) -> list[str]:
        # mypy must see the types of what they import.
        return ["mypy[mypyc]>=2.4,<3", *self.metadata.core.dependencies] if _asked() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not _asked() or version == "editable":
            return
        root = Path(self.root)
        for library, name in _build(root, root / "build" / "compiled"):
            build_data["force_include"][str(library)] = name
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _asked() -> bool:
    return os.environ.get("IAMD_COMPILED") == "1"


def _build(root: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each shared library and its name in the wheel."""
    # Imported only when asked for, by who has them then.
    from mypyc.build import mypycify  # noqa: PLC0415
    from setuptools import Distribution  # noqa: PLC0415

    sources = [str(root / "src" / f"{each.replace('.', '/')}.py") for each in MODULES]
    # Not as `make lint` has it: whoever installs has not every stub.
    words = ["--config-file=", "--ignore-missing-imports", "--explicit-package-bases", "--namespace-packages"]
    os.environ["MYPYPATH"] = str(root / "src")
    extensions = mypycify([*words, *sources], opt_level="3", debug_level="0", target_dir=str(folder / "c"))
    build = Distribution({"name": "iamd", "ext_modules": extensions}).get_command_obj("build_ext")
    build.build_lib, build.build_temp = str(folder / "lib"), str(folder / "objects")
    build.parallel = os.cpu_count()
    build.ensure_finalized()
    build.run()
    for library in map(Path, build.get_outputs()):
        yield library, library.relative_to(folder / "lib").as_posix()
