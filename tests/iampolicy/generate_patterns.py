"""Random patterns that match a text, or miss it by little."""

from random import Random


def blur(rng: Random, text: str) -> str:
    """Return a pattern that matches *text*, or misses it by little."""
    if rng.random() < 0.15:
        return _pieces(rng, text)
    for _ in range(1 if rng.random() < 0.6 else 2):
        text = _blur_once(rng, text)
    return text


def _blur_once(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    to = rng.randrange(at, len(text) + 1)
    chance = rng.random()
    if chance < 0.4:
        return text[:at] + "*" + text[to:]
    if chance < 0.55:
        return text[:at] + "?" + text[at + 1 :]
    if chance < 0.65:
        return text + "*"
    if chance < 0.75:
        return text.swapcase()
    if chance < 0.8:
        return text[:at] + rng.choice("?.x*") + text[at:]
    if chance < 0.85:
        return text[:at] + text[at + 1 :]
    if chance < 0.9:
        return text[:at] + "." + text[at + 1 :]
    return text


def _pieces(rng: Random, text: str) -> str:
    """Return pieces of *text* between stars: one after the other, or overlapping by a letter; some with holes."""
    places = sorted(rng.randrange(len(text) + 1) for _ in range(4))
    first, second = text[places[0] : places[1]], text[places[2] : places[3]]
    chance = rng.random()
    if chance < 0.3:
        second = text[max(places[1] - 1, 0) : places[3]]
    elif chance < 0.6:
        at = rng.randrange(len(second) + 1)
        second = second[:at] + "?" + second[at + 1 :]
    head = text[: rng.randrange(places[0] + 1)]
    return f"{head}*{first}*{second}*" + (text[-1:] if rng.random() < 0.3 else "")
