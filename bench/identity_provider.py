"""An OpenID Connect provider that is only a key and its tokens, as pods and CI jobs have them."""

import time
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import RSAKey

URL: Final = "https://idp.bench.example.com"
AUDIENCE: Final = "sts.amazonaws.com"

_KEY_ID: Final = "bench"
_HOURS: Final = 3600


class IdentityProvider:
    """RS256 with 2,048 bits, which is what most providers sign with."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": _KEY_ID})

    def file(self) -> dict[str, Any]:
        """Return what the setting `identity_providers` names: nobody is to be asked for keys."""
        return {"issuers": [{"url": URL, "keys": [self._key.as_dict(private=False)]}]}

    def token(self, number: int) -> str:
        """Return the token of one subject."""
        now = int(time.time())
        claims = {
            "iss": URL,
            "aud": AUDIENCE,
            "sub": f"system:serviceaccount:bench:{number:03}",
            "iat": now,
            "exp": now + 12 * _HOURS,
            "jti": f"{number:032x}",
        }
        return jwt.encode({"alg": "RS256", "kid": _KEY_ID}, claims, self._key)
