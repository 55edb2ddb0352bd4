"""How a page looks: by axe-core's rules, in its width, and on a picture."""

from pathlib import Path
from typing import Any, Final

from tests.browser.conftest import AXE, SHOTS

CLOUDSCAPE: Final = "mobile-toolbar-nav"
"""The bar above the content, in whose markup Cloudscape itself has an attribute that does not belong there."""


def violations(page: Any) -> list[str]:
    """Return what axe-core finds that is serious, or worse."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
        if not (each["id"] == "aria-allowed-attr" and CLOUDSCAPE in node["html"])
    ]


def scrolls_sideways(page: Any) -> bool:
    found: bool = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth + 1")
    return found


def take(page: Any, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png")
