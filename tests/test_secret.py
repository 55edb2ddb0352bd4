"""A secret: that its text leaves it by `reveal` alone, compiled or not."""

import copy
import json
import logging
import pickle
from collections.abc import Callable

import msgspec
import pytest

from iamd.secret import Secret

TEXT = "not-to-be-seen"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        format,
        "{}".format,
        "{!r:>40}".format,
        "%s".__mod__,
        lambda secret: repr([secret]),
        lambda secret: logging.LogRecord("x", 1, "x", 1, "it is %s", (secret,), None).getMessage(),
        lambda secret: repr(ValueError(secret)),
        lambda secret: json.dumps(secret, default=str),
    ],
)
def test_a_secret_does_not_show(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(TEXT))
    assert "Secret(" in shown
    assert TEXT not in shown


@pytest.mark.parametrize(
    "take",
    [
        hash,
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
        msgspec.json.encode,
        json.dumps,
        lambda secret: secret == Secret(TEXT),
        lambda secret: secret != TEXT,
        lambda secret: secret in {TEXT: 1},
        lambda secret: secret < TEXT,
        lambda secret: secret + "",
        len,
        iter,
        vars,
    ],
)
def test_a_secret_is_nothing_else(take: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as refused:
        take(Secret(TEXT))
    assert TEXT not in str(refused.value)


def test_a_secret_is_compared_in_constant_time() -> None:
    secret = Secret(TEXT)
    assert secret.matches(Secret(TEXT))
    assert not secret.matches(Secret(TEXT + "x"))
    assert not secret.matches(Secret(""))
    assert secret.reveal() == TEXT


def test_nothing_can_be_added_to_a_secret() -> None:
    with pytest.raises(AttributeError):
        setattr(Secret(TEXT), "other", 1)  # noqa: B010  what a type checker would not let through
