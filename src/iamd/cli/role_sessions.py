"""
Sessions of a role, or of one's own: how they are asked for on the command line, asked of the server, and kept.

Whoever asks, and how, is part of what they are kept under: credentials of one profile are never handed to another.
"""

import functools
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click

from iamd.cli.aws import Aws, Client
from iamd.cli.caller import Caller
from iamd.cli.credential_cache import CredentialCache, TemporaryCredentials, key_of
from iamd.cli.failures import DeniedError, RefusedError
from iamd.cli.options import pairs
from iamd.cli.terminal import NobodyToAskError
from iamd.clock import SystemClock
from iamd.secret import Secret

SESSION_NAME: Final = "iamd"

_OPTIONS: Final = (
    "session_name",
    "duration",
    "mfa",
    "mfa_serial",
    "external_id",
    "tags",
    "transitive_tags",
    "source_identity",
    "session_policies",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    The session that is asked for.

    Attributes:
        role: An ARN or a name; None is a session of one's own.
        policies: ARNs of managed policies that are its session policies.
        policy: The document of another.
        mfa_serial: Of the device; None is the one that the server knows.
    """

    role: str | None
    session_name: str
    duration: int | None
    external_id: str | None
    tags: Sequence[tuple[str, str]]
    transitive_tags: Sequence[str]
    source_identity: str | None
    policies: Sequence[str]
    policy: str | None
    mfa: bool
    mfa_serial: str | None


def session_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a session, and ROLE; it gets an `Asked` as *asked*."""

    @click.option("--session-name", default=SESSION_NAME, show_default=True, help="What to call the session.")
    @click.option("--duration", metavar="SECONDS", type=int, help="How long it shall last.")
    @click.option("--mfa", is_flag=True, help="Prove it with a code of your MFA device, which is asked for.")
    @click.option("--mfa-serial", metavar="SERIAL", help="Which device.  [default: the profile's, or yours]")
    @click.option("--mfa-code", metavar="CODE", help="The code, so that nobody is asked for it.")
    @click.option("--external-id", metavar="ID", help="What the role's trust policy may ask for.")
    @click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A session tag.")
    @click.option(
        "--transitive-tag", "transitive_tags", metavar="KEY", multiple=True, help="A tag that is passed on."
    )
    @click.option("--source-identity", metavar="NAME", help="Who is behind it, for the audit trail.")
    @click.option(
        "--session-policy",
        "session_policies",
        metavar="FILE|ARN",
        multiple=True,
        help="What it may do at most: a file, or the ARN of a managed policy.",
    )
    @click.option("--renew", is_flag=True, help="Ask the server even where credentials are kept.")
    @functools.wraps(function)
    def wrapper(*args: Any, role: str | None, mfa_code: str | None, renew: bool, **kwargs: Any) -> None:
        wanted = _wanted(role, mfa_code=mfa_code, **{name: kwargs.pop(name) for name in _OPTIONS})
        function(*args, asked=Asked(wanted, mfa_code, renew=renew), **kwargs)

    return wrapper


class Asked:
    """
    A session that somebody asks for.

    Args:
        wanted: What it is.
        code: Of their MFA device, where they have given it.
        renew: The server is to be asked, whatever is kept.
    """

    def __init__(self, wanted: Wanted, code: str | None, *, renew: bool) -> None:
        self._wanted: Final = wanted
        self._code: Final = code
        self._renew: Final = renew

    def credentials(self, aws: Aws) -> tuple[TemporaryCredentials, bool]:
        """
        Return credentials, and whether they were kept from before.

        Raises:
            ClickException: There are none; the text says what to do.
        """
        cache, now = CredentialCache.of_user(os.environ), SystemClock().real()
        key = key_of(asdict(self._wanted) | _description(aws))
        kept = None if self._renew else cache.find(key, now)
        if kept is not None:
            return kept, True
        try:
            said = self._ask(aws)
        except DeniedError as error:
            if not self._wanted.mfa:
                error.advice = f"{error.advice}\nif the role asks for a code of an MFA device: --mfa".lstrip()
            raise
        inner = said["Credentials"]
        found = TemporaryCredentials(
            access_key_id=inner["AccessKeyId"],
            secret_access_key=Secret(inner["SecretAccessKey"]),
            session_token=Secret(inner["SessionToken"]),
            expires_at=inner["Expiration"],
            issued_at=now,
            arn=said.get("AssumedRoleUser", {}).get("Arn"),
        )
        cache.keep(key, found)
        return found, False

    def _ask(self, aws: Aws) -> dict[str, Any]:
        wanted, sts = self._wanted, aws.client("sts")
        arn = None if wanted.role is None else role_arn(wanted.role, sts)
        # The code last, since it does not last.
        proof = self._proof(aws) if wanted.mfa else {}
        if arn is None:
            return sts.get_session_token(DurationSeconds=wanted.duration, **proof)
        return sts.assume_role(
            RoleArn=arn,
            RoleSessionName=wanted.session_name,
            DurationSeconds=wanted.duration,
            ExternalId=wanted.external_id,
            Tags=[{"Key": key, "Value": value} for key, value in wanted.tags] or None,
            TransitiveTagKeys=list(wanted.transitive_tags) or None,
            SourceIdentity=wanted.source_identity,
            PolicyArns=[{"arn": arn} for arn in wanted.policies] or None,
            Policy=wanted.policy,
            **proof,
        )

    def _proof(self, aws: Aws) -> dict[str, str]:
        serial = self._wanted.mfa_serial or aws.configured("mfa_serial") or _device(aws)
        return {"SerialNumber": serial, "TokenCode": self._code or _asked_code(serial)}


def _description(aws: Aws) -> dict[str, Any]:
    """Return who asks, and whom."""
    return {
        "server": aws.own_endpoint,
        "region": aws.region,
        "profile": aws.profile_in_use,
        "files": [os.environ.get(name) for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")],
        "method": aws.source.method,
        # Of what the SDK fetches anew in each process, it would be another each time.
        "access_key_id": aws.source.access_key_id if aws.source.lasting else None,
    }


def role_arn(role: str, sts: Client) -> str:
    """Return the ARN of *role*, which is one, or a name in the account of whoever asks."""
    if role.startswith("arn:"):
        return role
    caller = Caller.asked(sts)
    return f"arn:{caller.arn.split(':')[1]}:iam::{caller.account}:role/{role.removeprefix('/')}"


def _device(aws: Aws) -> str:
    """Return the serial number of the caller's own device; of those that show codes, where there are several."""
    try:
        devices = aws.client("iam").list_mfa_devices()["MFADevices"]
    except RefusedError as error:
        raise click.ClickException(
            f"which MFA device is yours, the server does not say ({error.code}): name it with --mfa-serial"
        ) from None
    serials = [device["SerialNumber"] for device in devices]
    # Security keys show none.
    codes = [serial for serial in serials if ":u2f/" not in serial]
    if not codes:
        raise click.ClickException("you have no MFA device that shows codes: enroll one first")
    return str(codes[0])


def _wanted(
    role: str | None,
    *,
    mfa: bool,
    mfa_serial: str | None,
    mfa_code: str | None,
    tags: Sequence[str],
    session_policies: Sequence[str],
    **rest: Any,
) -> Wanted:
    found = pairs("--tag", tags)
    if twice := [key for key, values in found.items() if len(values) > 1]:
        raise click.UsageError(f"--tag {twice[0]} is given twice")
    if mfa_code is not None and not re.fullmatch(r"[0-9]{6}", mfa_code, re.ASCII):
        raise click.UsageError("--mfa-code is six digits")
    files = [text for text in session_policies if not text.startswith("arn:")]
    if len(files) > 1:
        raise click.UsageError("at most one --session-policy is a file; others are ARNs")
    wanted = Wanted(
        role=role,
        tags=tuple((key, values[0]) for key, values in found.items()),
        policies=tuple(text for text in session_policies if text.startswith("arn:")),
        policy=_text(files[0]) if files else None,
        mfa=mfa or mfa_serial is not None or mfa_code is not None,
        mfa_serial=mfa_serial,
        **rest,
    )
    of_role = (
        wanted.tags,
        wanted.transitive_tags,
        wanted.external_id,
        wanted.source_identity,
        session_policies,
    )
    if role is None and any(of_role):
        raise click.UsageError(
            "without a ROLE, a session has no tags, external id, source identity or policies"
        )
    return wanted


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"--session-policy: cannot read `{file}`: {error}") from None


def _asked_code(serial: str) -> str:
    """Ask whoever sits at the terminal, wherever input and output of the command lead."""
    import getpass

    try:
        with Path("/dev/tty").open("rb"):
            pass
    except OSError:
        raise NobodyToAskError(
            f"a code of the MFA device {serial} is needed, and there is nobody to ask: --mfa-code gives it"
        ) from None
    code = getpass.getpass(f"Code of the MFA device {serial}: ")
    if not re.fullmatch(r"[0-9]{6}", code, re.ASCII):
        raise click.ClickException("a code is six digits")
    return code
