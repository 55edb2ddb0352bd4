"""SAML responses, read on threads."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from tests.support.jose import rsa_key
from tests.support.saml_corpus import NOW
from tests.support.saml_idp import Claims, Idp, ec_idp, posted
from tests.support.store_values import saml_provider

from iamd.domain.saml_providers import SamlProvider
from iamd.errors import InvalidIdentityToken, Throttling
from iamd.federation.needs_fetch import NeedsFetch
from iamd.federation.saml_assertion import SamlAssertion
from iamd.federation.saml_responses import SamlResponses

IDP = ec_idp()
CLAIMS = Claims(now=NOW)


@pytest.fixture
def responses() -> Iterator[SamlResponses]:
    made = SamlResponses()
    yield made
    made.close()


def provider(idp: Idp = IDP, **changes: Any) -> SamlProvider:
    return saml_provider("corp", metadata=idp.metadata(), **changes)


def wait(responses: SamlResponses, sent: str, of: SamlProvider) -> SamlAssertion:
    """Ask as the pipeline does: again, when there is an answer."""
    with pytest.raises(NeedsFetch) as lack:
        responses.assertion(sent, of)
    lack.value.done.result(10)
    return responses.assertion(sent, of)


def test_who_asks_first_waits(responses: SamlResponses) -> None:
    sent, of = posted(IDP.signed_assertion(CLAIMS)), provider()
    first = wait(responses, sent, of)
    assert first.subject == "alice@example.com"
    assert responses.assertion(sent, of) is first


def test_refusals_are_kept_too_and_are_new_each_time(responses: SamlResponses) -> None:
    sent, of = posted("<a/>"), provider()
    refusals = []
    with pytest.raises(InvalidIdentityToken):
        wait(responses, sent, of)
    for _ in range(2):
        with pytest.raises(InvalidIdentityToken) as caught:
            responses.assertion(sent, of)
        refusals.append(caught.value)
    assert refusals[0] is not refusals[1]
    assert {(error.message, error.detail) for error in refusals} == {
        ("Your request included an invalid SAML response.", "it is no Response")
    }


def test_a_provider_that_has_changed_is_another(responses: SamlResponses) -> None:
    sent, of = posted(IDP.signed_assertion(CLAIMS)), provider()
    wait(responses, sent, of)
    other = replace(of, metadata=Idp(rsa_key("other idp")).metadata())
    with pytest.raises(InvalidIdentityToken, match="Response signature invalid"):
        wait(responses, sent, other)
    # Back again, and read again: nothing of the other is left.
    assert wait(responses, sent, of).subject == "alice@example.com"


def test_metadata_that_cannot_be_read_any_more(responses: SamlResponses) -> None:
    sent, of = posted(IDP.signed_assertion(CLAIMS)), replace(provider(), metadata="<a/>")
    with pytest.raises(InvalidIdentityToken) as caught:
        wait(responses, sent, of)
    assert caught.value.detail == "the metadata cannot be read: it is no EntityDescriptor"


def test_many_ask_for_one(responses: SamlResponses) -> None:
    sent, of = posted(IDP.signed_assertion(CLAIMS)), provider()
    found: list[SamlAssertion] = []

    def ask() -> None:
        for _ in range(10):
            try:
                found.append(responses.assertion(sent, of))
            except NeedsFetch as lack:
                lack.done.result(10)
            else:
                return

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert all(each is found[0] for each in found)


def test_too_many_are_told_to_come_again(responses: SamlResponses) -> None:
    of = provider()
    waiting: list[Future[None]] = []

    def ask_for_ever_more() -> None:
        for number in range(10_000):
            # Slow to read: many are waiting before the first is done.
            try:
                responses.assertion(posted(f"<a>{'<b/>' * 15_000}{number:05}</a>"), of)
            except NeedsFetch as lack:
                waiting.append(lack.done)

    with pytest.raises(Throttling, match="Rate exceeded"):
        ask_for_ever_more()
    for done in waiting:
        done.result(30)
    sent = posted(IDP.signed_assertion(CLAIMS))
    assert wait(responses, sent, of).subject == "alice@example.com"
