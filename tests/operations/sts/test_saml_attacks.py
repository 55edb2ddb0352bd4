"""AssumeRoleWithSAML refuses every response of the corpus, and says what AWS says."""

from collections.abc import Iterator

import pytest
from tests.support.jose import rsa_key
from tests.support.loops import LoopThread
from tests.support.saml_attacks import Attack
from tests.support.saml_corpus import CORPUS
from tests.support.saml_idp import encrypted, posted, private_key
from tests.support.saml_world import SamlWorld
from tests.support.world import World


@pytest.fixture(scope="module")
def federation(loop: LoopThread) -> Iterator[SamlWorld]:
    """One world for all: nothing of it changes."""
    world = World(loop)
    made = SamlWorld.of(world, AddPrivateKey=private_key())
    made.role()
    yield made
    world.close()


def test_there_are_many() -> None:
    assert len(CORPUS) >= 200
    assert len({attack.name for attack in CORPUS}) == len(CORPUS)


def test_what_they_are_made_of_is_taken(federation: SamlWorld) -> None:
    """Were the honest responses refused, to refuse the others would say nothing."""
    idp, claims = federation.idp, federation.claims
    signed = idp.sign(claims.assertion(), claims.assertion_id)
    honest = (
        idp.signed_assertion(claims),
        idp.signed_response(claims),
        idp.sign(idp.signed_assertion(claims), claims.response_id),
        claims.response(encrypted(signed, rsa_key("service provider").public_key())),
    )
    for document in honest:
        assert federation.assume(posted(document))["Subject"] == "alice@example.com"


@pytest.mark.parametrize("attack", CORPUS, ids=lambda attack: attack.name)
def test_attacks(federation: SamlWorld, attack: Attack) -> None:
    """R-53 to R-62; which of them, each attack says."""
    assert federation.refused(attack.document(federation.idp, federation.claims)) == attack.refusal
