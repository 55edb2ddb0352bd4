"""SAML providers of seeds: what stands in the seed, and what stands in files beside it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import arn
from tests.support.key_material import pem_private_key
from tests.support.loops import LoopThread
from tests.support.saml_metadata import metadata
from tests.support.world import ACCOUNT, World

from iamd.assemble import Application
from iamd.exchange.strict_yaml import FileFormatError
from iamd.secret import Secret
from iamd.settings import Settings


def settings(folder: Path, *providers: dict[str, Any]) -> Settings:
    path = folder / "seed.json"
    path.write_text(json.dumps({"accounts": [{"id": ACCOUNT, "saml_providers": providers}]}))
    return Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        seed=path,
    )


def test_a_provider_is_made_of_texts_or_files(tmp_path: Path, loop: LoopThread) -> None:
    document = metadata().replace("\n", "\r\n")
    (tmp_path / "idp.xml").write_bytes(document.encode())
    (tmp_path / "idp.pem").write_text(pem_private_key())
    by_file = {"metadata_file": "idp.xml", "private_key_file": "idp.pem", "tags": {"team": "red"}}
    required = {"assertion_encryption_mode": "Required"}
    by_text = {"metadata": metadata(), "private_key": pem_private_key(1)}
    world = World(
        loop, settings(tmp_path, {"name": "files", **by_file, **required}, {"name": "texts", **by_text})
    )
    try:
        found = {
            name: world.root.iam.get_saml_provider(SAMLProviderArn=arn(f"saml-provider/{name}"))
            for name in ("files", "texts")
        }
    finally:
        world.close()
    # A line ends as it ends in the file: the document comes back as it was.
    assert found["files"]["SAMLMetadataDocument"] == document
    assert found["files"]["Tags"] == [{"Key": "team", "Value": "red"}]
    assert {name: len(each["PrivateKeyList"]) for name, each in found.items()} == {"files": 1, "texts": 1}
    modes = {name: each["AssertionEncryptionMode"] for name, each in found.items()}
    assert modes == {"files": "Required", "texts": "Allowed"}


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        ({}, "either `metadata` or `metadata_file`"),
        ({"metadata": "x", "metadata_file": "x"}, "either `metadata` or `metadata_file`"),
        (
            {"metadata": "x", "private_key": "PLANTED", "private_key_file": "x"},
            "either `private_key` or `private_key_file`",
        ),
        ({"metadata_file": "missing.xml"}, "missing.xml` cannot be read"),
        ({"metadata_file": "latin.xml"}, "latin.xml` cannot be read"),
        ({"metadata": "x" * 1000}, "SAML provider `idp`: InvalidInput: Could not parse metadata"),
        (
            {"metadata": metadata(), "private_key": "PLANTED"},
            "SAML provider `idp`: InvalidInput: The private",
        ),
    ],
    ids=["none", "both", "both keys", "missing", "no UTF-8", "no metadata", "no key"],
)
def test_a_mistake_is_named(tmp_path: Path, provider: dict[str, Any], said: str) -> None:
    (tmp_path / "latin.xml").write_bytes(b"\xe4" * 1000)
    with pytest.raises(FileFormatError) as refused:
        Application(settings(tmp_path, {"name": "idp", **provider}))
    assert said in str(refused.value)
    assert "PLANTED" not in str(refused.value)
