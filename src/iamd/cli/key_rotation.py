"""
Changing an access key for a new one, in steps that can be gone on with after any interruption.

How far a rotation is, the keys themselves say: nothing is remembered elsewhere, and it may be gone on with from another machine.

* One active key: a new one is to be made.
* Two active keys: the older one is to be deactivated, once programs have the newer.
* An active key, and an older one that is inactive: that is to be deleted.
* Anything else is no rotation, and is left to whoever knows what it is.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

import click

from iamd.cli.access_keys import AccessKey, keys_of
from iamd.cli.aws import Aws, Client, Source
from iamd.cli.failures import BadCredentialsError
from iamd.cli.output import when
from iamd.cli.progress import progress
from iamd.cli.terminal import agreed
from iamd.clock import SystemClock
from iamd.secret import Secret

_YOUNG: Final = timedelta(days=1)
_FIRST_LOOK_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 5.0
# AWS: "changes … made in IAM … take time to replicate"; until then a new key is unknown.
_KNOWN_SECONDS: Final = 30
_MOST_KEYS: Final = 2


class Step(Enum):
    """What a rotation does next."""

    CREATE = auto()
    DEACTIVATE = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class State:
    """How far a rotation is: what comes next, and for which key; *new* is there from the second step on."""

    step: Step
    old: AccessKey
    new: AccessKey | None = None


def state_of(keys: Sequence[AccessKey]) -> State:
    """
    Return how far the rotation of *keys* is, which are a user's, the oldest first.

    Raises:
        ClickException: They are in none; the text says what to do.
    """
    match [(key, key.active) for key in keys]:
        case [(only, True)]:
            return State(Step.CREATE, only)
        case [(old, True), (new, True)]:
            return State(Step.DEACTIVATE, old, new)
        case [(old, False), (new, True)]:
            return State(Step.DELETE, old, new)
        case []:
            raise click.ClickException("there is no access key to rotate; `iamd keys create` makes one")
        case [(only, False)]:
            raise click.ClickException(
                f"the only access key, {only.access_key_id}, is inactive: activate it to rotate it, or delete it and make another"
            )
        case [(old, True), (new, False)]:
            raise click.ClickException(
                f"of two access keys the newer one, {new.access_key_id}, is inactive: activate it to go on, or delete it to begin"
                f" anew with {old.access_key_id}"
            )
        case _:
            named = ", ".join(key.access_key_id for key in keys)
            raise click.ClickException(
                f"no rotation is like this ({named}): at most {_MOST_KEYS} keys, one of them active"
            )


class Rotation:
    """The rotation of one user's key; *show* is given a new key, as CreateAccessKey answers it."""

    def __init__(self, aws: Aws, user: str | None, *, show: Callable[[dict[str, Any]], None]) -> None:
        self._aws: Final = aws
        self._user: Final = user
        self._show: Final = show
        self._iam: Client = aws.client("iam")
        self._asking_with = aws.source.access_key_id
        self._made = False

    def run(self, *, sure: bool, person: bool, seconds: int) -> None:
        """
        Go on from where it is, for as long as somebody agrees.

        Args:
            sure: Questions need no answer.
            person: There is somebody to ask.
            seconds: How long to watch for a use of the new key.

        Raises:
            ClickException: The keys are in no rotation, or the server refuses a step.
        """
        asker = _Asker(sure=sure, person=person, again=self._again())
        state = state_of(self._keys())
        if state.step is Step.CREATE:
            state = self._create(state.old, asker)
        if state.step is Step.DEACTIVATE and state.new is not None:
            state = self._deactivate(state.old, state.new, asker, seconds)
        if state.step is Step.DELETE and state.new is not None:
            self._delete(state.old, state.new, asker)

    def _create(self, only: AccessKey, asker: "_Asker") -> State:
        now = SystemClock().real()
        if now - only.created_at < _YOUNG:
            # Somebody may only want to be certain that a rotation is over; and what runs again and again comes to an end.
            about = f"{_named(only)} was made {when(only.created_at, now)}"
            if not asker.person or asker.sure:
                asker.stop(f"{about}: there is nothing to rotate yet")
            asker.ask(f"{about}. Make another?")
        made = self._iam.create_access_key(UserName=self._user)["AccessKey"]
        self._show(made)
        if only.access_key_id == self._asking_with:
            self._ask_with(made)
        self._made = True
        return state_of(self._keys())

    def _deactivate(self, old: AccessKey, new: AccessKey, asker: "_Asker", seconds: int) -> State:
        if old.access_key_id == self._asking_with:
            raise click.ClickException(
                f"{old.access_key_id} is to be deactivated next, and it is the key that you ask with: put {new.access_key_id}"
                f" in its place first, then {self._again()}"
            )
        now = SystemClock().real()
        if self._made and (asker.sure or not asker.person):
            asker.stop(f"next: put {new.access_key_id} in place of {old.access_key_id}")
        asker.ask(
            f"{_named(old)}, the old key, was last used: {old.use(now)}\n"
            f"{_named(new)}, the new key, was last used: {new.use(now)}\n"
            "Is the new key in place, and shall the old one be deactivated? It can be activated again."
        )
        self._iam.update_access_key(UserName=self._user, AccessKeyId=old.access_key_id, Status="Inactive")
        click.echo(f"deactivated: {old.access_key_id}", err=True)
        if not self._seen(new, seconds):
            asker.stop(
                f"{new.access_key_id} has not been used since. If something fails now: iamd keys activate {old.access_key_id}"
            )
        return state_of(self._keys())

    def _delete(self, old: AccessKey, new: AccessKey, asker: "_Asker") -> None:
        now = SystemClock().real()
        asker.ask(
            f"{_named(old)}, inactive, was last used: {old.use(now)}\n"
            f"{_named(new)}, the new key, was last used: {new.use(now)}\n"
            "Shall the old key be deleted? It does not come back."
        )
        self._iam.delete_access_key(UserName=self._user, AccessKeyId=old.access_key_id)
        click.echo(f"deleted: {old.access_key_id}", err=True)

    def _seen(self, new: AccessKey, seconds: int) -> bool:
        """Wait until the new key is used; say whether it was."""
        clock, moment = SystemClock(), threading.Event()
        until, pause = clock.monotonic() + seconds, _FIRST_LOOK_SECONDS
        try:
            with progress(f"Waiting for a use of {new.access_key_id} (Ctrl-C stops; you can go on later)"):
                while (left := until - clock.monotonic()) > 0:
                    if self._last_used(new) != new.last_used_at:
                        return True
                    moment.wait(min(pause, left))
                    pause = min(2 * pause, _LOOK_SECONDS)
        except KeyboardInterrupt:
            return False
        return seconds > 0 and self._last_used(new) != new.last_used_at

    def _last_used(self, new: AccessKey) -> datetime | None:
        for key in self._keys():
            if key.access_key_id == new.access_key_id:
                return key.last_used_at
        raise click.ClickException(f"{new.access_key_id} is gone: somebody else has deleted it")

    def _keys(self) -> list[AccessKey]:
        return keys_of(self._iam, self._user)

    def _ask_with(self, made: dict[str, Any]) -> None:
        """Go on with the new key, since the old one will soon be good for nothing."""
        source = Source(
            method="made by this command",
            access_key_id=made["AccessKeyId"],
            secret_access_key=Secret(made["SecretAccessKey"]),
            session_token=None,
            lasting=True,
            expires_at=None,
        )
        sts, moment = self._aws.client("sts", key=source), threading.Event()
        for _ in range(_KNOWN_SECONDS):
            try:
                sts.get_caller_identity()
                break
            except BadCredentialsError:
                moment.wait(1)
        self._iam = self._aws.client("iam", key=source)
        self._asking_with = source.access_key_id

    def _again(self) -> str:
        return f"run `iamd keys rotate{f' {self._user}' if self._user else ''}` again"


@dataclass(frozen=True, slots=True)
class _Asker:
    """Whoever says yes or no; *again* is how to go on later."""

    sure: bool
    person: bool
    again: str

    def ask(self, question: str) -> None:
        """End the command unless the answer is yes."""
        if not agreed(question, sure=self.sure):
            self.stop("nothing more is done")

    def stop(self, why: str) -> None:
        """End the command, which has done what it could."""
        click.echo(f"{why}\nto go on later: {self.again}", err=True)
        raise SystemExit(0)


def _named(key: AccessKey) -> str:
    return f"{key.access_key_id} of {key.user or 'the root user'}"
