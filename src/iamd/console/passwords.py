"""
Sign-in as an IAM user: account, name, password, and the code of an MFA device where the user has one.

What holds here:

* Until the password was right, every refusal has the same words and takes a hash as long, whoever is meant (R-76).
* Nothing is remembered between two steps: who is asked for a code sends the password once more with it.
* A code works once, and wrong ones make the next wait (R-77).
* A password that must be changed begins a session that is good for that alone; one that has expired for good, none.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from iamd.auth.mfa import accept_code
from iamd.auth.mfa_attempts import MfaAttempts
from iamd.auth.passwords import SALT_SIZE, Passwords
from iamd.auth.sign_in_attempts import SignInAttempts
from iamd.console.answers import json_answer
from iamd.console.bodies import read_json
from iamd.console.sessions import Beginning, Sessions
from iamd.directory.directory import FreshView
from iamd.domain.accounts import Account, AccountStatus
from iamd.domain.console_sessions import SignInMethod
from iamd.domain.ids import AccountId, Ids
from iamd.domain.login_profiles import LoginProfile, PasswordState
from iamd.domain.users import User
from iamd.errors import AccessDenied, InvalidAuthenticationCode, Throttling
from iamd.http import Request, Response
from iamd.secret import Secret
from iamd.sessions.console_tokens import Cookie
from iamd.sessions.session import ACCESS_KEY_PREFIX, Session, SessionKind
from iamd.store.interface import Transaction
from iamd.visits import Guest

_WRONG: Final = "Your authentication information is incorrect. Please try again."
_WRONG_CODE: Final = "The code is not valid, or was used before. Wait for the next one."
_EXPIRED: Final = "Your password has expired. Ask your administrator to set another one."
_ONE_USE: Final = timedelta(minutes=5)
_TOO_OFTEN: Final = "There were too many attempts to sign in. Wait a while."


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: Annotated[str, Meta(min_length=1, max_length=63)]
    user: Annotated[str, Meta(min_length=1, max_length=64)]
    password: Annotated[str, Meta(min_length=1, max_length=128)]
    code: Annotated[str, Meta(min_length=6, max_length=6)] | None = None

    def __repr__(self) -> str:
        return "_Asked(…)"


class _Found(msgspec.Struct, frozen=True):
    account: Account
    user: User
    profile: LoginProfile


class PasswordSignIn:
    """See above."""

    def __init__(
        self,
        sessions: Sessions,
        ids: Ids,
        passwords: Passwords,
        mfa_attempts: MfaAttempts,
        attempts: SignInAttempts,
    ) -> None:
        self._sessions = sessions
        self._ids = ids
        self._passwords = passwords
        self._mfa_attempts = mfa_attempts
        self._attempts = attempts

    async def answer(self, guest: Guest, request: Request) -> Response:
        """
        Sign somebody in, or say what else is needed.

        Raises:
            AccessDenied: It is not them, or they may not.
            Throttling: They, or others for them, have been wrong too often.
        """
        asked = read_json(request, _Asked)
        account = await guest.read(lambda transaction, _: _account(transaction, asked.account))
        account_id = asked.account if account is None else account.account_id
        who = (account_id, asked.user, request.peer)
        if not self._attempts.begin(*who, self._sessions.now):
            raise Throttling(_TOO_OFTEN)
        found = await guest.read(lambda transaction, _: _find(transaction, account, asked.user))
        password = Secret(asked.password)
        if not await guest.slowly(lambda: self._knows(password, found)) or found is None:
            raise AccessDenied(_WRONG, detail="no such user, no password, or another one")
        self._attempts.succeeded(*who)

        def begin(transaction: Transaction, view: FreshView) -> Cookie | None:
            return self._begin(guest, transaction, view, request, asked.code, found)

        cookie = await guest.write(begin)
        if cookie is None:
            return json_answer({"next": "mfa"})
        response = json_answer({"next": None})
        given = self._sessions.given(request, cookie)
        return Response(status=response.status, headers=(*response.headers, *given), body=response.body)

    def _knows(self, password: Secret, found: _Found | None) -> bool:
        if found is None:
            # It takes as long to say no to somebody who is not there.
            self._passwords.hash(password, self._ids.token(SALT_SIZE))
            return False
        return self._passwords.position(password, [found.profile.password]) is not None

    def _begin(
        self,
        guest: Guest,
        transaction: Transaction,
        view: FreshView,
        request: Request,
        code: str | None,
        seen: _Found,
    ) -> Cookie | None:
        """Begin a session; None when the code of a device is wanted."""
        now = self._sessions.now
        profile = transaction.login_profiles.find(seen.user.user_id)
        if profile is None or not profile.password.matches(seen.profile.password):
            raise AccessDenied(_WRONG, detail="the password was changed meanwhile")
        state = profile.state(transaction.password_policies.find(seen.account.account_id), now)
        if state is PasswordState.EXPIRED:
            raise AccessDenied(_EXPIRED)
        has_device = self._accept(transaction, seen.user, code, now)
        if has_device and code is None:
            return None
        _note_use(transaction, seen.user, now)
        session = self._session(seen.user, now, with_mfa=has_device)
        guest.caller = self._sessions.scheme.live_sessions.caller(session, self._sessions.scheme.region, view)
        beginning = Beginning(
            session=session,
            caller=guest.caller,
            method=SignInMethod.PASSWORD,
            must_change_password=state is PasswordState.MUST_CHANGE,
        )
        return self._sessions.begin(transaction, request, beginning)

    def _accept(self, transaction: Transaction, user: User, code: str | None, now: datetime) -> bool:
        """Use *code* up, if there is one; say whether the user has a device."""
        devices = [
            each for each in transaction.mfa_devices.list_of(user.user_id) if each.enabled_at is not None
        ]
        if not devices or code is None:
            return bool(devices)
        for device in devices:
            if self._mfa_attempts.must_wait(device.serial_number, now):
                continue
            try:
                transaction.mfa_devices.put(accept_code(device, code, now))
            except InvalidAuthenticationCode:
                self._mfa_attempts.failed(device.serial_number, now)
                continue
            self._mfa_attempts.succeeded(device.serial_number)
            return True
        raise AccessDenied(_WRONG_CODE)

    def _session(self, user: User, now: datetime, *, with_mfa: bool) -> Session:
        issued_at = now.replace(microsecond=0)
        return Session(
            kind=SessionKind.CONSOLE,
            access_key_id=self._ids.access_key_id(ACCESS_KEY_PREFIX, user.account_id),
            account_id=user.account_id,
            principal_id=user.user_id,
            issued_at=issued_at,
            expires_at=issued_at + self._sessions.scheme.limits.longest,
            mfa_at=issued_at if with_mfa else None,
        )


def _note_use(transaction: Transaction, seen: User, now: datetime) -> None:
    """Note when the password was last used; AWS: *User*: of several uses within five minutes the first."""
    user = transaction.users.find_by_id(seen.user_id)
    if user is None:
        raise AccessDenied(_WRONG, detail="the user was deleted meanwhile")
    before = user.password_last_used_at
    if before is None or now - before >= _ONE_USE:
        transaction.users.put(replace(user, password_last_used_at=now))


def _account(transaction: Transaction, text: str) -> Account | None:
    found: Any = transaction.accounts.find(AccountId(text)) or transaction.accounts.find_by_alias(text)
    return found if found is not None and found.status is AccountStatus.ACTIVE else None


def _find(transaction: Transaction, account: Account | None, name: str) -> _Found | None:
    if account is None:
        return None
    user = transaction.users.find(account.account_id, name)
    profile = None if user is None else transaction.login_profiles.find(user.user_id)
    return None if user is None or profile is None else _Found(account, user, profile)
