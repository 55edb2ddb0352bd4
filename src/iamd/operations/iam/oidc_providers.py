"""
OpenID Connect providers: whose tokens roles of the account may trust.

What holds for every operation here:

* A provider is its URL, and an account has it once.  The URL does not change; client ids, thumbprints and tags do.
* To delete a provider touches no role that trusts it: nobody is let in through it any more, and sessions that there are
  go on until they expire.

AWS: *Create an OpenID Connect (OIDC) identity provider in IAM*.
"""

from dataclasses import replace

from iamd.auth.target import Target
from iamd.domain import limits
from iamd.domain.arns import Arn
from iamd.domain.oidc_providers import ARN_PREFIX, OIDCProvider, check_thumbprints, check_url, provider_arn
from iamd.domain.tags import from_wire
from iamd.errors import InvalidInput, NoSuchEntity, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.quotas import check_account_quota
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything


def _new(call: Call, params: Params) -> Target:
    return Target(arn=provider_arn(call.account_id, params["Url"]), account_id=call.account_id)


def oidc_provider(call: Call, params: Params) -> Target:
    """
    The provider that ``OpenIDConnectProviderArn`` names.

    Raises:
        ValidationError: It is no ARN of a provider.
    """
    text = params["OpenIDConnectProviderArn"]
    arn = _parse(text)
    found = call.store.oidc_providers.find(text)
    return Target(arn=text, account_id=arn.account, tags=found.tags if found else ())


@iam_operation("CreateOpenIDConnectProvider", on=_new, mode=Mode.WRITE)
def create_open_id_connect_provider(call: Call, params: Params) -> Result:
    """
    Make a provider.

    Without thumbprints only certificates of the known authorities are believed; none is fetched and remembered.

    Raises:
        InvalidInput: The URL, a thumbprint or a tag is not acceptable, or there are more than five thumbprints.
        EntityAlreadyExists: The account has a provider of this URL.
        LimitExceeded: There are too many client ids, or providers.
    """
    check_url(params["Url"], private=call.tools.private_issuers)
    provider = OIDCProvider(
        account_id=call.account_id,
        url=params["Url"],
        created_at=call.now,
        client_ids=tuple(dict.fromkeys(params.get("ClientIDList", ()))),
        thumbprints=_thumbprints(params),
        tags=from_wire(params.get("Tags", ()), ignore_case=False),
    )
    _check_client_ids(provider)
    call.store.oidc_providers.add(provider)
    check_account_quota(
        call,
        "OpenIdConnectProvidersPerAccount",
        call.store.oidc_providers.count(call.account_id),
        limits.OIDC_PROVIDERS_PER_ACCOUNT,
    )
    answer: dict[str, object] = {"OpenIDConnectProviderArn": provider.arn}
    if provider.tags:
        answer["Tags"] = _tags(provider)
    return answer


@iam_operation("GetOpenIDConnectProvider", on=oidc_provider, mode=Mode.READ)
def get_open_id_connect_provider(call: Call, params: Params) -> Result:
    """
    Tell everything about a provider, its URL without the scheme (fact 71).

    Raises:
        NoSuchEntity: There is no such provider.
    """
    provider = named_provider(call, params)
    return {
        "Url": provider.name,
        "ClientIDList": list(provider.client_ids),
        "ThumbprintList": list(provider.thumbprints),
        "CreateDate": provider.created_at,
        "Tags": _tags(provider),
    }


@iam_operation("ListOpenIDConnectProviders", on=anything, mode=Mode.READ)
def list_open_id_connect_providers(call: Call, _params: Params) -> Result:
    """List the ARNs of the account's providers; this list has no pages."""
    providers = call.store.oidc_providers.list_of(call.account_id)
    return {"OpenIDConnectProviderList": [{"Arn": provider.arn} for provider in providers]}


@iam_operation("UpdateOpenIDConnectProviderThumbprint", on=oidc_provider, mode=Mode.WRITE)
def update_open_id_connect_provider_thumbprint(call: Call, params: Params) -> None:
    """
    Replace the thumbprints of a provider.

    Raises:
        InvalidInput: One is none, or there are more than five.
        NoSuchEntity: There is no such provider.
    """
    provider = named_provider(call, params)
    call.store.oidc_providers.put(replace(provider, thumbprints=_thumbprints(params)))


@iam_operation("AddClientIDToOpenIDConnectProvider", on=oidc_provider, mode=Mode.WRITE)
def add_client_id_to_open_id_connect_provider(call: Call, params: Params) -> None:
    """
    Add an audience; one that is there is no error.

    Raises:
        NoSuchEntity: There is no such provider.
        LimitExceeded: It has as many as it may (fact 71).
    """
    provider = named_provider(call, params)
    client_ids = tuple(dict.fromkeys((*provider.client_ids, params["ClientID"])))
    changed = replace(provider, client_ids=client_ids)
    _check_client_ids(changed)
    call.store.oidc_providers.put(changed)


@iam_operation("RemoveClientIDFromOpenIDConnectProvider", on=oidc_provider, mode=Mode.WRITE)
def remove_client_id_from_open_id_connect_provider(call: Call, params: Params) -> None:
    """
    Remove an audience; one that is not there is no error.

    Raises:
        NoSuchEntity: There is no such provider.
    """
    provider = named_provider(call, params)
    kept = tuple(client_id for client_id in provider.client_ids if client_id != params["ClientID"])
    call.store.oidc_providers.put(replace(provider, client_ids=kept))


@iam_operation("DeleteOpenIDConnectProvider", on=oidc_provider, mode=Mode.WRITE)
def delete_open_id_connect_provider(call: Call, params: Params) -> None:
    """
    Delete a provider; roles that trust it stay as they are.

    Raises:
        NoSuchEntity: There is no such provider; AWS calls this operation idempotent, and it is not (fact 72).
    """
    arn = params["OpenIDConnectProviderArn"]
    provider = _find(call, arn)
    if provider is None:
        raise NoSuchEntity(f"OpenId connect Provider {arn} cannot be found.")
    call.store.oidc_providers.delete(provider)


def named_provider(call: Call, params: Params) -> OIDCProvider:
    """
    Return the provider of the caller's account that ``OpenIDConnectProviderArn`` names.

    Raises:
        NoSuchEntity: There is none (fact 72).
    """
    arn = params["OpenIDConnectProviderArn"]
    provider = _find(call, arn)
    if provider is None:
        raise NoSuchEntity(f"OpenIDConnect Provider not found for arn {arn}")
    return provider


def _find(call: Call, arn: str) -> OIDCProvider | None:
    provider = call.store.oidc_providers.find(arn)
    return provider if provider is not None and provider.account_id == call.account_id else None


def _parse(text: str) -> Arn:
    arn = Arn.parse(text)
    if arn is None or arn.service != "iam" or arn.region or not arn.resource.startswith(ARN_PREFIX):
        raise ValidationError(f"{text} is invalid")
    return arn


def _thumbprints(params: Params) -> tuple[str, ...]:
    thumbprints = tuple(dict.fromkeys(params.get("ThumbprintList", ())))
    if len(thumbprints) > limits.THUMBPRINTS_PER_OIDC_PROVIDER:
        raise InvalidInput(
            "Thumbprint list must contain fewer than 5 entries."
        )  # fact 71: though five are taken
    return check_thumbprints(thumbprints)


def _check_client_ids(provider: OIDCProvider) -> None:
    limits.check_quota(
        "ClientIdsPerOpenIdConnectProvider",
        len(provider.client_ids),
        limits.CLIENT_IDS_PER_OIDC_PROVIDER,
    )


def _tags(provider: OIDCProvider) -> list[dict[str, str]]:
    return [tag.wire for tag in sorted(provider.tags, key=lambda tag: tag.key)]
