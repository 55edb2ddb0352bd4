"""The accounts that the auditors look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.lab import AccessKey, Lab
from tests.clients.server import development_server

HERE = Path(__file__).resolve().parent
ADMINISTRATOR = AccessKey("AKIAADMINEXAMPLE0000", "secret-of-the-administrator-of-tests-000")


@pytest.fixture
def audited(tmp_path: Path) -> Iterator[Lab]:
    """Give an account with a few ways up, and with some that only look like one."""
    with development_server(tmp_path, "--seed", str(HERE / "seed.yaml")) as (found_by, root):
        yield Lab(found_by, root, tmp_path)


@pytest.fixture
def organized(tmp_path: Path) -> Iterator[Lab]:
    """Give an account whose organization closes one of the ways."""
    with development_server(tmp_path, "--seed", str(HERE / "seed_organization.yaml")) as (found_by, root):
        yield Lab(found_by, root, tmp_path)
