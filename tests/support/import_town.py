"""A small account in the form of imports, with one of everything in it."""

from datetime import UTC, datetime

from tests.support.world import ACCOUNT, allow, deny, document

from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    PasswordPolicy,
    Policy,
    PolicyVersion,
    Role,
    SourceTemplate,
    User,
)

AT = datetime(2020, 5, 1, 12, 30, 0, 250_000, tzinfo=UTC)
LATER = datetime(2021, 6, 2, tzinfo=UTC)
BOB = User(
    name="bob",
    path="/team/",
    id="AIDABOBBOBBOBBOBBOBBO",
    created_at=AT,
    password_last_used_at=LATER,
    tags={"Team": "red", "aws:cloudformation:stack-name": "people"},
)
STAFF = Group(name="staff", id="AGPASTAFFSTAFFSTAFFST", created_at=AT)
READ = document(allow("s3:GetObject", "arn:aws:s3:::reports/*"))
POLICY = Policy(
    name="read",
    path="/team/",
    id="ANPAREADREADREADREADR",
    created_at=AT,
    updated_at=LATER,
    description="for reports",
    default_version=3,
    last_version=7,
    versions=(
        PolicyVersion(number=3, document=READ, created_at=LATER),
        PolicyVersion(number=1, document=document(deny("*")), created_at=AT),
    ),
)
ARN = f"arn:aws:iam::{ACCOUNT}:policy/team/read"


def trust(**principal: str | list[str]) -> str:
    return document(allow("sts:AssumeRole", None, Principal=principal))


DEPLOY = Role(
    name="deploy",
    id="AROADEPLOYDEPLOYDEPLO",
    created_at=AT,
    trust_policy=trust(AWS=f"arn:aws:iam::{ACCOUNT}:user/team/bob"),
    description="ships",
    max_session_duration=7200,
    permissions_boundary=ARN,
    last_used_at=LATER,
    last_used_region="eu-west-1",
    source_template=SourceTemplate(arn="arn:aws:iam::aws:role-template/example/Deploy:1", minor_version=4),
)
TOWN = Contents(
    policies=(POLICY,),
    groups=(STAFF,),
    users=(BOB,),
    roles=(DEPLOY,),
    instance_profiles=(
        InstanceProfile(
            name="box", id="AIPABOXBOXBOXBOXBOXBO", created_at=AT, role="deploy", tags={"a": "b"}
        ),
    ),
    oidc_providers=(
        OIDCProvider(url="https://ci.example.com/x", created_at=AT, client_ids=("sts.amazonaws.com",)),
    ),
    memberships=(Membership(user="bob", group="staff"),),
    attachments=(
        Attachment(kind="group", owner="staff", policy=ARN),
        Attachment(kind="role", owner="deploy", policy="arn:aws:iam::aws:policy/ReadOnlyAccess"),
    ),
    inline_policies=(InlinePolicy(kind="user", owner="bob", name="own", document=READ),),
    alias="example-prod",
    password_policy=PasswordPolicy(minimum_length=20, require_symbols=True, max_age_days=90),
    properties={"RoleManager/Enabled": "true"},
)
