"""
What an attack on AssumeRoleWithSAML is: a response that must be refused, and how AWS or iamd says so.

The attacks themselves are in `saml_attacks_wrapping`, `saml_attacks_signatures`, `saml_attacks_xml` and
`saml_attacks_claims`; `saml_corpus` has them all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree
from tests.support.jose import rsa_key
from tests.support.saml_idp import NAMES, Claims, Idp, posted

Made = str | bytes
Make = Callable[[Idp, Claims], Made]
Refusal = tuple[str, str]

SIGNATURE: Final[Refusal] = ("InvalidIdentityToken", "Response signature invalid")
INVALID: Final[Refusal] = ("InvalidIdentityToken", "Your request included an invalid SAML response.")

EVIL: Final = "admin@example.com"
DS: Final = f"{{{NAMES['ds']}}}"
SAML: Final = f"{{{NAMES['saml']}}}"
SAMLP: Final = f"{{{NAMES['samlp']}}}"


@dataclass(frozen=True)
class Attack:
    """
    One document that must be refused.

    Attributes:
        rows: Of the list of known attacks (R-nn).
        make: Makes it of an identity provider that is trusted, and claims that are good: what an attacker could make of
            a response that the provider has signed, or tries to make without it.
        encoded: Whether what is made is in base64 already, or in what is none.
    """

    name: str
    rows: tuple[int, ...]
    refusal: Refusal
    make: Make
    encoded: bool = False

    def document(self, idp: Idp, claims: Claims) -> str:
        """Return what is sent as ``SAMLAssertion``."""
        made = self.make(idp, claims)
        return posted(made) if not self.encoded else made if isinstance(made, str) else made.decode()


ATTACKS: Final[list[Attack]] = []


def attack(*rows: int, refusal: Refusal, encoded: bool = False) -> Callable[[Make], Make]:
    """Add what a function makes to the attacks, under the function's name."""

    def register(make: Make) -> Make:
        name = getattr(make, "__name__", "").removeprefix("_").replace("_", " ")
        ATTACKS.append(Attack(name, rows, refusal, make, encoded))
        return make

    return register


def add(name: str, rows: tuple[int, ...], refusal: Refusal, make: Make) -> None:
    ATTACKS.append(Attack(name, rows, refusal, make))


def text(root: Any) -> str:
    made: str = etree.tostring(root, encoding="unicode")
    return made


def parsed(document: str | bytes) -> Any:
    return etree.fromstring(document.encode() if isinstance(document, str) else document)


def one(root: Any, path: str) -> Any:
    (found,) = root.xpath(path, namespaces=NAMES)
    return found


def our_key() -> Any:
    """Return the public half of the key that the provider has for encrypted assertions."""
    return rsa_key("service provider").public_key()
