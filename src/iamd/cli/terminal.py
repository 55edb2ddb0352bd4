"""What may be shown on a terminal."""


def printable(text: str) -> str:
    """Return *text* with an escape for whatever is no printable character, so that a file cannot steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
