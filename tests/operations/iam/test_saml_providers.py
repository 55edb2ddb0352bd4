"""SAML providers."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.support.answers import arn, check_permission, content, refusal
from tests.support.key_material import certificate, pem_private_key, pem_public_key, rsa_key
from tests.support.saml_metadata import metadata
from tests.support.store_values import add, saml_provider
from tests.support.world import Actor, World, document

ARN = arn("saml-provider/Idp")
PROVIDER = {"SAMLProviderArn": ARN}
GHOST = {"SAMLProviderArn": arn("saml-provider/Ghost")}
METADATA = metadata()
TAGS = [{"Key": "b", "Value": ""}, {"Key": "a", "Value": "1"}]


@pytest.fixture
def iam(root: Actor) -> Any:
    """Return the client of the root, in an account that has the provider."""
    root.iam.create_saml_provider(Name="Idp", SAMLMetadataDocument=METADATA)
    return root.iam


def key_ids(iam: Any) -> list[str]:
    return [key["KeyId"] for key in iam.get_saml_provider(**PROVIDER)["PrivateKeyList"]]


def test_a_new_provider_is_answered_with_its_arn_and_its_tags_if_it_has_any(root: Actor) -> None:
    plain = root.iam.create_saml_provider(Name="Idp", SAMLMetadataDocument=METADATA)
    assert content(plain) == {"SAMLProviderArn": ARN}
    tagged = root.iam.create_saml_provider(Name="b", SAMLMetadataDocument=METADATA, Tags=TAGS)
    assert content(tagged) == {"SAMLProviderArn": arn("saml-provider/b"), "Tags": TAGS[::-1]}


def test_what_was_not_given_has_its_default(world: World, iam: Any) -> None:
    """fact 73: the document comes back as it was sent."""
    answer = content(iam.get_saml_provider(**PROVIDER))
    created = answer.pop("CreateDate")
    assert abs((world.clock.now() - created).total_seconds()) < 60
    provider_id = answer.pop("SAMLProviderUUID")
    assert provider_id.startswith("SAMLSP")
    assert len(provider_id) == 22
    ends = answer.pop("ValidUntil")
    assert (ends.year, ends.month) == (created.year + 100, created.month)
    assert answer == {
        "SAMLMetadataDocument": METADATA,
        "Tags": [],
        "AssertionEncryptionMode": "Allowed",
        "PrivateKeyList": [],
    }


def test_getting_tells_everything_but_private_keys(world: World, root: Actor) -> None:
    key = pem_private_key()
    root.iam.create_saml_provider(
        Name="Idp",
        SAMLMetadataDocument=metadata(valid_until="2031-02-03T04:05:06Z"),
        AssertionEncryptionMode="Required",
        AddPrivateKey=key,
        Tags=TAGS,
    )
    answer = content(root.iam.get_saml_provider(**PROVIDER))
    assert answer["ValidUntil"].isoformat() == "2031-02-03T04:05:06+00:00"
    assert answer["AssertionEncryptionMode"] == "Required"
    assert answer["Tags"] == TAGS[::-1]
    (told,) = answer["PrivateKeyList"]
    assert sorted(told) == ["KeyId", "Timestamp"]
    assert abs((world.clock.now() - told["Timestamp"]).total_seconds()) < 60
    middle = key.splitlines()[5].encode()
    assert [response for response in world.responses if middle in response.body] == []


def test_listing_tells_arns_and_times(iam: Any) -> None:
    """fact 9: the list has no pages."""
    iam.create_saml_provider(Name="Another", SAMLMetadataDocument=METADATA)
    answer = content(iam.list_saml_providers())
    assert list(answer) == ["SAMLProviderList"]
    assert [entry["Arn"] for entry in answer["SAMLProviderList"]] == [arn("saml-provider/Another"), ARN]
    whole = iam.get_saml_provider(**PROVIDER)
    times = {name: whole[name] for name in ("CreateDate", "ValidUntil")}
    assert answer["SAMLProviderList"][1] == {"Arn": ARN, **times}


def test_a_name_is_taken_once_in_its_spelling(iam: Any) -> None:
    taken = ("EntityAlreadyExists", "Provider with name Idp already exists.")
    assert refusal(iam.create_saml_provider, Name="Idp", SAMLMetadataDocument=METADATA) == taken
    other = iam.create_saml_provider(Name="IDP", SAMLMetadataDocument=METADATA)
    assert other["SAMLProviderArn"] == arn("saml-provider/IDP")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 1000, "it is not well-formed"),
        (
            METADATA.replace("<EntityDescriptor", "<!DOCTYPE a><EntityDescriptor"),
            "a document type is declared",
        ),
        (METADATA.replace("IDPSSODescriptor", "SPSSODescriptor"), "it has no IDPSSODescriptor for SAML 2.0"),
        (metadata(certificates=()).ljust(1000), "it has no certificate for signing, or too many"),
    ],
    ids=["no XML", "document type", "service provider", "no certificate"],
)
def test_what_is_no_metadata_is_refused(iam: Any, text: str, reason: str) -> None:
    """R-61: a document type is not even read."""
    refused = ("InvalidInput", f"Could not parse metadata: {reason}")
    assert refusal(iam.create_saml_provider, Name="b", SAMLMetadataDocument=text) == refused
    assert refusal(iam.update_saml_provider, **PROVIDER, SAMLMetadataDocument=text) == refused
    assert iam.get_saml_provider(**PROVIDER)["SAMLMetadataDocument"] == METADATA


def test_an_expired_certificate_does_not_matter(root: Actor) -> None:
    """R-60; AWS: *Create a SAML identity provider in IAM*."""
    old = certificate(begins=timedelta(days=-800))
    root.iam.create_saml_provider(Name="Idp", SAMLMetadataDocument=metadata(certificates=(old,)))
    assert root.iam.list_saml_providers()["SAMLProviderList"] != []


def test_an_update_changes_what_it_names_and_nothing_else(iam: Any) -> None:
    before = content(iam.get_saml_provider(**PROVIDER))
    assert content(iam.update_saml_provider(**PROVIDER)) == PROVIDER
    assert content(iam.get_saml_provider(**PROVIDER)) == before
    iam.update_saml_provider(**PROVIDER, AssertionEncryptionMode="Required")
    after = content(iam.get_saml_provider(**PROVIDER))
    assert after == before | {"AssertionEncryptionMode": "Required"}
    new = metadata("https://other.example.com", valid_until="2030-01-01T00:00:00Z")
    iam.update_saml_provider(**PROVIDER, SAMLMetadataDocument=new)
    latest = content(iam.get_saml_provider(**PROVIDER))
    assert latest.pop("ValidUntil").isoformat() == "2030-01-01T00:00:00+00:00"
    del after["ValidUntil"]
    assert latest == after | {"SAMLMetadataDocument": new}


def test_private_keys_are_rotated_and_there_are_two_at_most(iam: Any) -> None:
    update = iam.update_saml_provider
    update(**PROVIDER, AddPrivateKey=pem_private_key())
    update(**PROVIDER, AddPrivateKey=pem_private_key(1))
    first, second = key_ids(iam)
    full = ("LimitExceeded", "Cannot exceed quota for PrivateKeysPerSAMLProvider: 2")
    assert refusal(update, **PROVIDER, AddPrivateKey=pem_private_key()) == full
    at_once = (
        "InvalidInput",
        "A private key cannot be added and another one removed in the same request.",
    )
    assert refusal(update, **PROVIDER, AddPrivateKey=pem_private_key(), RemovePrivateKey=first) == at_once
    update(**PROVIDER, RemovePrivateKey=first)
    assert key_ids(iam) == [second]
    unknown = ("NoSuchEntity", f"The private key with id {first} cannot be found.")
    assert refusal(update, **PROVIDER, RemovePrivateKey=first) == unknown


def test_what_opens_no_assertion_is_no_private_key(iam: Any) -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    unreadable = "The private key is not a valid PEM-encoded private key."
    small = rsa_key(bits=1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for text, message in (
        ("x", unreadable),
        (pem_public_key(), unreadable),
        (pem_private_key(passphrase=b"word"), unreadable),
        (curve.decode(), "The private key must be an RSA key."),
        (small.decode(), "The private key must have 2048 to 8192 bits."),
    ):
        refused = ("InvalidInput", message)
        assert refusal(iam.update_saml_provider, **PROVIDER, AddPrivateKey=text) == refused
        more = {"Name": "b", "SAMLMetadataDocument": METADATA, "AddPrivateKey": text}
        assert refusal(iam.create_saml_provider, **more) == refused
    assert key_ids(iam) == []


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL], ids=str)
def test_both_forms_of_pem_are_taken(iam: Any, form: PrivateFormat) -> None:
    iam.update_saml_provider(**PROVIDER, AddPrivateKey=pem_private_key(form=form).replace("\n", "\r\n"))
    assert len(key_ids(iam)) == 1


def test_an_account_has_a_hundred_providers(world: World, root: Actor) -> None:
    add(world.app.store, *[saml_provider(f"provider-{number}") for number in range(100)])
    full = ("LimitExceeded", "Cannot exceed quota for SAMLProvidersPerAccount: 100")
    assert refusal(root.iam.create_saml_provider, Name="Idp", SAMLMetadataDocument=METADATA) == full
    assert root.iam.get_account_summary()["SummaryMap"]["Providers"] == 100
    root.iam.create_open_id_connect_provider(Url="https://idp.example.com")
    assert root.iam.get_account_summary()["SummaryMap"]["Providers"] == 101


def test_what_is_not_there(root: Actor) -> None:
    """fact 73; R-33: what another account has is not there either."""
    missing = ("NoSuchEntity", f"Manifest not found for arn {GHOST['SAMLProviderArn']}")
    for operation, more in (
        ("get_saml_provider", {}),
        ("update_saml_provider", {"AssertionEncryptionMode": "Allowed"}),
        ("delete_saml_provider", {}),
        ("tag_saml_provider", {"Tags": TAGS}),
        ("untag_saml_provider", {"TagKeys": ["a"]}),
        ("list_saml_provider_tags", {}),
    ):
        assert refusal(getattr(root.iam, operation), **GHOST, **more) == missing
    elsewhere = {"SAMLProviderArn": arn("saml-provider/Idp", "999999999999")}
    assert refusal(root.iam.get_saml_provider, **elsewhere)[0] == "AccessDenied"


@pytest.mark.parametrize("name", [arn("user/a-long-name"), "x" * 30, arn("oidc-provider/idp.example.com")])
def test_what_is_no_arn_of_a_provider_is_refused(root: Actor, name: str) -> None:
    refused = refusal(root.iam.get_saml_provider, SAMLProviderArn=name)
    assert refused == ("ValidationError", f"{name} is invalid")


def test_a_deleted_provider_is_gone_and_a_new_one_is_another(iam: Any) -> None:
    before = iam.get_saml_provider(**PROVIDER)["SAMLProviderUUID"]
    iam.delete_saml_provider(**PROVIDER)
    gone = ("NoSuchEntity", f"Manifest not found for arn {ARN}")
    assert refusal(iam.delete_saml_provider, **PROVIDER) == gone
    assert iam.list_saml_providers()["SAMLProviderList"] == []
    iam.create_saml_provider(Name="Idp", SAMLMetadataDocument=METADATA)
    assert iam.get_saml_provider(**PROVIDER)["SAMLProviderUUID"] != before


def test_tags_come_and_go_with_regard_to_case(iam: Any) -> None:
    iam.tag_saml_provider(**PROVIDER, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    iam.tag_saml_provider(**PROVIDER, Tags=[{"Key": "a", "Value": "3"}])
    both = [{"Key": "A", "Value": "2"}, {"Key": "a", "Value": "3"}]
    assert iam.list_saml_provider_tags(**PROVIDER)["Tags"] == both
    page = iam.list_saml_provider_tags(**PROVIDER, MaxItems=1)
    rest = iam.list_saml_provider_tags(**PROVIDER, Marker=page["Marker"])
    assert page["Tags"] + rest["Tags"] == both
    iam.untag_saml_provider(**PROVIDER, TagKeys=["A"])
    assert content(iam.list_saml_provider_tags(**PROVIDER)) == {"Tags": both[1:], "IsTruncated": False}
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    full = ("LimitExceeded", "The number of tags has reached the maximum limit.")
    assert refusal(iam.tag_saml_provider, **PROVIDER, Tags=many) == full


@pytest.mark.parametrize(
    ("operation", "action", "more"),
    [
        ("get_saml_provider", "iam:GetSAMLProvider", {}),
        ("update_saml_provider", "iam:UpdateSAMLProvider", {"AssertionEncryptionMode": "Required"}),
        ("tag_saml_provider", "iam:TagSAMLProvider", {"Tags": TAGS}),
        ("delete_saml_provider", "iam:DeleteSAMLProvider", {}),
    ],
)
def test_each_operation_asks_on_the_provider(
    world: World, iam: Any, operation: str, action: str, more: dict[str, Any]
) -> None:
    assert iam is not None
    check_permission(world, operation, action, ARN, ARN, **PROVIDER, **more)


def test_making_one_asks_on_the_arn_that_it_will_have(world: World) -> None:
    more = {"Name": "Idp", "SAMLMetadataDocument": METADATA}
    check_permission(world, "create_saml_provider", "iam:CreateSAMLProvider", ARN, ARN, **more)


def test_a_trust_policy_names_a_provider_by_its_arn_and_shows_it_as_it_was_written(iam: Any) -> None:
    """semantics 49; fact 11: whether the provider is there, or goes, changes nothing in the policy."""
    for name in ("Idp", "Ghost"):
        trust = document(
            {
                "Effect": "Allow",
                "Principal": {"Federated": arn(f"saml-provider/{name}")},
                "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            }
        )
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.delete_saml_provider(**PROVIDER)
    shown = iam.get_role(RoleName="Idp")["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"] == {"Federated": ARN}


def test_a_trusted_provider_lets_in_nobody_who_signs(world: World, iam: Any) -> None:
    """semantics 49: it is a principal of AssumeRoleWithSAML, not of AssumeRole."""
    actions = ["sts:AssumeRole", "sts:AssumeRoleWithSAML"]
    trust = document({"Effect": "Allow", "Principal": {"Federated": ARN}, "Action": actions})
    role = iam.create_role(RoleName="federated", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    bob = world.user("bob", everything)
    assume = {"RoleArn": role, "RoleSessionName": "session"}
    assert refusal(bob.sts.assume_role, **assume)[0] == "AccessDenied"
