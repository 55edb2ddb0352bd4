"""The operator's file of identity providers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import arn, content, refusal
from tests.support.issuer import issuer
from tests.support.jose import claims_of, jwk, rsa_key, signed
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, World, allow, document

from iamd.exchange.identity_providers import read_identity_providers
from iamd.exchange.strict_yaml import FileFormatError
from iamd.federation.access_tokens import Send
from iamd.secret import Secret
from iamd.settings import Settings

URL = "https://idp.internal.example.com"
KEY = jwk(rsa_key(), "one")


def write(folder: Path, file: Any) -> Path:
    path = folder / "providers.json"
    path.write_text(json.dumps(file))
    return path


def world(loop: LoopThread, file: Path, **changes: Any) -> World:
    given: dict[str, Any] = {
        "account_id": ACCOUNT,
        "root_access_key_id": "AKIAROOTEXAMPLE00000",
        "root_secret_access_key": Secret("root/secret/access/key/of/the/tests/0000"),
        "identity_providers": file,
    }
    return World(loop, Settings(**given | changes))


def assume(made: World, role_arn: str, token: str, **more: str) -> Any:
    return made.client("sts", None).assume_role_with_web_identity(
        RoleArn=role_arn, RoleSessionName="session", WebIdentityToken=token, **more
    )


def test_yaml(tmp_path: Path) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(
        f"""
issuers:
  - url: {URL}
    keys: [{{kty: RSA, kid: 7, e: AQAB, n: {KEY["n"]}}}]
access_tokens:
  - provider_id: www.amazon.com
    url: https://api.amazon.com/auth/o2/tokeninfo
  - {{provider_id: idp.example.com, url: "https://idp.example.com/introspect", send: form,
      parameter: token, authorization: Basic eA==, app: client_id, user: sub}}
"""
    )
    found = read_identity_providers(path, private=False)
    assert [key.kid for key in found.key_sets[URL].keys] == ["7"]
    assert found.access_tokens["www.amazon.com"].send is Send.QUERY
    own = found.access_tokens["idp.example.com"]
    assert (own.send, own.parameter, own.app, own.user) == (Send.FORM, "token", "client_id", "sub")
    assert "eA==" not in repr(found)


PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "federate-with-oidc.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("number", range(2))
def test_the_files_of_the_guide_are_right(tmp_path: Path, number: int) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(BLOCKS[number])
    found = read_identity_providers(path, private=False)
    assert (len(found.key_sets), len(found.access_tokens)) == [(1, 0), (0, 2)][number]


ENDPOINT = {"provider_id": "idp.example.com", "url": "https://idp.example.com/a"}


@pytest.mark.parametrize(
    "file",
    [
        [],
        {"issuer": []},
        {"issuers": [{"url": URL}]},
        {"issuers": [{"url": URL, "keys": []}]},
        {"issuers": [{"url": URL, "keys": [KEY, KEY]}]},
        {"issuers": [{"url": URL, "keys": [{"kty": "oct", "k": "AAAA"}]}]},
        {"issuers": [{"url": URL, "keys": [KEY]}, {"url": URL, "keys": [KEY]}]},
        {"issuers": [{"url": URL, "keys": [KEY], "more": 1}]},
        {"issuers": [{"url": "http://idp.example.com", "keys": [KEY]}]},
        {"issuers": [{"url": "https://aws", "keys": [KEY]}]},
        {"access_tokens": [ENDPOINT, ENDPOINT]},
        {"access_tokens": [ENDPOINT | {"url": "http://idp.example.com/a"}]},
        {"access_tokens": [ENDPOINT | {"url": "file:///etc/passwd"}]},
        {"access_tokens": [ENDPOINT | {"provider_id": "aws"}]},
        {"access_tokens": [ENDPOINT | {"provider_id": "a.example/x"}]},
        {"access_tokens": [ENDPOINT | {"send": "header"}]},
    ],
)
def test_what_is_not_right_is_refused(tmp_path: Path, file: Any) -> None:
    with pytest.raises(FileFormatError):
        read_identity_providers(write(tmp_path, file), private=False)


def test_an_issuer_that_cannot_be_reached(loop: LoopThread, tmp_path: Path) -> None:
    made = world(loop, write(tmp_path, {"issuers": [{"url": URL, "keys": [KEY]}]}))
    made.root.iam.create_open_id_connect_provider(Url=URL, ClientIDList=["sts.amazonaws.com"])
    provider = arn("oidc-provider/idp.internal.example.com")
    role_arn = made.role("app", {"Federated": provider})
    trust = allow("sts:AssumeRoleWithWebIdentity", None, Principal={"Federated": provider})
    made.root.iam.update_assume_role_policy(RoleName="app", PolicyDocument=document(trust))
    token = signed({"alg": "RS256", "kid": "one"}, claims_of(URL), rsa_key())
    assert assume(made, role_arn, token)["Audience"] == "sts.amazonaws.com"
    forged = signed({"alg": "RS256", "kid": "one"}, claims_of(URL), rsa_key("other"))
    assert refusal(assume, made=made, role_arn=role_arn, token=forged)[0] == "InvalidIdentityToken"
    made.close()


def test_an_access_token(loop: LoopThread, tmp_path: Path) -> None:
    """AWS: *AssumeRoleWithWebIdentity*, with a ProviderId."""
    with issuer() as idp:
        file = {"access_tokens": [{"provider_id": "www.amazon.com", "url": f"{idp.url}/auth/o2/tokeninfo"}]}
        idp.say("/auth/o2/tokeninfo", {"aud": "client.5498@apps.example.com", "user_id": "amzn1.account.AF6"})
        made = world(loop, write(tmp_path, file), allow_private_issuers=True)
        trust = allow(
            "sts:AssumeRoleWithWebIdentity",
            None,
            Principal={"Federated": "www.amazon.com"},
            Condition={"StringEquals": {"www.amazon.com:app_id": "client.5498@apps.example.com"}},
        )
        iam = made.root.iam
        role_arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        answer = content(
            assume(
                made,
                role_arn,
                "Atza|IQEBLjAsAhRFiXuWpUXuRvQ9PZL3GMFcYevydwIUFAHZ",
                ProviderId="www.amazon.com",
            )
        )
        del answer["Credentials"], answer["AssumedRoleUser"]
        assert answer == {
            "SubjectFromWebIdentityToken": "amzn1.account.AF6",
            "Provider": "www.amazon.com",
            "Audience": "client.5498@apps.example.com",
        }
        refused = {"made": made, "role_arn": role_arn, "ProviderId": "www.amazon.com"}
        idp.say("/auth/o2/tokeninfo", {"aud": "another", "user_id": "amzn1.account.AF6"})
        denied = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        assert refusal(assume, token="Atza|another", **refused) == denied
        idp.say("/auth/o2/tokeninfo", {"error": "invalid_token"}, status=400)
        assert refusal(assume, token="Atza|forged", **refused)[0] == "IDPRejectedClaim"
        unknown = refused | {"ProviderId": "graph.facebook.com"}
        assert refusal(assume, token="Atza|token", **unknown)[0] == "InvalidIdentityToken"
        made.close()


def test_a_seed_has_providers(loop: LoopThread, tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    provider = {"url": URL, "client_ids": ["a"], "thumbprints": ["0" * 40], "tags": {"Team": "red"}}
    seed.write_text(json.dumps({"accounts": [{"id": ACCOUNT, "oidc_providers": [provider]}]}))
    made = world(loop, write(tmp_path, {}), seed=seed)
    named = {"OpenIDConnectProviderArn": arn("oidc-provider/idp.internal.example.com")}
    found = content(made.root.iam.get_open_id_connect_provider(**named))
    del found["CreateDate"]
    assert found == {
        "Url": "idp.internal.example.com",
        "ClientIDList": ["a"],
        "ThumbprintList": ["0" * 40],
        "Tags": [{"Key": "Team", "Value": "red"}],
    }
    made.close()
