"""
The context keys that the parameters of a request say: its tags, and the keys of its service that are called as parameters are.

AWS: *Actions, resources, and condition keys*: a key such as ``sns:Protocol`` or ``secretsmanager:SecretId`` is the parameter
of that name.  A key that is not known is absent, as with AWS.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from iamd.enforcement.mapping.parameters import Parameters
from iamd.enforcement.mapping.reference import Action
from iamd.enforcement.mapping.resources import Home

Context = dict[str, str | tuple[str, ...]]

_TAGS: Final = (
    "Tags",
    "tags",
    "TagList",
    "tagList",
    "TagSet",
    "tagSet",
    "ResourceTags",
    "resourceTags",
    "tagsToAdd",
    "TagsToAdd",
    "TagsToUpdate",
    # Of one service each.
    "AddTags",
    "BackupPlanTags",
    "BackupVaultTags",
    "botTags",
    "FlowTags",
    "FrameworkTags",
    "IdentityPoolTags",
    "jobTags",
    "modelTags",
    "RecoveryPointTags",
    "ReportPlanTags",
    "TagsList",
    "targetModelTags",
    "TieringConfigurationTags",
    "UserPoolTags",
)
_TAG_KEYS: Final = (
    "TagKeys",
    "tagKeys",
    "TagKeyList",
    "tagKeyList",
    "TagsToRemove",
    "tagsToRemove",
    "RemoveTagKeys",
)
_KEYS: Final = ("Key", "key", "TagKey", "tagKey")
_VALUES: Final = ("Value", "value", "TagValue", "tagValue")


def tags_of(parameters: Parameters) -> Context:
    """Return the context keys of the tags that a request gives, or takes away."""
    tags: dict[str, str] = {}
    for name in _TAGS:
        tags |= _read(parameters.get(name))
    for each in parameters.get("TagSpecifications") or ():
        if isinstance(each, Mapping):
            tags |= _read(each.get("Tags"))
    context: Context = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    keys = [*tags, *_tag_keys(parameters)]
    if keys:
        context["aws:TagKeys"] = tuple(dict.fromkeys(keys))
    return context


def _read(given: object) -> dict[str, str]:
    given = _items(given)
    if isinstance(given, Mapping):
        return {str(key): value for key, value in given.items() if isinstance(value, str)}
    tags: dict[str, str] = {}
    for each in given if isinstance(given, list) else ():
        if isinstance(each, Mapping):
            key, value = (
                next((each[name] for name in names if isinstance(each.get(name), str)), None)
                for names in (_KEYS, _VALUES)
            )
            if key is not None:
                tags[key] = value or ""
    return tags


def _items(given: object) -> object:
    """Return a list as it is, also where it stands within a structure of its own, as with CloudFront."""
    inner = given.get("Items") if isinstance(given, Mapping) else None
    return inner if isinstance(inner, list) else given


def _tag_keys(parameters: Parameters) -> Iterator[str]:
    for name in _TAG_KEYS:
        given = _items(parameters.get(name))
        if isinstance(given, list):
            yield from (each for each in given if isinstance(each, str))


def context_of(prefix: str, parameters: Parameters, keys: Mapping[str, str]) -> Context:
    """
    Return the keys of a service that *parameters* say.

    Args:
        prefix: Of the service.
        parameters: Of the request.
        keys: All keys of the service, with their types.
    """
    folded = {name.lower(): value for name, value in parameters.items()}
    context: Context = {}
    for key, kind in keys.items():
        value = folded.get(key.partition(":")[2].lower())
        if isinstance(value, bool):
            context[key] = "true" if value else "false"
        elif isinstance(value, str | int):
            context[key] = str(value)
        elif (
            isinstance(value, list)
            and kind.startswith("ArrayOf")
            and all(isinstance(each, str) for each in value)
        ):
            context[key] = tuple(value)
    if prefix == "kms":
        context |= _encryption(parameters)
    return context


def _encryption(parameters: Parameters) -> Context:
    given = parameters.get("EncryptionContext")
    if not isinstance(given, Mapping) or not given:
        return {}
    context: Context = {f"kms:EncryptionContext:{key}": str(value) for key, value in given.items()}
    context["kms:EncryptionContextKeys"] = tuple(map(str, given))
    return context


def context_of_action(action: Action, given: Context, home: Home) -> Context:
    """Return those of the keys in *given* that *action* knows."""
    known = {key: value for key, value in given.items() if _knows(action, key.lower())}
    if "ec2:region" in action.keys or action.prefix == "ec2":
        known["ec2:Region"] = home.region
    return known


def _knows(action: Action, key: str) -> bool:
    return key in action.keys or (
        key.count(":") > 1 and f"{key.rpartition(':')[0]}:${{encryptioncontextkey}}" in action.keys
    )
