"""Programs of others, which a machine may have or not."""

import os
import shutil

import pytest


def program(name: str, target: str, *, in_ci: bool = True) -> str:
    """
    Return the path of a program, which ``IAMD_TEST_NAME`` may say.

    Where there is none skip, or fail if it was asked for so, or must be there in CI.  *target* is what installs one.
    """
    variable = f"IAMD_TEST_{name.upper()}"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    found = shutil.which(os.environ.get(variable, name), path=path)
    if found is None:
        reason = f"{name} is not installed; `make {target}` installs one"
        if variable in os.environ or (in_ci and os.environ.get("CI") == "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
