"""The seeds of the documentation can be planted."""

from pathlib import Path

import pytest
from tests.support.pages import PAGES, ROOT, Block, blocks

from iamd.assemble import Application
from iamd.settings import Settings


def seeds(page: Path) -> list[Block]:
    return [
        block
        for block in blocks(page, "yaml")
        if not block.policy_test and block.file is None and block.server_file in {None, "seed.yaml"}
    ]


PAGES_WITH_SEEDS = [page for page in PAGES if seeds(page)]


@pytest.mark.parametrize("page", PAGES_WITH_SEEDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_seeds_of_a_page_can_be_planted(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(seeds(page)):
        seed = tmp_path / f"seed-{number}.yaml"
        seed.write_text(block.text, encoding="utf-8")
        application = Application(Settings(seed=seed))
        application.close()
        assert application.planted
