"""Keys of issuers: discovered, kept, and looked for again."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.jose import jwk, rsa_key

from iamd.clock import FixedClock
from iamd.errors import IDPCommunicationError, InvalidIdentityToken, ServiceError
from iamd.federation.fetch import Ask, FetchError
from iamd.federation.issuers import Issuer, Issuers
from iamd.federation.key_sets import key_set
from iamd.federation.needs_fetch import NeedsFetch

URL = "https://idp.example.com/realms/a"
DISCOVERY = f"{URL}/.well-known/openid-configuration"
KEYS = "https://keys.example.com/a.json"


class Web:
    """What URLs answer, and which were asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[Ask] = []
        self.open = threading.Event()
        self.open.set()

    def say(self, url: str, document: Any) -> None:
        self.pages[url] = json.dumps(document).encode()

    def get(self, ask: Ask) -> bytes:
        self.open.wait(10)
        self.asked.append(ask)
        if ask.url not in self.pages:
            raise FetchError(f"{ask.url} is away")
        return self.pages[ask.url]


@pytest.fixture
def web() -> Web:
    made = Web()
    made.say(DISCOVERY, {"issuer": URL, "jwks_uri": KEYS})
    made.say(KEYS, {"keys": [jwk(rsa_key(), "one")]})
    return made


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def issuers(web: Web, clock: FixedClock) -> Iterator[Issuers]:
    made = Issuers(web.get, clock.monotonic)
    yield made
    web.open.set()
    made.close()


def look(issuers: Issuers, kid: str | None = "one", issuer: Issuer | None = None) -> str | None:
    """Ask as the pipeline does: wait for what is being fetched, and ask again."""
    for _ in range(3):
        try:
            return issuers.key(issuer or Issuer(URL), "RS256", kid).kid
        except NeedsFetch as lack:
            lack.done.result(10)
    raise AssertionError("it asks for ever more")


def refusal(issuers: Issuers, kid: str | None = "one", issuer: Issuer | None = None) -> type[ServiceError]:
    with pytest.raises(ServiceError) as caught:
        look(issuers, kid, issuer)
    return type(caught.value)


def test_keys_are_discovered_and_kept(web: Web, issuers: Issuers, clock: FixedClock) -> None:
    assert look(issuers) == "one"
    assert [ask.url for ask in web.asked] == [DISCOVERY, KEYS]
    clock.advance(timedelta(minutes=59))
    assert look(issuers) == "one"
    assert len(web.asked) == 2
    clock.advance(timedelta(minutes=1))
    assert look(issuers) == "one"
    assert len(web.asked) == 4


def test_the_thumbprints_go_with_each_request(web: Web, issuers: Issuers) -> None:
    look(issuers, issuer=Issuer(URL, ("a" * 40,)))
    assert [ask.thumbprints for ask in web.asked] == [("a" * 40,)] * 2
    # Other thumbprints are another trust: what was fetched under the old ones does not count.
    look(issuers, issuer=Issuer(URL, ("b" * 40,)))
    assert len(web.asked) == 4


def test_a_missing_key_is_looked_for_again_at_most_every_five_minutes(
    web: Web, issuers: Issuers, clock: FixedClock
) -> None:
    """R-51."""
    look(issuers)
    web.say(KEYS, {"keys": [jwk(rsa_key(), "one"), jwk(rsa_key("two"), "two")]})
    assert look(issuers, "two") == "two"
    assert len(web.asked) == 4
    for kid in ("three", "four", "five"):
        assert refusal(issuers, kid) is InvalidIdentityToken
    assert len(web.asked) == 4
    clock.advance(timedelta(minutes=5))
    assert refusal(issuers, "three") is InvalidIdentityToken
    assert len(web.asked) == 6


def test_an_invented_key_id_takes_the_keys_from_nobody(web: Web, issuers: Issuers) -> None:
    """R-51: when looking again fails, what was known still is."""
    look(issuers)
    web.pages.clear()
    assert refusal(issuers, "invented") is InvalidIdentityToken
    assert look(issuers) == "one"


def test_a_key_that_was_taken_away_is_gone_with_the_hour(
    web: Web, issuers: Issuers, clock: FixedClock
) -> None:
    look(issuers)
    web.say(KEYS, {"keys": [jwk(rsa_key("two"), "two")]})
    clock.advance(timedelta(hours=1))
    assert refusal(issuers) is InvalidIdentityToken
    assert look(issuers, "two") == "two"


def test_an_issuer_that_is_away_is_asked_again_after_a_while(
    web: Web, issuers: Issuers, clock: FixedClock
) -> None:
    pages = dict(web.pages)
    web.pages.clear()
    for _ in range(3):
        assert refusal(issuers) is IDPCommunicationError
    assert len(web.asked) == 1
    web.pages.update(pages)
    clock.advance(timedelta(seconds=10))
    assert look(issuers) == "one"


def test_many_who_wait_are_one_request(web: Web, issuers: Issuers) -> None:
    web.open.clear()
    waiting = []
    for _ in range(20):
        with pytest.raises(NeedsFetch) as caught:
            issuers.key(Issuer(URL), "RS256", "one")
        waiting.append(caught.value.done)
    web.open.set()
    for done in waiting:
        done.result(10)
    assert look(issuers) == "one"
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"issuer": URL},
        {"issuer": URL + "/", "jwks_uri": KEYS},
        {"issuer": URL.upper(), "jwks_uri": KEYS},
        {"issuer": [URL], "jwks_uri": KEYS},
        {"issuer": "https://idp.example.com", "jwks_uri": KEYS},
        {"issuer": URL, "jwks_uri": 1},
        {"issuer": URL, "jwks_uri": "file:///etc/passwd"},
        {"issuer": URL, "jwks_uri": KEYS.replace("https", "http")},
    ],
)
def test_a_discovery_document_must_be_the_issuers_own(web: Web, issuers: Issuers, document: Any) -> None:
    """R-46, R-51."""
    web.say(DISCOVERY, document)
    assert refusal(issuers) is InvalidIdentityToken
    assert [ask.url for ask in web.asked] == [DISCOVERY]


def test_inline_keys_are_never_fetched(web: Web, clock: FixedClock) -> None:
    issuers = Issuers(web.get, clock.monotonic, {URL: key_set({"keys": [jwk(rsa_key(), "inline")]})})
    assert look(issuers, "inline") == "inline"
    assert refusal(issuers, "one") is InvalidIdentityToken
    assert web.asked == []
    issuers.close()


def test_a_trailing_slash_of_the_issuer_is_not_doubled(web: Web, issuers: Issuers) -> None:
    """*OpenID Connect Discovery 1.0*, section 4.1."""
    web.say(DISCOVERY, {"issuer": f"{URL}/", "jwks_uri": KEYS})
    assert look(issuers, issuer=Issuer(f"{URL}/")) == "one"
