"""UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import PublicFormat
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.key_material import other_ssh_public_key, pem_public_key, ssh_public_key
from tests.support.world import Actor, World, allow

UNKNOWN = "APKANOBODYNOBODY0000"
MISSING_USER = ("NoSuchEntity", "The user with name nobody cannot be found.")
INVALID = ("InvalidPublicKey", "The public key is malformed or otherwise invalid.")
UNRECOGNIZED = (
    "UnrecognizedPublicKeyEncoding",
    "The public key encoding format is unsupported or unrecognized.",
)
DUPLICATE = (
    "DuplicateSSHPublicKey",
    "The SSH public key is already associated with the specified IAM user.",
)


def missing(id_: str) -> tuple[str, str]:
    return "NoSuchEntity", f"The Public Key with id {id_} cannot be found."


@pytest.fixture
def bob(root: Actor) -> str:
    root.iam.create_user(UserName="Bob")
    return "bob"


def upload(root: Actor, body: str, user: str = "bob") -> dict[str, Any]:
    key: dict[str, Any] = root.iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=body)["SSHPublicKey"]
    return key


def ids(answer: dict[str, Any]) -> list[str]:
    return [key["SSHPublicKeyId"] for key in answer["SSHPublicKeys"]]


@pytest.mark.usefixtures("bob")
def test_a_new_key(root: Actor, world: World) -> None:
    body = ssh_public_key(comment="bob@example.com")

    key = upload(root, body)

    assert key == {
        "UserName": "Bob",
        "SSHPublicKeyId": key["SSHPublicKeyId"],
        "Fingerprint": key["Fingerprint"],
        "SSHPublicKeyBody": body,
        "Status": "Active",
        "UploadDate": key["UploadDate"],
    }
    assert key["SSHPublicKeyId"].startswith("APKA")
    assert len(key["SSHPublicKeyId"]) == 20
    assert abs((key["UploadDate"] - world.clock.now()).total_seconds()) < 60
    found = root.iam.get_ssh_public_key(UserName="bob", SSHPublicKeyId=key["SSHPublicKeyId"], Encoding="SSH")
    assert content(found) == {"SSHPublicKey": key}


@pytest.mark.usefixtures("bob")
def test_the_fingerprint_is_the_one_that_ssh_keygen_tells(root: Actor, tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    file.write_text(ssh_public_key())
    told = subprocess.run(  # noqa: S603  our own words
        ["/usr/bin/env", "ssh-keygen", "-E", "md5", "-l", "-f", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        pytest.skip("there is no ssh-keygen")

    assert upload(root, ssh_public_key())["Fingerprint"] == told.stdout.split()[1].removeprefix("MD5:")


@pytest.mark.usefixtures("bob")
def test_a_key_is_told_in_either_encoding(root: Actor) -> None:
    ssh, pem = ssh_public_key(), pem_public_key(1)
    as_ssh = {"UserName": "bob", "SSHPublicKeyId": upload(root, ssh)["SSHPublicKeyId"]}
    as_pem = {"UserName": "bob", "SSHPublicKeyId": upload(root, pem)["SSHPublicKeyId"]}

    def body(key: dict[str, str], encoding: str) -> Any:
        return root.iam.get_ssh_public_key(**key, Encoding=encoding)["SSHPublicKey"]["SSHPublicKeyBody"]

    assert (body(as_ssh, "SSH"), body(as_ssh, "PEM")) == (ssh, pem_public_key())
    assert (body(as_pem, "SSH"), body(as_pem, "PEM")) == (ssh_public_key(1), pem)
    wrong = "Value at 'encoding' failed to satisfy constraint: Member must satisfy enum value set"
    assert refusal(root.iam.get_ssh_public_key, **as_ssh, Encoding="DER") == (
        "ValidationError",
        f"1 validation error detected: {wrong}",
    )


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("AAAAB3NzaC1yc2E", UNRECOGNIZED),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", UNRECOGNIZED),
        ("ecdsa-sha2-nistp256 AAAA", UNRECOGNIZED),
        ("ssh-rsa AAAA", INVALID),
        ("ssh-rsa", INVALID),
        ("ssh-rsa not-base64!", INVALID),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", INVALID),
        ("-----BEGIN", INVALID),
        pytest.param(other_ssh_public_key(), INVALID, id="another kind of key"),
        pytest.param(ssh_public_key(bits=1024), INVALID, id="too short a key"),
        pytest.param(ssh_public_key()[:-20], INVALID, id="cut off"),
    ],
)
def test_bodies_that_are_no_keys(root: Actor, body: str, expected: tuple[str, str]) -> None:
    assert refusal(root.iam.upload_ssh_public_key, UserName="bob", SSHPublicKeyBody=body) == expected
    assert ids(root.iam.list_ssh_public_keys(UserName="bob")) == []


@pytest.mark.usefixtures("bob")
def test_a_key_in_another_form_is_the_same(root: Actor) -> None:
    key = upload(root, ssh_public_key())

    for body in (
        ssh_public_key(comment="other"),
        pem_public_key(),
        pem_public_key(form=PublicFormat.PKCS1),
        "\n" + ssh_public_key(),
    ):
        assert refusal(root.iam.upload_ssh_public_key, UserName="BOB", SSHPublicKeyBody=body) == DUPLICATE
    root.iam.create_user(UserName="carol")
    assert upload(root, pem_public_key(), "carol")["Fingerprint"] == key["Fingerprint"]


@pytest.mark.usefixtures("bob")
def test_a_user_has_at_most_five(root: Actor) -> None:
    keys = [upload(root, ssh_public_key(number))["SSHPublicKeyId"] for number in range(5)]
    root.iam.update_ssh_public_key(UserName="bob", SSHPublicKeyId=keys[0], Status="Inactive")

    assert refusal(root.iam.upload_ssh_public_key, UserName="bob", SSHPublicKeyBody=ssh_public_key(5)) == (
        "LimitExceeded",
        "Cannot exceed quota for SSHPublicKeysPerUser: 5",
    )
    assert ids(root.iam.list_ssh_public_keys(UserName="bob")) == keys


@pytest.mark.usefixtures("bob")
def test_keys_are_listed_in_pages_without_their_bodies(root: Actor) -> None:
    keys = [upload(root, ssh_public_key(number)) for number in range(3)]
    shown = [
        {name: key[name] for name in ("UserName", "SSHPublicKeyId", "Status", "UploadDate")} for key in keys
    ]

    assert content(root.iam.list_ssh_public_keys(UserName="bob")) == {
        "SSHPublicKeys": shown,
        "IsTruncated": False,
    }
    first = root.iam.list_ssh_public_keys(UserName="bob", MaxItems=2)
    assert (first["SSHPublicKeys"], first["IsTruncated"]) == (shown[:2], True)
    second = content(root.iam.list_ssh_public_keys(UserName="bob", MaxItems=2, Marker=first["Marker"]))
    assert second == {"SSHPublicKeys": shown[2:], "IsTruncated": False}
    root.iam.create_user(UserName="carol")
    assert refusal(root.iam.list_ssh_public_keys, UserName="carol", Marker=first["Marker"]) == (
        "ValidationError",
        "Invalid Marker.",
    )


def test_without_a_name_the_keys_are_the_callers_own(world: World, root: Actor) -> None:
    carol = world.user("carol", allow("iam:ListSSHPublicKeys", arn("user/carol")))
    key = upload(root, ssh_public_key(), "carol")["SSHPublicKeyId"]

    assert ids(carol.iam.list_ssh_public_keys()) == [key]
    assert refusal(root.iam.list_ssh_public_keys) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )


@pytest.mark.usefixtures("bob")
def test_a_key_is_switched_off_and_on_and_deleted(root: Actor) -> None:
    key = {"UserName": "bob", "SSHPublicKeyId": upload(root, ssh_public_key())["SSHPublicKeyId"]}

    def status() -> Any:
        return root.iam.get_ssh_public_key(**key, Encoding="SSH")["SSHPublicKey"]["Status"]

    assert content(root.iam.update_ssh_public_key(**key, Status="Inactive")) == {}
    assert status() == "Inactive"
    root.iam.update_ssh_public_key(**key, Status="Active")
    assert status() == "Active"
    assert refusal(root.iam.update_ssh_public_key, **key, Status="Expired") == (
        "InvalidInput",
        "The status of a credential cannot be set to Expired.",
    )
    assert content(root.iam.delete_ssh_public_key(**key)) == {}
    assert refusal(root.iam.delete_ssh_public_key, **key) == missing(key["SSHPublicKeyId"])


@pytest.mark.usefixtures("bob")
def test_a_key_is_found_only_under_its_user(root: Actor) -> None:
    """R-33: naming one user does not reach the keys of another."""
    root.iam.create_user(UserName="carol")
    key = upload(root, ssh_public_key())["SSHPublicKeyId"]

    for operation, more in (
        ("get_ssh_public_key", {"Encoding": "SSH"}),
        ("update_ssh_public_key", {"Status": "Inactive"}),
        ("delete_ssh_public_key", {}),
    ):
        ask = getattr(root.iam, operation)
        assert refusal(ask, UserName="carol", SSHPublicKeyId=key, **more) == missing(key)
        assert refusal(ask, UserName="bob", SSHPublicKeyId=UNKNOWN, **more) == missing(UNKNOWN)
        assert refusal(ask, UserName="nobody", SSHPublicKeyId=key, **more) == MISSING_USER
    assert refusal(root.iam.list_ssh_public_keys, UserName="nobody") == MISSING_USER
    assert refusal(root.iam.upload_ssh_public_key, UserName="nobody", SSHPublicKeyBody="x") == MISSING_USER


@pytest.mark.usefixtures("bob")
def test_keys_follow_a_rename_and_stand_in_the_way_of_a_deletion(root: Actor) -> None:
    """facts 15 and 16."""
    key = upload(root, ssh_public_key())["SSHPublicKeyId"]
    root.iam.update_user(UserName="bob", NewUserName="Robert")

    (shown,) = root.iam.list_ssh_public_keys(UserName="robert")["SSHPublicKeys"]
    assert (shown["UserName"], shown["SSHPublicKeyId"]) == ("Robert", key)
    assert refusal(root.iam.delete_user, UserName="Robert") == (
        "DeleteConflict",
        "Cannot delete entity, must remove referenced objects first.",
    )
    root.iam.delete_ssh_public_key(UserName="Robert", SSHPublicKeyId=key)
    root.iam.delete_user(UserName="Robert")


def test_a_key_for_another_user_needs_permission_on_that_user(world: World, root: Actor) -> None:
    """R-24."""
    carol = world.user("carol", allow("iam:*SSHPublicKey*", arn("user/carol")))
    root.iam.create_user(UserName="bob")

    assert refusal(carol.iam.upload_ssh_public_key, UserName="bob", SSHPublicKeyBody=ssh_public_key()) == (
        denial(arn("user/carol"), "iam:UploadSSHPublicKey", "user bob")
    )


@pytest.mark.parametrize(
    ("operation", "action", "more"),
    [
        ("upload_ssh_public_key", "iam:UploadSSHPublicKey", {"SSHPublicKeyBody": ssh_public_key(1)}),
        ("get_ssh_public_key", "iam:GetSSHPublicKey", {"Encoding": "SSH"}),
        ("list_ssh_public_keys", "iam:ListSSHPublicKeys", {}),
        ("update_ssh_public_key", "iam:UpdateSSHPublicKey", {"Status": "Inactive"}),
        ("delete_ssh_public_key", "iam:DeleteSSHPublicKey", {}),
    ],
)
@pytest.mark.usefixtures("bob")
def test_who_may(world: World, root: Actor, operation: str, action: str, more: dict[str, str]) -> None:
    key = upload(root, ssh_public_key())["SSHPublicKeyId"]
    if not operation.startswith(("upload", "list")):
        more = {**more, "SSHPublicKeyId": key}

    check_permission(world, operation, action, arn("user/Bob"), "user bob", UserName="bob", **more)
