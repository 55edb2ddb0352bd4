"""The command `iamd whoami`: who asks, how, until when, and what limits it."""

import os
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import click

from iamd.cli.aws import Aws, Source, aws_options
from iamd.cli.caller import Caller, Limits, limits_of
from iamd.cli.failures import NoServerError, RefusedError
from iamd.cli.output import Output, output_options, when
from iamd.clock import SystemClock

_METHODS = {
    "env": "the variables of the environment",
    "shared-credentials-file": "~/.aws/credentials",
    "config-file": "~/.aws/config",
    "assume-role": "a profile that assumes a role",
    "assume-role-with-web-identity": "a web identity token",
    "custom-process": "a profile's credential_process",
    "sso": "IAM Identity Center",
    "container-role": "the container's credentials",
    "iam-role": "the instance's role",
}

_FILES = {"shared-credentials-file": "AWS_SHARED_CREDENTIALS_FILE", "config-file": "AWS_CONFIG_FILE"}


@click.command(name="whoami", short_help="Say who asks, how, until when, and what limits it.")
@aws_options
@output_options
def command(aws: Aws, output: Output) -> None:
    """
    Say who asks, how, until when, and what limits it besides the policies of whoever that is.

    It works with iamd and with AWS, and finds credentials as AWS's own tools do. What the API does not tell, or not to this
    caller, is said to be unknown. To say who one is needs no permission; the rest takes iam:GetUser or iam:GetRole,
    iam:ListAccountAliases, organizations:DescribeOrganization, ListPoliciesForTarget and ListParents.

    \b
    iamd whoami
    iamd whoami --profile work --query Arn
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    source = aws.source
    sts = aws.client("sts")
    caller = Caller.asked(sts)
    temporary = source.session_token is not None
    limits = limits_of(caller, aws, temporary=temporary)
    record = {
        "Arn": caller.arn,
        "Account": caller.account,
        "AccountAlias": _alias(aws, limits),
        "UserId": caller.unique_id,
        "Kind": caller.kind.value,
        "AccessKeyId": source.access_key_id,
        "Method": source.method,
        "Profile": aws.profile_in_use,
        "Temporary": temporary,
        "MultiFactorAuthPresent": None if temporary else False,
        "Expiration": source.expires_at.astimezone(UTC).isoformat() if source.expires_at else None,
        "Endpoint": sts.endpoint,
        "PermissionsBoundary": limits.boundary,
        "SessionPolicy": None,
        "ServiceControlPolicies": limits.scps,
        "Unknown": limits.unknown,
    }
    if temporary:
        limits.unknown["MultiFactorAuthPresent"] = "AWS's API does not tell"
        if source.expires_at is None:
            limits.unknown["Expiration"] = "AWS's API does not tell"
    output.record(record, _lines(record, caller, source, limits))


def _alias(aws: Aws, limits: Limits) -> str | None:
    try:
        aliases = aws.client("iam").list_account_aliases()["AccountAliases"]
    except (RefusedError, NoServerError):
        limits.unknown["AccountAlias"] = "the caller may not ask"
        return None
    return aliases[0] if aliases else None


def _lines(
    record: dict[str, Any], caller: Caller, source: Source, limits: Limits
) -> Iterator[tuple[str, str]]:
    alias = record["AccountAlias"]
    yield "who", caller.arn
    yield "kind", caller.kind.value
    yield "account", f"{caller.account} ({alias})" if alias else caller.account
    yield "unique id", caller.unique_id
    yield "server", record["Endpoint"]
    found = os.environ.get(_FILES.get(source.method, "")) or _METHODS.get(source.method, source.method)
    profile = f", profile {record['Profile']}" if record["Profile"] and source.method != "env" else ""
    yield "access key", f"{source.access_key_id}, from {found}{profile}"
    if record["Temporary"]:
        until = (
            when(source.expires_at, SystemClock().real())
            if source.expires_at
            else _unknown("Expiration", limits)
        )
        yield "good until", until
        yield "MFA", _unknown("MultiFactorAuthPresent", limits)
    else:
        yield "good until", "the key is deactivated or deleted"
        yield "MFA", "no: an access key alone proves none"
    yield "permissions boundary", limits.boundary or _unknown("PermissionsBoundary", limits) or "none"
    yield "session policy", _unknown("SessionPolicy", limits) or "none"
    yield "SCPs", _scps(limits)


def _scps(limits: Limits) -> str:
    if limits.scps is None:
        return _unknown("ServiceControlPolicies", limits)
    if not limits.scps:
        return "none: the account manages the organization, or is in none"
    named = [f"{scp['Name']} (at {scp['Target']})" for scp in limits.limiting_scps]
    return ", ".join(named) or "none that limit"


def _unknown(member: str, limits: Limits) -> str:
    reason = limits.unknown.get(member)
    return f"unknown: {reason}" if reason else ""
