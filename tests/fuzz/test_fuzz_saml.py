"""SAML for a while: the laws of tests/federation/test_saml_fuzz.py, which holds them in the fast suite (R-64)."""

import random
from collections.abc import Callable

import pytest
from tests.federation.test_saml_fuzz import KINDS, check, documents, shaken
from tests.support.saml_corpus import Reader
from tests.support.saml_idp import ec_idp, posted
from tests.support.shaking import Target, for_a_while, fuzz

from iamd.federation.saml_metadata import SamlMetadataError, parse_metadata


def responses() -> Target:
    reader = Reader(ec_idp())
    sent = [(document := documents(reader)[kind], reader.identity(posted(document))) for kind in KINDS]

    def shaken_response(chance: random.Random) -> None:
        document, honest = chance.choice(sent)
        check(reader, honest, posted(shaken(document.encode(), chance)))

    return shaken_response


def metadata() -> Target:
    document = ec_idp().metadata().strip().encode()

    def shaken_metadata(chance: random.Random) -> None:
        try:
            parse_metadata(shaken(document, chance).decode("utf-8", "surrogateescape"))
        except SamlMetadataError:
            return

    return shaken_metadata


# What the library takes now, and will not take for ever (a serial number below one), it says so.
@pytest.mark.deep
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("make", [responses, metadata])
def test_saml_for_a_while(make: Callable[[], Target]) -> None:
    fuzz(make(), for_a_while())
