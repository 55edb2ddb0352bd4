"""Progress, for what takes longer than a second: on the standard error of a terminal, and nowhere else."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Advance = Callable[[int], None]
"""Say that so many more parts are done."""

_PATIENCE_SECONDS: Final = 1.0


@contextmanager
def progress(
    text: str, total: int | None = None, *, patience: float = _PATIENCE_SECONDS
) -> Iterator[Advance]:
    """
    Show how far something is, once it has taken a while, and leave nothing behind.

    Args:
        text: What is being done.
        total: Of how many parts; without it nobody can tell how far it is.
        patience: For how many seconds nothing is shown.

    Yields:
        What to call with how many more parts are done.
    """
    if not sys.stderr.isatty():
        yield lambda _number: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (BarColumn(), MofNCompleteColumn()) if total is not None else (SpinnerColumn(),)
    bar = Progress(TextColumn(text), *columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(text, total=total)
    begun = threading.Timer(patience, bar.start)
    begun.daemon = True
    begun.start()
    try:
        yield lambda number: bar.advance(task, number)
    finally:
        begun.cancel()
        begun.join()
        bar.stop()
