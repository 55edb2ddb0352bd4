"""The seeds of the documentation can be planted."""

from pathlib import Path

import pytest
from tests.support.pages import ROOT, blocks, pages_with

from iamd.assemble import Application
from iamd.settings import Settings


@pytest.mark.parametrize("page", pages_with("yaml"), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_seeds_of_a_page_can_be_planted(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(page, "yaml")):
        seed = tmp_path / f"seed-{number}.yaml"
        seed.write_text(block.text, encoding="utf-8")
        application = Application(Settings(seed=seed))
        application.close()
        assert application.planted
