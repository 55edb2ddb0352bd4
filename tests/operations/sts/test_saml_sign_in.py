"""AssumeRoleWithSAML: for somebody whom a SAML provider vouches for."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.jose import rsa_key
from tests.support.loops import LoopThread
from tests.support.saml_idp import (
    PERSISTENT,
    PROVIDER,
    ROLE,
    SIGN_IN,
    Idp,
    Sealing,
    ec_idp,
    encrypted,
    name_qualifier,
    posted,
    private_key,
)
from tests.support.saml_world import ACTIONS, SamlWorld, pair
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.secret import Secret
from iamd.settings import Settings

TERSE = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
SIGNATURE = ("InvalidIdentityToken", "Response signature invalid")
RECIPIENT = ("InvalidIdentityToken", "Response does not contain the required recipient.")
TOO_LONG = (
    "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
)
OTHER = "210987654321"


@pytest.fixture
def federation(world: World) -> SamlWorld:
    return SamlWorld.of(world)


def test_the_answer(federation: SamlWorld) -> None:
    role_arn = federation.role()
    answer = content(federation.assume())
    assert answer.pop("Credentials")["AccessKeyId"].startswith("ASIA")
    role_id = federation.world.root.iam.get_role(RoleName="app")["Role"]["RoleId"]
    assert role_arn == ROLE
    assert answer == {
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role_id}:alice",
            "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/alice",
        },
        "Subject": "alice@example.com",
        "SubjectType": "persistent",
        "Issuer": "https://idp.example.com/saml",
        "Audience": SIGN_IN,
        "NameQualifier": name_qualifier(),
    }


def test_the_name_qualifier_is_that_of_the_documentation(federation: SamlWorld) -> None:
    """Semantics 84: without a slash before the account."""
    federation.role()
    # The SHA-1 of: https://idp.example.com/saml123456789012/corp
    assert federation.assume()["NameQualifier"] == "HahBW48oNiXLlr28VT6/xduH27c="


def test_the_session_works(federation: SamlWorld) -> None:
    federation.role("app", allow("iam:ListUsers"))
    actor = federation.actor()
    assert actor.sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/alice"
    assert actor.iam.list_users()["Users"] == []
    assert refusal(actor.iam.list_roles)[0] == "AccessDenied"
    # AWS: "you cannot call the STS GetFederationToken or GetSessionToken API operations".
    assert refusal(actor.sts.get_session_token)[0] == "AccessDenied"
    assert refusal(actor.sts.get_federation_token, Name="bob")[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (PERSISTENT, "persistent"),
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"),
        (
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ),
        (None, "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
    ],
)
def test_the_type_of_the_subject(federation: SamlWorld, form: str | None, shown: str) -> None:
    federation.role(StringEquals={"saml:sub_type": shown})
    assert federation.assume(federation.saying(subject_format=form))["SubjectType"] == shown


# Who signs what.


@pytest.mark.parametrize("kind", ["RSA", "P-256", "P-384", "P-521"])
def test_kinds_of_keys(world: World, kind: str) -> None:
    federation = SamlWorld.of(world, Idp() if kind == "RSA" else ec_idp(kind))
    federation.role()
    assert federation.assume()["Subject"] == "alice@example.com"


def test_response_or_assertion_or_both_are_signed(federation: SamlWorld) -> None:
    federation.role()
    idp, claims = federation.idp, federation.claims
    both = idp.sign(idp.signed_assertion(claims), claims.response_id)
    for response in (idp.signed_response(claims), idp.signed_assertion(claims), both):
        assert federation.assume(posted(response))["Subject"] == "alice@example.com"
    assert federation.refused(posted(claims.response())) == SIGNATURE


def test_an_assertion_may_be_used_again_within_five_minutes(federation: SamlWorld) -> None:
    """AWS: "Token must be redeemed within 5 minutes of issuance"; it does not say once."""
    federation.role("app")
    federation.role("ops")
    response = federation.saying(
        attributes={"Role": [pair("app"), pair("ops")]},
        ends=timedelta(hours=1),
        confirmed_until=timedelta(hours=1),
    )
    for name in ("app", "ops", "app"):
        assert name in federation.assume(response, RoleArn=arn(f"role/{name}"))["AssumedRoleUser"]["Arn"]
    federation.world.clock.advance(timedelta(minutes=5, seconds=1))
    late = ("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
    assert federation.refused(response) == late


def test_the_certificates_of_the_metadata_can_change(federation: SamlWorld) -> None:
    federation.role()
    iam, old = federation.world.root.iam, federation.saying()
    new = Idp(rsa_key("new idp"))
    both = new.metadata(others=[federation.idp.certificate])
    iam.update_saml_provider(SAMLProviderArn=PROVIDER, SAMLMetadataDocument=both)
    fresh = posted(new.signed_assertion(federation.claims))
    assert federation.assume(old)["Subject"] == federation.assume(fresh)["Subject"]
    iam.update_saml_provider(SAMLProviderArn=PROVIDER, SAMLMetadataDocument=new.metadata())
    assert federation.refused(old) == SIGNATURE
    assert federation.assume(fresh)["Subject"] == "alice@example.com"


def test_keys_of_both_kinds_in_one_metadata(world: World) -> None:
    first = ec_idp()
    federation = SamlWorld.of(world, first)
    federation.role()
    rsa = Idp()
    world.root.iam.update_saml_provider(
        SAMLProviderArn=PROVIDER, SAMLMetadataDocument=rsa.metadata(others=[first.certificate])
    )
    claims = federation.claims
    assert federation.assume(posted(rsa.signed_assertion(claims)))["Issuer"] == first.entity_id
    assert federation.assume(posted(first.signed_assertion(claims)))["Issuer"] == first.entity_id


def test_providers(federation: SamlWorld) -> None:
    federation.role()
    iam = federation.world.root.iam
    absent = ("InvalidIdentityToken", "Specified provider doesn't exist")
    assert federation.refused(PrincipalArn=arn("saml-provider/other")) == absent
    assert federation.refused(PrincipalArn=arn("saml-provider/CORP")) == absent
    assert federation.refused(PrincipalArn=arn("saml-provider/corp", OTHER)) == absent
    for text in (ROLE, arn("oidc-provider/corp"), f"arn:aws:sts::{ACCOUNT}:saml-provider/corp"):
        assert federation.refused(PrincipalArn=text) == ("ValidationError", f"{text} is invalid")
    wrong_role = ("ValidationError", f"{PROVIDER} is invalid")
    assert federation.refused(RoleArn=PROVIDER, PrincipalArn=PROVIDER) == wrong_role
    # nobody is let in through a provider that is gone; who is in stays (fact 73).
    actor = federation.actor()
    iam.delete_saml_provider(SAMLProviderArn=PROVIDER)
    assert federation.refused() == absent
    assert actor.sts.get_caller_identity()["Account"] == ACCOUNT


def test_a_provider_ends_with_its_metadata(world: World) -> None:
    idp = Idp()
    ends = (world.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.root.iam.create_saml_provider(Name="corp", SAMLMetadataDocument=idp.metadata(valid_until=ends))
    federation = SamlWorld(world, idp)
    federation.role()
    federation.assume()
    world.clock.advance(timedelta(days=1))
    assert federation.refused() == ("InvalidIdentityToken", "Specified provider is no longer valid")


def test_a_role_of_another_account_needs_a_provider_of_its_own(federation: SamlWorld) -> None:
    """R-07: the same name in another account is another provider."""
    federation.role()
    theirs = arn("role/app", OTHER)
    response = federation.saying(attributes={"Role": [f"{theirs},{PROVIDER}", pair(account=OTHER)]})
    absent = ("InvalidIdentityToken", "Specified provider doesn't exist")
    assert federation.refused(response, RoleArn=theirs) == absent
    assert (
        federation.refused(response, RoleArn=theirs, PrincipalArn=arn("saml-provider/corp", OTHER)) == absent
    )


def test_a_request_that_is_signed_must_be_signed_well(federation: SamlWorld) -> None:
    federation.role()
    user = federation.world.user("bob")
    sent = {"RoleArn": ROLE, "PrincipalArn": PROVIDER, "SAMLAssertion": federation.saying()}
    # botocore never signs it; whoever does says nothing by it.
    assert user.sts.assume_role_with_saml(**sent)["Subject"] == "alice@example.com"


# Encryption.


def _encrypted(federation: SamlWorld, how: Sealing | None = None, key: str = "service provider") -> str:
    claims = federation.claims
    signed = federation.idp.sign(claims.assertion(), claims.assertion_id)
    return posted(claims.response(encrypted(signed, rsa_key(key).public_key(), how)))


_SHA256_OAEP = Sealing(
    transport="http://www.w3.org/2009/xmlenc11#rsa-oaep", digest="sha256", mask="sha256", beside=True
)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(Sealing(), id="AES-256-GCM, SHA-1"),
        pytest.param(
            Sealing(data="http://www.w3.org/2009/xmlenc11#aes128-gcm", digest="sha256"), id="AES-128-GCM"
        ),
        pytest.param(Sealing(data="http://www.w3.org/2001/04/xmlenc#aes256-cbc"), id="AES-256-CBC"),
        pytest.param(
            Sealing(data="http://www.w3.org/2001/04/xmlenc#aes128-cbc", kind=None), id="AES-128-CBC"
        ),
        pytest.param(_SHA256_OAEP, id="OAEP with SHA-256 throughout, key beside data"),
        pytest.param(Sealing(label=b"label", digest="sha1"), id="OAEP with a label"),
        pytest.param(
            Sealing(transport="http://www.w3.org/2009/xmlenc11#rsa-oaep", digest="sha256"),
            id="OAEP 1.1 without MGF",
        ),
    ],
)
def test_encrypted_assertions(world: World, how: Sealing) -> None:
    federation = SamlWorld.of(world, AddPrivateKey=private_key())
    federation.role()
    assert federation.assume(_encrypted(federation, how))["Subject"] == "alice@example.com"
    # Signed around instead of inside.
    claims = federation.claims
    sealed = encrypted(claims.assertion(), rsa_key("service provider").public_key(), how)
    around = federation.idp.sign(claims.response(sealed), claims.response_id)
    assert federation.assume(posted(around))["Subject"] == "alice@example.com"


def test_what_is_encrypted_stands_under_the_namespaces_around_it(world: World) -> None:
    federation = SamlWorld.of(world, AddPrivateKey=private_key())
    federation.role()
    claims = federation.claims
    bare = claims.assertion().replace(' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', "", 1)
    sealed = encrypted(bare, rsa_key("service provider").public_key())
    around = federation.idp.sign(claims.response(sealed), claims.response_id)
    assert federation.assume(posted(around))["Subject"] == "alice@example.com"


def test_private_keys_can_change(world: World) -> None:
    federation = SamlWorld.of(world, AddPrivateKey=private_key())
    federation.role()
    iam = world.root.iam
    new = private_key("new service provider")
    assert federation.refused(_encrypted(federation, key="new service provider")) == SIGNATURE
    iam.update_saml_provider(SAMLProviderArn=PROVIDER, AddPrivateKey=new)
    for key in ("service provider", "new service provider"):
        assert federation.assume(_encrypted(federation, key=key))["Subject"] == "alice@example.com"
    old = iam.get_saml_provider(SAMLProviderArn=PROVIDER)["PrivateKeyList"][0]["KeyId"]
    iam.update_saml_provider(SAMLProviderArn=PROVIDER, RemovePrivateKey=old)
    assert federation.refused(_encrypted(federation)) == SIGNATURE


def test_encryption_may_be_required(world: World) -> None:
    federation = SamlWorld.of(world, AddPrivateKey=private_key(), AssertionEncryptionMode="Required")
    federation.role()
    refused = ("InvalidIdentityToken", "The specified provider requires encrypted assertions.")
    assert federation.refused() == refused
    assert federation.refused(posted(federation.idp.signed_response(federation.claims))) == refused
    assert federation.assume(_encrypted(federation))["Subject"] == "alice@example.com"
    world.root.iam.update_saml_provider(SAMLProviderArn=PROVIDER, AssertionEncryptionMode="Allowed")
    assert federation.assume()["Subject"] == "alice@example.com"


def test_without_a_private_key_nothing_is_decrypted(federation: SamlWorld) -> None:
    federation.role()
    assert federation.refused(_encrypted(federation)) == SIGNATURE


# For whom.


def test_recipients(federation: SamlWorld) -> None:
    federation.role()
    provider_id = federation.world.root.iam.get_saml_provider(SAMLProviderArn=PROVIDER)["SAMLProviderUUID"]
    region = "https://eu-central-1.signin.aws.amazon.com/saml"
    static = "https://signin.aws.amazon.com/static/saml"
    for url in (SIGN_IN, region, static, f"{SIGN_IN}/acs/{provider_id}", f"{region}/acs/{provider_id}"):
        answer = federation.assume(federation.saying(recipient=url, destination=url, audiences=((url,),)))
        assert answer["Audience"] == url
    assert federation.refused(federation.saying(recipient=f"{SIGN_IN}/acs/SAMLSPOTHER")) == RECIPIENT
    # Where an unsigned envelope says that it goes is nobody's word.
    assert federation.assume(federation.saying(destination="https://example.com/"))["Audience"] == SIGN_IN


@pytest.mark.parametrize(
    "audiences",
    [
        (("urn:amazon:webservices",),),
        (("https://example.com/", SIGN_IN),),
        ((SIGN_IN,), ("urn:amazon:webservices", "https://example.com/")),
        ((f"{SIGN_IN}#2",),),
    ],
)
def test_audiences(federation: SamlWorld, audiences: Any) -> None:
    federation.role()
    assert federation.assume(federation.saying(audiences=audiences))["Subject"] == "alice@example.com"


def test_an_endpoint_of_our_own(loop: LoopThread) -> None:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        saml_endpoint="https://iamd.example.com/saml",
    )
    world = World(loop, settings)
    try:
        federation = SamlWorld.of(world)
        ours = "https://iamd.example.com/saml"
        federation.role(StringEquals={"saml:aud": ours})
        response = federation.saying(recipient=ours, destination=ours, audiences=((ours,),))
        assert federation.assume(response)["Audience"] == ours
        assert federation.refused(federation.saying(recipient=f"{ours}/acs/SAMLSPOTHER")) == RECIPIENT
        # AWS's own stays one, though this role wants ours.
        assert federation.refused() == TERSE
    finally:
        world.close()


def test_the_setting_is_needed_for_it(federation: SamlWorld) -> None:
    federation.role()
    ours = "https://iamd.example.com/saml"
    assert federation.refused(federation.saying(recipient=ours, audiences=((ours,),))) == RECIPIENT


# The role.


def test_the_pair_of_role_and_provider_may_stand_in_either_order(federation: SamlWorld) -> None:
    federation.role()
    for value in (f"{PROVIDER},{ROLE}", f" {ROLE} , {PROVIDER} ", [pair("ops"), f"{PROVIDER},{ROLE}"]):
        answer = federation.assume(federation.attributes(Role=value))
        assert answer["Subject"] == "alice@example.com"


def test_who_may_not_assume_learns_nothing(federation: SamlWorld) -> None:
    """Semantics 77, R-28: absent, untrusting and unoffered roles answer alike."""
    untrusting = allow(ACTIONS, None, Principal={"Federated": arn("saml-provider/other")})
    federation.role_with(document(untrusting), "untrusting")
    by_web = allow("sts:AssumeRoleWithWebIdentity", None, Principal={"Federated": PROVIDER})
    federation.role_with(document(by_web), "by_web")
    by_user = allow("sts:AssumeRole", None, Principal={"AWS": ACCOUNT})
    federation.role_with(document(by_user), "by_user")
    federation.role("unoffered")
    offered = federation.attributes(
        Role=[pair(name) for name in ("untrusting", "by_web", "by_user", "absent")]
    )
    for name in ("untrusting", "by_web", "by_user", "absent", "unoffered"):
        assert federation.refused(offered, RoleArn=arn(f"role/{name}")) == TERSE


def test_an_explicit_deny_wins(federation: SamlWorld) -> None:
    trust = allow(ACTIONS, None, Principal={"Federated": PROVIDER})
    stop = deny(
        "sts:AssumeRoleWithSAML", None, Principal="*", Condition={"StringEquals": {"saml:sub": "mallory"}}
    )
    federation.role_with(document(trust, stop))
    assert federation.refused(federation.saying(subject="mallory")) == TERSE
    assert federation.assume()["Subject"] == "alice@example.com"


def test_roles_of_the_identity_center_are_not_for_this(federation: SamlWorld) -> None:
    """AWS: "AssumeRoleWithSAML will not work on IAM Identity Center managed roles", AWSReservedSSO_…"""
    federation.role("AWSReservedSSO_Admin_0123456789abcdef")
    name = "AWSReservedSSO_Admin_0123456789abcdef"
    response = federation.attributes(Role=pair(name))
    assert federation.refused(response, RoleArn=arn(f"role/{name}")) == TERSE


# Parameters.


def test_durations(federation: SamlWorld) -> None:
    trust = document(allow(ACTIONS, None, Principal={"Federated": PROVIDER}))
    federation.role_with(trust, "app", MaxSessionDuration=7200)
    hour = timedelta(hours=1)
    assert federation.lasts() == hour
    assert federation.lasts(DurationSeconds=7200) == 2 * hour
    assert federation.refused(DurationSeconds=7201) == TOO_LONG
    # AWS: SessionDuration "can be used to shorten the duration of the session", and SessionNotOnOrAfter as well.
    assert federation.lasts(federation.attributes(SessionDuration="1800")) == hour / 2
    assert federation.lasts(federation.attributes(SessionDuration="43200")) == hour
    assert federation.lasts(federation.attributes(SessionDuration="900"), DurationSeconds=7200) == hour / 4
    soon = federation.saying(session_ends=timedelta(minutes=10), attributes={"SessionDuration": "1800"})
    assert federation.lasts(soon, DurationSeconds=7200) == timedelta(minutes=10)
    assert federation.refused(soon, DurationSeconds=7201) == TOO_LONG


@pytest.mark.parametrize(
    "given", ["899", "43201", "1e3", "-900", "", "\u0661\u0668\u0660\u0660", "900 seconds", "0900000"]
)
def test_durations_that_are_none(federation: SamlWorld, given: str) -> None:
    """R-36."""
    federation.role()
    refused = ("InvalidIdentityToken", "SessionDuration in AuthnResponse must be between 900 and 43200")
    assert federation.refused(federation.attributes(SessionDuration=given)) == refused


def test_session_policies(federation: SamlWorld) -> None:
    federation.role("app", allow(["iam:ListUsers", "iam:ListRoles"]))
    answer = federation.assume(Policy=document(allow("iam:ListUsers")))
    assert answer["PackedPolicySize"] > 0
    actor = federation.actor(Policy=document(allow("iam:ListUsers")))
    assert actor.iam.list_users()["Users"] == []
    assert refusal(actor.iam.list_roles)[0] == "AccessDenied"
    read_only = [{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}]
    assert federation.actor(PolicyArns=read_only).iam.list_users()["Users"] == []
    absent = [{"arn": arn("policy/absent")}]
    assert federation.refused(PolicyArns=absent)[0] == "MalformedPolicyDocument"
    assert federation.refused(Policy="{}")[0] == "MalformedPolicyDocument"
    long = document(allow("iam:ListUsers")).ljust(2048)
    percent = -(-(2048 + len(read_only[0]["arn"])) * 100 // 2048)
    assert federation.refused(Policy=long, PolicyArns=read_only) == (
        "PackedPolicyTooLarge",
        f"Packed policy consumes {percent}% of allotted space, please use smaller policy.",
    )


def test_tags_may_be_too_many_for_a_token(federation: SamlWorld) -> None:
    federation.role()
    tags = {
        f"PrincipalTag:key{number}": "".join(
            hashlib.sha512(f"{number}/{part}".encode()).hexdigest() for part in range(2)
        )
        for number in range(50)
    }
    code, message = federation.refused(federation.attributes(**tags))
    assert code == "PackedPolicyTooLarge"
    assert message.startswith("Packed policy consumes ")


def test_the_response_is_not_repeated_when_it_is_too_long(federation: SamlWorld) -> None:
    code, message = federation.refused("A" * 100_001)
    assert code == "ValidationError"
    assert "AAAA" not in message


def test_minimum_size_of_the_token(federation: SamlWorld) -> None:
    federation.role()
    answer = federation.assume(MinimumSessionTokenSize=3000)
    assert len(answer["Credentials"]["SessionToken"]) >= 3000
