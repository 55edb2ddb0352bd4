"""
Identity providers of an import: there are few, so that operations make them, and what those cannot know is set behind them.
"""

from dataclasses import dataclass, replace
from typing import Any

from iamd.domain.oidc_providers import OIDCProvider, check_thumbprints
from iamd.domain.oidc_providers import provider_arn as oidc_arn
from iamd.domain.saml_providers import AssertionEncryptionMode, SamlProvider
from iamd.domain.saml_providers import provider_arn as saml_arn
from iamd.domain.tags import Tag
from iamd.exchange import contents as file
from iamd.exchange.plan import Finishing
from iamd.operations.as_root import AsRoot
from iamd.operations.iam import oidc_providers, saml_providers


@dataclass(frozen=True, slots=True)
class PlannedProvider:
    """
    What becomes of a provider.

    Attributes:
        finish: Makes or changes it; None when it is as the file has it.
    """

    is_there: bool
    finish: Finishing | None


def plan_oidc_provider(root: AsRoot, entity: file.OIDCProvider) -> PlannedProvider:
    """Plan an OpenID Connect provider; it is known by its URL."""
    arn = oidc_arn(root.account_id, entity.url)
    stored = root.transaction.oidc_providers.find(arn)
    members: dict[str, Any] = {
        "client_ids": tuple(dict.fromkeys(entity.client_ids)),
        "thumbprints": check_thumbprints(entity.thumbprints),
        "tags": _tags(entity.tags),
    }
    if entity.created_at is not None:
        members["created_at"] = entity.created_at

    def wanted(provider: OIDCProvider) -> OIDCProvider:
        return replace(provider, **members)

    def finish(root: AsRoot) -> None:
        if stored is None:
            root(
                oidc_providers.create_open_id_connect_provider,
                Url=entity.url,
                ClientIDList=list(entity.client_ids) or None,
                ThumbprintList=list(entity.thumbprints) or None,
            )
        made = root.transaction.oidc_providers.find(arn)
        if made is not None:
            root.transaction.oidc_providers.put(wanted(made))

    same = stored is not None and wanted(stored) == stored
    return PlannedProvider(stored is not None, None if same else finish)


def plan_saml_provider(root: AsRoot, entity: file.SamlProvider) -> PlannedProvider:
    """Plan a SAML provider; it is known by its name, and keeps the private keys that it has."""
    arn = saml_arn(root.account_id, entity.name)
    stored = root.transaction.saml_providers.find(arn)
    members: dict[str, Any] = {"tags": _tags(entity.tags)}
    if entity.created_at is not None:
        members["created_at"] = entity.created_at
    if entity.id is not None:
        members["provider_id"] = entity.id
    document: dict[str, Any] = {"SAMLMetadataDocument": entity.metadata}
    if entity.assertion_encryption_mode is not None:
        document["AssertionEncryptionMode"] = entity.assertion_encryption_mode

    def finish(root: AsRoot) -> None:
        if stored is None:
            root(saml_providers.create_saml_provider, Name=entity.name, **document)
        else:
            root(saml_providers.update_saml_provider, SAMLProviderArn=arn, **document)
        made = root.transaction.saml_providers.find(arn)
        if made is not None:
            root.transaction.saml_providers.put(replace(made, **members))

    return PlannedProvider(
        stored is not None, None if stored is not None and _same(stored, entity, members) else finish
    )


def _same(stored: SamlProvider, entity: file.SamlProvider, members: dict[str, Any]) -> bool:
    mode = entity.assertion_encryption_mode
    return (
        stored.metadata == entity.metadata
        and (mode is None or stored.assertion_encryption_mode == AssertionEncryptionMode(mode))
        and all(getattr(stored, name) == value for name, value in members.items())
    )


def _tags(tags: dict[str, str]) -> tuple[Tag, ...]:
    return tuple(Tag(key, value) for key, value in tags.items())
