"""Progress, for what takes longer than a second: on the standard error of a terminal, and nowhere else."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_PATIENCE_SECONDS: Final = 1.0


@contextmanager
def progress(text: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """
    Show how far something is, once it has taken a second, and leave nothing behind.

    Args:
        text: What is being done.
        total: Of how many parts; without it nobody can tell how far it is.

    Yields:
        What to call when a part is done.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (BarColumn(), MofNCompleteColumn()) if total is not None else (SpinnerColumn(),)
    bar = Progress(TextColumn(text), *columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(text, total=total)
    begun = threading.Timer(_PATIENCE_SECONDS, bar.start)
    begun.daemon = True
    begun.start()
    try:
        yield lambda: bar.advance(task)
    finally:
        begun.cancel()
        begun.join()
        bar.stop()
