"""
Every screen of the console, in one table, and an account in which each has something to show.

`test_every_screen` holds that no screen of the sources is missing here; what holds for all screens is asserted by going through
the table, so that a new one cannot be forgotten.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pytest
from tests.browser.conftest import Site, served
from tests.support.browser import PASSWORD
from tests.support.decisions import last_decision
from tests.support.key_material import certificate, pem_private_key, ssh_public_key
from tests.support.organization import Organized
from tests.support.saml_metadata import metadata
from tests.support.world import ACCOUNT, allow

from iamd.enforcement.upstreams import Upstream
from iamd.secret import Secret
from iamd.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Screen:
    """
    What is to be held of a screen beside what is of all.

    Attributes:
        place: In the address; `{…}` is filled in by the site's `places`.
        search: What its list's search is called; None where it is no list.
        no_command: Why there is no command in a terminal that tells the same.
        silent: Why somebody without any permission sees no denial on it.
    """

    place: str
    search: str | None = None
    no_command: str | None = None
    silent: str | None = None


_POLICY: Final = "#/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Freports"
_OIDC: Final = "#/providers/arn%3Aaws%3Aiam%3A%3A123456789012%3Aoidc-provider%2Fclusters.example.com%2Fid%2F1"
_SAML: Final = "#/providers/arn%3Aaws%3Aiam%3A%3A123456789012%3Asaml-provider%2FCorporate"
_FORM: Final = "nothing is asked before the form is sent"
_OWN: Final = "everybody sees their own sessions"

SCREENS: Final = {
    "dashboard": Screen(place="#/"),
    "users": Screen(place="#/users", search="Find users"),
    "create-user": Screen(place="#/users?create=1", silent=_FORM),
    "user-permissions": Screen(place="#/users/ann/permissions"),
    "user-groups": Screen(place="#/users/ann/groups"),
    "user-accessed": Screen(place="#/users/ann/accessed"),
    "user-tags": Screen(place="#/users/ann/tags"),
    "user-credentials": Screen(place="#/users/ann/credentials"),
    "groups": Screen(place="#/groups", search="Find groups"),
    "group-users": Screen(place="#/groups/developers/users", search="Find users"),
    "group-accessed": Screen(place="#/groups/developers/accessed"),
    "group-permissions": Screen(place="#/groups/developers/permissions"),
    "roles": Screen(place="#/roles", search="Find roles"),
    "create-role": Screen(place="#/roles?create=github", silent=_FORM),
    "role-permissions": Screen(place="#/roles/reader/permissions"),
    "role-trust": Screen(place="#/roles/reader/trust"),
    "role-tags": Screen(place="#/roles/reader/tags"),
    "role-accessed": Screen(place="#/roles/reader/accessed"),
    "role-revoke": Screen(place="#/roles/reader/revoke"),
    "policies": Screen(place="#/policies", search="Find policies"),
    "aws-policies": Screen(place="#/policies?scope=AWS", search="Find policies"),
    "create-policy": Screen(place="#/policies?create=1", silent=_FORM),
    "policy-document": Screen(place=f"{_POLICY}/document"),
    "policy-entities": Screen(place=f"{_POLICY}/entities"),
    "policy-versions": Screen(place=f"{_POLICY}/versions"),
    "policy-accessed": Screen(place=f"{_POLICY}/accessed"),
    "policy-tags": Screen(place=f"{_POLICY}/tags"),
    "providers": Screen(place="#/providers", search="Find identity providers"),
    "add-oidc-provider": Screen(
        place="#/providers?create=oidc&url=https://gitlab.example.com&audience=https://gitlab.example.com",
        silent=_FORM,
    ),
    "add-saml-provider": Screen(place="#/providers?create=saml", silent=_FORM),
    "oidc-audiences": Screen(place=f"{_OIDC}/audiences"),
    "oidc-thumbprints": Screen(place=f"{_OIDC}/thumbprints"),
    "oidc-roles": Screen(place=f"{_OIDC}/roles"),
    "oidc-tags": Screen(place=f"{_OIDC}/tags"),
    "saml-metadata": Screen(place=f"{_SAML}/metadata"),
    "saml-encryption": Screen(place=f"{_SAML}/encryption"),
    "saml-roles": Screen(place=f"{_SAML}/roles"),
    "saml-tags": Screen(place=f"{_SAML}/tags"),
    "server-certificates": Screen(place="#/server-certificates", search="Find server certificates"),
    "upload-certificate": Screen(place="#/server-certificates?create=1", silent=_FORM),
    "server-certificate": Screen(place="#/server-certificates/web/certificate"),
    "server-certificate-tags": Screen(place="#/server-certificates/web/tags"),
    "organization": Screen(place="#/organization/structure"),
    "organization-target": Screen(place="#/organization/target/{unit}"),
    "organization-policies": Screen(place="#/organization/policies"),
    "organization-policy": Screen(place="#/organization/policies/p-FullAWSAccess"),
    "account": Screen(place="#/account"),
    "simulator": Screen(
        place="#/simulator?principal=arn:aws:iam::123456789012:user/ann&actions=iam:GetUser&resources=*",
    ),
    "trust-graph": Screen(place="#/trust-graph"),
    "escalations": Screen(place="#/trust-graph?escalations=true"),
    "decisions": Screen(
        place="#/decisions", search="Find decisions", no_command="the audit trail's command tells less"
    ),
    "denials": Screen(place="#/decisions?outcome=Deny&time=all", no_command="as of all decisions"),
    "decision": Screen(place="#/decisions/{denied}"),
    "events": Screen(place="#/events", search="Find events"),
    "no-events": Screen(place="#/events?user=nobody"),
    "credential-report": Screen(place="#/credentials", search="Find users"),
    "sessions": Screen(
        place="#/sessions",
        search="Find sessions",
        no_command="no command lists browsers",
        silent=_OWN,
    ),
    "gateway": Screen(place="#/gateway"),
    "health": Screen(place="#/health", silent="it is for the operator, whatever policies allow"),
    "switch-role": Screen(place="#/switch?role=reader", silent=_FORM),
    "no-such-page": Screen(place="#/nowhere", no_command="there is nothing", silent="there is nothing"),
}


@contextmanager
def server() -> Iterator[Site]:
    """Serve an account with all that is shown anywhere: an audit trail, metrics, a gateway in soft mode."""
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_database=True,
        metrics_key=Secret("m" * 16),
        upstream=(Upstream(services=["s3"], url="http://127.0.0.1:9000"),),
        gateway_mode="soft",
    )
    with served(settings) as site:
        yield site


def fill(site: Site) -> dict[str, str]:
    """Fill the account, have somebody denied something, and return what the places of screens are filled in with."""
    world = site.world
    iam = world.root.iam
    ann = world.user("ann", allow("iam:GetUser"), Tags=[{"Key": "team", "Value": "reports"}])
    iam.create_login_profile(UserName="ann", Password=PASSWORD)
    iam.create_group(GroupName="developers")
    iam.add_user_to_group(GroupName="developers", UserName="ann")
    world.role("reader", {"AWS": "arn:aws:iam::123456789012:user/ann"}, allow("iam:GetRole"))
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": allow("s3:GetObject", "arn:aws:s3:::reports/*")}
    )
    policy = iam.create_policy(PolicyName="reports", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=document.replace("reports", "all"), SetAsDefault=True
    )
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    iam.attach_group_policy(GroupName="developers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.create_open_id_connect_provider(
        Url="https://clusters.example.com/id/1", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )
    iam.create_saml_provider(
        Name="Corporate", SAMLMetadataDocument=metadata(), Tags=[{"Key": "team", "Value": "all"}]
    )
    iam.upload_server_certificate(
        ServerCertificateName="web", CertificateBody=certificate(), PrivateKey=pem_private_key()
    )
    iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody=ssh_public_key())
    iam.upload_signing_certificate(UserName="ann", CertificateBody=certificate())
    iam.create_service_specific_credential(UserName="ann", ServiceName="bedrock.amazonaws.com")
    iam.generate_credential_report()
    organized = Organized.found(world)
    unit = organized.unit("sales")
    organized.account("shop", unit)
    with pytest.raises(Exception, match="AccessDenied"):
        ann.iam.create_user(UserName="eve")
    return {"denied": last_decision(world), "unit": unit}
