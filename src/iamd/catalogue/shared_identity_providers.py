"""
Identity providers that many organizations share, and what tells those apart.

AWS: *Identity-provider controls for shared OIDC providers*: a role that trusts one of these must evaluate the claim, or
anybody who has an account with the provider could assume it (R-50).
"""

from collections.abc import Mapping
from typing import Final

SHARED: Final[Mapping[str, str]] = {
    "agent.buildkite.com": "sub",
    "api.pulumi.com/oidc": "aud",
    "app.terraform.io": "sub",
    "cognito-identity.amazonaws.com": "aud",
    "gitlab.com": "sub",
    "oidc-configuration.audit-log.githubusercontent.com": "sub",
    "oidc.codefresh.io": "sub",
    "oidc.vercel.com": "aud",
    "proidc.upbound.io": "sub",
    "sandboxes.cloud": "aud",
    "scalr.io": "sub",
    "studio.datachain.ai/api": "sub",
    "token.actions.githubusercontent.com": "sub",
    "tokens.cloud.shisho.dev": "sub",
    "vstoken.actions.githubusercontent.com": "sub",
    # Not on AWS's list, and as open: whoever has an account of theirs has a token.
    "accounts.google.com": "aud",
}
"""By name, the claim that a trust policy must evaluate."""

# What these sign for an enterprise of its own has a path behind the host, and the same claims.
_WITH_PATHS: Final = ("token.actions.githubusercontent.com",)


def claim_to_evaluate(name: str) -> str | None:
    """Return the claim that trust policies must evaluate for the provider *name*; None when nobody shares it."""
    for host in _WITH_PATHS:
        if name.startswith(f"{host}/"):
            return SHARED[host]
    return SHARED.get(name)
