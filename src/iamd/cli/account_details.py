"""An account as the trust graph sees it, asked for through the public API: of AWS, or of any server that speaks it."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.cli.aws import Aws, Client
from iamd.cli.failures import NoServerError, RefusedError
from iamd.exchange.authorization_details import LISTS
from iamd.exchange.mapped_files import mapped_accounts
from iamd.trust.accounts import MappedAccount

_ANSWER: Final = Path("the server's answer")
_NOT_IN_USE: Final = "AWSOrganizationsNotInUseException"
_MEMBER: Final = "it is a member of an organization, whose policies are not looked at and may forbid more"


def asked_accounts(aws: Aws) -> list[MappedAccount]:
    """
    Return the account of *aws*; none when it has neither users nor roles.

    Raises:
        ClickException: It cannot be asked.
        FileFormatError: The answer cannot be read.
    """
    iam = aws.client("iam")
    found = mapped_accounts([(_ANSWER, _details(iam))], AwsManagedPolicies.load())
    providers = {each["Arn"] for each in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]}
    providers |= {each["Arn"] for each in iam.list_saml_providers()["SAMLProviderList"]}
    return [_placed(replace(account, providers=frozenset(providers)), aws) for account in found]


def _details(iam: Client) -> dict[str, Any]:
    whole: dict[str, Any] = {name: [] for name in LISTS}
    marker: str | None = None
    while True:
        page = iam.get_account_authorization_details(Marker=marker)
        for name in LISTS:
            whole[name] += page[name]
        if not page.get("IsTruncated"):
            return whole
        marker = page["Marker"]


def _placed(account: MappedAccount, aws: Aws) -> MappedAccount:
    """Return *account* with what its caller may know of its organization."""
    try:
        organization = aws.client("organizations").describe_organization()["Organization"]
    except RefusedError as error:
        if error.code == _NOT_IN_USE:
            return replace(account, scps=(), rcps=(), organization={}, notes=())
        return replace(
            account, notes=(f"its organization cannot be asked for, and may forbid more: {error.code}",)
        )
    except NoServerError:
        return replace(account, notes=("its organization cannot be asked for, and may forbid more",))
    # AWS, *Service control policies*: they bear on nobody in the management account.
    if organization["MasterAccountId"] == account.account_id:
        return replace(account, scps=(), rcps=(), notes=())
    return replace(account, notes=(_MEMBER,))
