"""OpenID Connect providers."""

from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, refusal
from tests.support.loops import LoopThread
from tests.support.store_values import add, oidc_provider
from tests.support.world import ACCOUNT, Actor, World

from iamd.secret import Secret
from iamd.settings import Settings

URL = "https://idp.example.com/realms/a"
ARN = arn("oidc-provider/idp.example.com/realms/a")
PROVIDER = {"OpenIDConnectProviderArn": ARN}
GHOST = {"OpenIDConnectProviderArn": arn("oidc-provider/ghost.example.com")}
INVALID_URL = ("InvalidInput", "Invalid Open ID Connect Provider URL")
TAGS = [{"Key": "b", "Value": ""}, {"Key": "a", "Value": "1"}]
FIRST, SECOND = "0a" * 20, "1b" * 20


@pytest.fixture
def iam(root: Actor) -> Any:
    """Return the client of the root, in an account that has the provider."""
    root.iam.create_open_id_connect_provider(Url=URL, ClientIDList=["app"], ThumbprintList=[FIRST])
    return root.iam


def test_a_new_provider_is_answered_with_its_arn_and_its_tags_if_it_has_any(root: Actor) -> None:
    assert content(root.iam.create_open_id_connect_provider(Url=URL)) == {"OpenIDConnectProviderArn": ARN}
    tagged = root.iam.create_open_id_connect_provider(Url="https://b.example.com", Tags=TAGS)
    assert content(tagged) == {
        "OpenIDConnectProviderArn": arn("oidc-provider/b.example.com"),
        "Tags": TAGS[::-1],
    }


def test_getting_tells_everything_and_the_url_without_its_scheme(world: World, root: Actor) -> None:
    """fact 71."""
    given = {"ClientIDList": ["b", "a", "b"], "ThumbprintList": [FIRST.upper(), SECOND], "Tags": TAGS}
    root.iam.create_open_id_connect_provider(Url=URL, **given)
    answer = content(root.iam.get_open_id_connect_provider(**PROVIDER))
    assert abs((world.clock.now() - answer.pop("CreateDate")).total_seconds()) < 60
    assert answer == {
        "Url": "idp.example.com/realms/a",
        "ClientIDList": ["b", "a"],
        "ThumbprintList": [FIRST, SECOND],
        "Tags": TAGS[::-1],
    }


def test_what_was_not_given_is_empty(root: Actor) -> None:
    """fact 71."""
    root.iam.create_open_id_connect_provider(Url=URL)
    answer = content(root.iam.get_open_id_connect_provider(**PROVIDER))
    del answer["CreateDate"]
    assert answer == {
        "Url": "idp.example.com/realms/a",
        "ClientIDList": [],
        "ThumbprintList": [],
        "Tags": [],
    }


def test_listing_tells_arns(iam: Any) -> None:
    iam.create_open_id_connect_provider(Url="https://a.example.com")
    assert content(iam.list_open_id_connect_providers()) == {
        "OpenIDConnectProviderList": [{"Arn": arn("oidc-provider/a.example.com")}, {"Arn": ARN}]
    }


@pytest.mark.parametrize(
    "url",
    [
        "idp.example.com",
        "http://idp.example.com",
        "ftp://idp.example.com",
        "https://",
        "https:///path",
        "https://idp.example.com:8443",
        "https://user@idp.example.com",
        "https://idp.example.com?a=b",
        "https://idp.example.com/a?b",
        "https://idp.example.com#a",
        "https://idp_example.com",
        "https://-idp.example.com",
        "https://idp..example.com",
        "https://idp.example.com/a b",
        "https://idp.example.com/ü",
        "https://idp.example.com\n",
        "HTTPS://idp.example.com",
        # They would begin the context keys of a service.
        "https://aws",
        "https://sts",
        "https://iam",
    ],
)
def test_other_urls_are_refused(root: Actor, url: str) -> None:
    """fact 71, R-46: a URL that is no issuer's, or that could be read in two ways."""
    assert refusal(root.iam.create_open_id_connect_provider, Url=url) == INVALID_URL


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080", "http://localhost:8080/realms/a", "https://keycloak:8443", "http://idp/a"],
)
def test_private_issuers_are_for_the_operator_to_allow(loop: LoopThread, root: Actor, url: str) -> None:
    assert refusal(root.iam.create_open_id_connect_provider, Url=url) == INVALID_URL
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        allow_private_issuers=True,
    )
    world = World(loop, settings)
    try:
        answer = world.root.iam.create_open_id_connect_provider(Url=url)
        assert answer["OpenIDConnectProviderArn"] == arn(f"oidc-provider/{url.partition('://')[2]}")
        for bad in (url.replace("8080", "0"), url.replace(":8080", ":80x"), "http://aws", "http://sts"):
            if bad != url:
                assert refusal(world.root.iam.create_open_id_connect_provider, Url=bad) == INVALID_URL
    finally:
        world.close()


def test_a_url_is_taken_once(iam: Any) -> None:
    """fact 71."""
    taken = ("EntityAlreadyExists", f"Provider with url {URL} already exists.")
    assert refusal(iam.create_open_id_connect_provider, Url=URL) == taken


def test_five_thumbprints_are_taken_and_no_more(iam: Any) -> None:
    """fact 71."""
    six = [f"{number:040x}" for number in range(6)]
    too_many = ("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")
    update = iam.update_open_id_connect_provider_thumbprint
    assert refusal(update, **PROVIDER, ThumbprintList=six) == too_many
    assert (
        refusal(iam.create_open_id_connect_provider, Url="https://b.example.com", ThumbprintList=six)
        == too_many
    )
    update(**PROVIDER, ThumbprintList=six[:5])
    assert iam.get_open_id_connect_provider(**PROVIDER)["ThumbprintList"] == six[:5]
    bad = "z" * 40
    invalid = ("InvalidInput", f"Thumbprint {bad} is not a valid SHA-1 thumbprint.")
    assert refusal(update, **PROVIDER, ThumbprintList=[bad]) == invalid
    short = refusal(update, **PROVIDER, ThumbprintList=["0" * 39])
    assert short[0] == "ValidationError"


def test_client_ids_come_and_go(iam: Any) -> None:
    add_one = iam.add_client_id_to_open_id_connect_provider
    remove = iam.remove_client_id_from_open_id_connect_provider
    add_one(**PROVIDER, ClientID="b")
    add_one(**PROVIDER, ClientID="b")
    assert iam.get_open_id_connect_provider(**PROVIDER)["ClientIDList"] == ["app", "b"]
    remove(**PROVIDER, ClientID="app")
    remove(**PROVIDER, ClientID="app")
    assert iam.get_open_id_connect_provider(**PROVIDER)["ClientIDList"] == ["b"]


def test_a_hundred_client_ids_are_taken_and_no_more(iam: Any) -> None:
    """fact 71."""
    hundred = [str(number) for number in range(100)]
    full = ("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
    create = iam.create_open_id_connect_provider
    assert refusal(create, Url="https://b.example.com", ClientIDList=[*hundred, "more"]) == full
    create(Url="https://b.example.com", ClientIDList=hundred)
    named = {"OpenIDConnectProviderArn": arn("oidc-provider/b.example.com")}
    iam.add_client_id_to_open_id_connect_provider(**named, ClientID="7")
    assert refusal(iam.add_client_id_to_open_id_connect_provider, **named, ClientID="more") == full


def test_an_account_has_a_hundred_providers(world: World, root: Actor) -> None:
    add(world.app.store, *[oidc_provider(f"https://{number}.example.com") for number in range(100)])
    full = ("LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100")
    assert refusal(root.iam.create_open_id_connect_provider, Url=URL) == full
    assert root.iam.get_account_summary()["SummaryMap"]["Providers"] == 100


def test_what_is_not_there(root: Actor) -> None:
    """fact 72; R-33: what another account has is not there either."""
    named = [GHOST, {"OpenIDConnectProviderArn": arn("oidc-provider/x.example.com", "999999999999")}]
    for provider in named[:1]:
        name = provider["OpenIDConnectProviderArn"]
        missing = ("NoSuchEntity", f"OpenIDConnect Provider not found for arn {name}")
        assert refusal(root.iam.get_open_id_connect_provider, **provider) == missing
        for operation, more in (
            ("update_open_id_connect_provider_thumbprint", {"ThumbprintList": [FIRST]}),
            ("add_client_id_to_open_id_connect_provider", {"ClientID": "a"}),
            ("remove_client_id_from_open_id_connect_provider", {"ClientID": "a"}),
            ("tag_open_id_connect_provider", {"Tags": TAGS}),
            ("untag_open_id_connect_provider", {"TagKeys": ["a"]}),
            ("list_open_id_connect_provider_tags", {}),
        ):
            assert refusal(getattr(root.iam, operation), **provider, **more) == missing
        cannot = ("NoSuchEntity", f"OpenId connect Provider {name} cannot be found.")
        assert refusal(root.iam.delete_open_id_connect_provider, **provider) == cannot
    assert refusal(root.iam.get_open_id_connect_provider, **named[1])[0] == "AccessDenied"


@pytest.mark.parametrize("name", [arn("user/a-long-name"), "x" * 30, arn("saml-provider/idp")])
def test_what_is_no_arn_of_a_provider_is_refused(root: Actor, name: str) -> None:
    refused = refusal(root.iam.get_open_id_connect_provider, OpenIDConnectProviderArn=name)
    assert refused == ("ValidationError", f"{name} is invalid")


def test_a_deleted_provider_is_gone_once(iam: Any) -> None:
    """fact 72: not idempotent."""
    iam.delete_open_id_connect_provider(**PROVIDER)
    gone = ("NoSuchEntity", f"OpenId connect Provider {ARN} cannot be found.")
    assert refusal(iam.delete_open_id_connect_provider, **PROVIDER) == gone
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_tags_come_and_go_with_regard_to_case(iam: Any) -> None:
    iam.tag_open_id_connect_provider(
        **PROVIDER, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    )
    iam.tag_open_id_connect_provider(**PROVIDER, Tags=[{"Key": "a", "Value": "3"}])
    assert iam.list_open_id_connect_provider_tags(**PROVIDER)["Tags"] == [
        {"Key": "A", "Value": "2"},
        {"Key": "a", "Value": "3"},
    ]
    iam.untag_open_id_connect_provider(**PROVIDER, TagKeys=["A"])
    page = content(iam.list_open_id_connect_provider_tags(**PROVIDER))
    assert page == {"Tags": [{"Key": "a", "Value": "3"}], "IsTruncated": False}
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    full = ("LimitExceeded", "The number of tags has reached the maximum limit.")
    assert refusal(iam.tag_open_id_connect_provider, **PROVIDER, Tags=many) == full


@pytest.mark.parametrize(
    ("operation", "action", "more"),
    [
        ("get_open_id_connect_provider", "iam:GetOpenIDConnectProvider", {}),
        (
            "add_client_id_to_open_id_connect_provider",
            "iam:AddClientIDToOpenIDConnectProvider",
            {"ClientID": "x"},
        ),
        ("tag_open_id_connect_provider", "iam:TagOpenIDConnectProvider", {"Tags": TAGS}),
        ("delete_open_id_connect_provider", "iam:DeleteOpenIDConnectProvider", {}),
    ],
)
def test_each_operation_asks_on_the_provider(
    world: World, iam: Any, operation: str, action: str, more: dict[str, Any]
) -> None:
    check_permission(world, operation, action, ARN, ARN, **PROVIDER, **more)


def test_making_one_asks_on_the_arn_that_it_will_have(world: World) -> None:
    check_permission(
        world, "create_open_id_connect_provider", "iam:CreateOpenIDConnectProvider", ARN, ARN, Url=URL
    )
