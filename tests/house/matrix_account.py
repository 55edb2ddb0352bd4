"""
The steps of the golden matrix that are about the account as a whole, about delegation, reports and sessions.
"""

import base64
from collections.abc import Iterator
from typing import Any, Final

from tests.house.matrix_step import Names, Step, iam
from tests.house.sender import request_to, signed
from tests.house.town import AUDIT_TASK, MEMBER, POLICY_TEMPLATE, READ, ROLE_TEMPLATE, TOPIC, Town, arn
from tests.support.world import ACCOUNT

from iamd.auth.authorization_messages import HEADER as AUTHORIZATION_MESSAGE
from iamd.domain.ids import AccountId
from iamd.sessions.exchange_tokens import seal_exchange_token
from iamd.wire.model import load

NO_JOB: Final = "00000000-0000-4000-8000-000000000000"


def account(names: Names) -> Iterator[Step]:
    alias = {"AccountAlias": f"alias-of-{names.prefix}"}
    yield iam("CreateAccountAlias", **alias)
    yield iam("ListAccountAliases")
    yield iam("DeleteAccountAlias", **alias)
    yield iam("GetAccountSummary")
    yield iam("SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token")
    yield iam("GenerateCredentialReport")
    yield iam("GetCredentialReport")
    yield iam("GetAccountAuthorizationDetails")
    yield iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=8)
    yield iam("GetAccountPasswordPolicy")
    yield iam("DeleteAccountPasswordPolicy")
    yield iam("PutAccountProperties", Properties={"RoleManager/Enabled": "true"})
    yield iam("GetAccountProperties")


def delegation(town: Town, names: Names) -> Iterator[Step]:
    yield iam("CreateDelegationRequest", **asking(f"workflow-{names.prefix}"))
    made = names.made.get("DelegationRequestId", names.claimed[0])
    yield iam("AssociateDelegationRequest", DelegationRequestId=made)
    one, two = ({"DelegationRequestId": request_id} for request_id in names.claimed)
    yield iam("GetDelegationRequest", **one, DelegationPermissionCheck=True)
    yield iam("ListDelegationRequests")
    entity = arn("delegation-request", one["DelegationRequestId"])
    yield iam("GetHumanReadableSummary", EntityArn=entity, Locale="en")
    yield iam("UpdateDelegationRequest", **one, Notes="of the matrix")
    yield iam("AcceptDelegationRequest", **one)
    yield iam("SendDelegationToken", **one)
    yield iam("RejectDelegationRequest", **two, Notes="of the matrix")
    token = seal_exchange_token(town.world.app.keyring, one["DelegationRequestId"], AccountId(ACCOUNT))
    yield Step("sts", "GetDelegatedAccessToken", {"TradeInToken": token.reveal()})


def asking(workflow_id: str) -> dict[str, Any]:
    return {
        "OwnerAccountId": ACCOUNT,
        "Description": "of the matrix",
        "RequestMessage": "please",
        "RequestorWorkflowId": workflow_id,
        "Permissions": {"PolicyTemplateArn": POLICY_TEMPLATE},
        "NotificationChannel": TOPIC,
        "SessionDuration": 3600,
    }


def claimed_request(town: Town, workflow_id: str) -> str:
    """Have the root claim a delegation request, and return its id."""
    iam = town.root.iam
    made: str = iam.create_delegation_request(**asking(workflow_id))["DelegationRequestId"]
    iam.associate_delegation_request(DelegationRequestId=made)
    return made


def role_templates(names: Names) -> Iterator[Step]:
    yield iam("GetRoleTemplateVersion", TemplateArn=ROLE_TEMPLATE, MinorVersion=1)
    values = {"Suffix": {"Values": [names.prefix]}}
    yield iam("AcquireRole", TemplateArn=ROLE_TEMPLATE, ReplacementValues=values)


def outbound_federation() -> Iterator[Step]:
    yield iam("EnableOutboundWebIdentityFederation")
    yield iam("GetOutboundWebIdentityFederationInfo")
    asked = {"Audience": ["service"], "SigningAlgorithm": "ES384", "DurationSeconds": 60}
    yield Step("sts", "GetWebIdentityToken", asked)
    yield iam("DisableOutboundWebIdentityFederation")


def root_access() -> Iterator[Step]:
    yield iam("EnableOrganizationsRootCredentialsManagement")
    yield iam("EnableOrganizationsRootSessions")
    yield iam("ListOrganizationsFeatures")
    task = {"TargetPrincipal": MEMBER, "TaskPolicyArn": {"arn": AUDIT_TASK}}
    yield Step("sts", "AssumeRoot", task)
    yield iam("DisableOrganizationsRootSessions")
    yield iam("DisableOrganizationsRootCredentialsManagement")


def access_reports(names: Names) -> Iterator[Step]:
    user = {"Arn": arn("user", names.user)}
    yield iam("ListPoliciesGrantingServiceAccess", **user, ServiceNamespaces=["iam"])
    yield iam("GenerateServiceLastAccessedDetails", **user)
    job = {"JobId": names.made.get("JobId", NO_JOB)}
    yield iam("GetServiceLastAccessedDetails", **job)
    yield iam("GetServiceLastAccessedDetailsWithEntities", **job, ServiceNamespace="iam")
    yield iam("GenerateOrganizationsAccessReport", EntityPath="o-abcdefghij/r-abcd")
    yield iam("GetOrganizationsAccessReport", JobId=names.made.get("JobId", NO_JOB))


def simulation(names: Names) -> Iterator[Step]:
    source = {"PolicySourceArn": arn("user", names.user)}
    asked = {"ActionNames": ["iam:GetUser"]}
    yield iam("GetContextKeysForPrincipalPolicy", **source)
    yield iam("GetContextKeysForCustomPolicy", PolicyInputList=[READ])
    yield iam("SimulatePrincipalPolicy", **source, **asked)
    yield iam("SimulateCustomPolicy", PolicyInputList=[READ], **asked)


def sessions(town: Town, names: Names) -> Iterator[Step]:
    yield Step("sts", "DecodeAuthorizationMessage", {"EncodedMessage": _encoded_message(town)})
    yield Step("sts", "AssumeRole", {"RoleArn": arn("role", names.role), "RoleSessionName": "session"})
    token = {
        "RoleArn": arn("role", names.role),
        "RoleSessionName": "session",
        "WebIdentityToken": "no.to.ken",
    }
    yield Step("sts", "AssumeRoleWithWebIdentity", token)
    response = {
        "RoleArn": arn("role", names.role),
        "PrincipalArn": arn("saml-provider", "idp"),
        "SAMLAssertion": base64.b64encode(b"<Response/>").decode(),
    }
    yield Step("sts", "AssumeRoleWithSAML", response)
    yield Step("sts", "GetCallerIdentity", {})
    yield Step("sts", "GetSessionToken", {})
    yield Step("sts", "GetFederationToken", {"Name": "guest"})


def _encoded_message(town: Town) -> str:
    """Have somebody denied, and return what the denial hands out."""
    nobody = town.actor("nobody").credentials
    request = signed(request_to(load("iam").operations["ListUsers"], {}), "iam", nobody)
    headers = dict(town.world.send(request).headers)
    return headers[AUTHORIZATION_MESSAGE].decode()
