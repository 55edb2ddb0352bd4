"""
SAML providers: whose assertions roles of the account may trust.

What holds for every operation here:

* A provider has its name for good; metadata, encryption mode, private keys and tags change.
* Metadata and private keys are read when they are uploaded: what cannot be used is refused, not kept.
* A private key is never told again; it is named by the id that it gets here.
* To delete a provider touches no role that trusts it: nobody is let in through it any more, and sessions that there are
  go on until they expire.

AWS: *Create a SAML identity provider in IAM*.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from iamd.auth.target import Target
from iamd.domain import limits
from iamd.domain.arns import Arn
from iamd.domain.saml_providers import (
    ARN_PREFIX,
    PRIVATE_KEY_ID_PREFIX,
    PROVIDER_ID_PREFIX,
    AssertionEncryptionMode,
    SamlPrivateKey,
    SamlProvider,
    check_private_key,
    provider_arn,
    valid_until,
)
from iamd.domain.tags import from_wire
from iamd.errors import InvalidInput, NoSuchEntity, ValidationError
from iamd.federation.saml_metadata import SamlMetadata, SamlMetadataError, parse_metadata
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything
from iamd.secret import Secret

_ID_SIZE = 16
"""Behind the prefix."""


def _new(call: Call, params: Params) -> Target:
    return Target(arn=provider_arn(call.account_id, params["Name"]), account_id=call.account_id)


def saml_provider(call: Call, params: Params) -> Target:
    """
    The provider that ``SAMLProviderArn`` names.

    Raises:
        ValidationError: It is no ARN of a provider.
    """
    text = params["SAMLProviderArn"]
    arn = _parse(text)
    found = call.store.saml_providers.find(text)
    return Target(arn=text, account_id=arn.account, tags=found.tags if found else ())


def _read(_call: Call, params: Params) -> SamlMetadata | None:
    """Read what is uploaded; slow enough, for long documents and large keys, to be kept from the writer."""
    if "AddPrivateKey" in params:
        check_private_key(Secret(params["AddPrivateKey"]))
    if "SAMLMetadataDocument" not in params:
        return None
    try:
        return parse_metadata(params["SAMLMetadataDocument"])
    except SamlMetadataError as error:
        raise InvalidInput(f"Could not parse metadata: {error}") from error


@iam_operation("CreateSAMLProvider", on=_new, mode=Mode.WRITE, prepare=_read)
def create_saml_provider(call: Call, params: Params) -> Result:
    """
    Make a provider.

    Raises:
        InvalidInput: Metadata, private key or a tag is not acceptable.
        EntityAlreadyExists: The account has a provider of this name.
        LimitExceeded: The account has as many as it may.
    """
    provider = SamlProvider(
        account_id=call.account_id,
        provider_id=call.ids.unique_id(PROVIDER_ID_PREFIX, _ID_SIZE),
        name=params["Name"],
        created_at=call.now,
        valid_until=_valid_until(call),
        metadata=params["SAMLMetadataDocument"],
        assertion_encryption_mode=AssertionEncryptionMode(
            params.get("AssertionEncryptionMode", AssertionEncryptionMode.ALLOWED)
        ),
        private_keys=_added(call, params),
        tags=from_wire(params.get("Tags", ()), ignore_case=False),
    )
    call.store.saml_providers.add(provider)
    limits.check_quota(
        "SAMLProvidersPerAccount",
        call.store.saml_providers.count(call.account_id),
        limits.SAML_PROVIDERS_PER_ACCOUNT,
    )
    answer: dict[str, Any] = {"SAMLProviderArn": provider.arn}
    if provider.tags:
        answer["Tags"] = _tags(provider)
    return answer


@iam_operation("GetSAMLProvider", on=saml_provider, mode=Mode.READ)
def get_saml_provider(call: Call, params: Params) -> Result:
    """
    Tell everything about a provider (fact 73); of private keys only their ids and when they came.

    Raises:
        NoSuchEntity: There is no such provider.
    """
    provider = named_provider(call, params)
    return {
        "SAMLProviderUUID": provider.provider_id,
        "SAMLMetadataDocument": provider.metadata,
        "CreateDate": provider.created_at,
        "ValidUntil": provider.valid_until,
        "Tags": _tags(provider),
        "AssertionEncryptionMode": provider.assertion_encryption_mode.value,
        "PrivateKeyList": [
            {"KeyId": key.key_id, "Timestamp": key.created_at} for key in provider.private_keys
        ],
    }


@iam_operation("ListSAMLProviders", on=anything, mode=Mode.READ)
def list_saml_providers(call: Call, _params: Params) -> Result:
    """List the account's providers; this list has no pages (fact 9)."""
    providers = call.store.saml_providers.list_of(call.account_id)
    return {
        "SAMLProviderList": [
            {"Arn": provider.arn, "ValidUntil": provider.valid_until, "CreateDate": provider.created_at}
            for provider in providers
        ]
    }


@iam_operation("UpdateSAMLProvider", on=saml_provider, mode=Mode.WRITE, prepare=_read)
def update_saml_provider(call: Call, params: Params) -> Result:
    """
    Replace the metadata or the encryption mode, add a private key, or remove one; what is not given stays.

    AWS: "To rotate private keys, add your new private key and then remove the old key in a separate request."

    Raises:
        InvalidInput: Metadata or private key is not acceptable, or keys are added and removed at once.
        LimitExceeded: The provider has as many private keys as it may.
        NoSuchEntity: There is no such provider, or it has no such private key.
    """
    provider = named_provider(call, params)
    changes: dict[str, Any] = {"private_keys": _changed_keys(call, params, provider)}
    if "SAMLMetadataDocument" in params:
        changes |= {"metadata": params["SAMLMetadataDocument"], "valid_until": _valid_until(call)}
    if "AssertionEncryptionMode" in params:
        changes["assertion_encryption_mode"] = AssertionEncryptionMode(params["AssertionEncryptionMode"])
    call.store.saml_providers.put(replace(provider, **changes))
    return {"SAMLProviderArn": provider.arn}


@iam_operation("DeleteSAMLProvider", on=saml_provider, mode=Mode.WRITE)
def delete_saml_provider(call: Call, params: Params) -> None:
    """
    Delete a provider, and its private keys with it; roles that trust it stay as they are.

    Raises:
        NoSuchEntity: There is no such provider (fact 73).
    """
    call.store.saml_providers.delete(named_provider(call, params))


def named_provider(call: Call, params: Params) -> SamlProvider:
    """
    Return the provider of the caller's account that ``SAMLProviderArn`` names.

    Raises:
        NoSuchEntity: There is none (fact 73).
    """
    arn = params["SAMLProviderArn"]
    provider = call.store.saml_providers.find(arn)
    if provider is None or provider.account_id != call.account_id:
        raise NoSuchEntity(f"Manifest not found for arn {arn}")
    return provider


def _parse(text: str) -> Arn:
    arn = Arn.parse(text)
    if arn is None or arn.service != "iam" or arn.region or not arn.resource.startswith(ARN_PREFIX):
        raise ValidationError(f"{text} is invalid")
    return arn


def _valid_until(call: Call) -> datetime:
    metadata: SamlMetadata = call.prepared
    return valid_until(metadata.valid_until, call.now)


def _added(call: Call, params: Params) -> tuple[SamlPrivateKey, ...]:
    """Return the private key that the request brings, if it does."""
    if "AddPrivateKey" not in params:
        return ()
    return (
        SamlPrivateKey(
            key_id=call.ids.unique_id(PRIVATE_KEY_ID_PREFIX, _ID_SIZE),
            created_at=call.now,
            private_key=Secret(params["AddPrivateKey"]),
        ),
    )


def _changed_keys(call: Call, params: Params, provider: SamlProvider) -> tuple[SamlPrivateKey, ...]:
    removed = params.get("RemovePrivateKey")
    if removed is None:
        keys = (*provider.private_keys, *_added(call, params))
        limits.check_quota("PrivateKeysPerSAMLProvider", len(keys), limits.PRIVATE_KEYS_PER_SAML_PROVIDER)
        return keys
    if "AddPrivateKey" in params:
        raise InvalidInput("A private key cannot be added and another one removed in the same request.")
    kept = tuple(key for key in provider.private_keys if key.key_id != removed)
    if len(kept) == len(provider.private_keys):
        raise NoSuchEntity(f"The private key with id {removed} cannot be found.")
    return kept


def _tags(provider: SamlProvider) -> list[Mapping[str, str]]:
    return [tag.wire for tag in sorted(provider.tags, key=lambda tag: tag.key)]
