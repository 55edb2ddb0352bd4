"""What may be shown on a terminal, and what is asked there."""

import sys

import click


class NobodyToAskError(click.ClickException):
    """There is a question, and no terminal; the text holds it."""

    exit_code = 2


def printable(text: str) -> str:
    """Return *text* with an escape for whatever is no printable character, so that a file cannot steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def on_a_terminal() -> bool:
    """Say whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(question: str, *, sure: bool) -> bool:
    """
    Ask whether to go on; *sure* has answered already.

    Raises:
        NobodyToAskError: There is no terminal.
    """
    if sure:
        return True
    if not on_a_terminal():
        raise NobodyToAskError(f"{question}\nthere is nobody to ask: --yes answers yes")
    return click.confirm(question, err=True)
