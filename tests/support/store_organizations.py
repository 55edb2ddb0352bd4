"""Two organizations to put into a store."""

from typing import Final

from tests.support.store_values import ACCOUNT_ID, OTHER_ACCOUNT_ID, TAGS

from iamd.domain.ids import OrganizationId
from iamd.domain.organizations import FeatureSet, Organization, PolicyType

SCP, RCP = PolicyType.SERVICE_CONTROL_POLICY, PolicyType.RESOURCE_CONTROL_POLICY
ID, OTHER_ID = OrganizationId("o-aaaaaaaaaa"), OrganizationId("o-bbbbbbbbbb")
ROOT: Final = "r-root"

ORGANIZATION: Final = Organization(
    organization_id=ID,
    management_account_id=ACCOUNT_ID,
    root_id=ROOT,
    feature_set=FeatureSet.ALL,
    policy_types=(RCP, SCP),
    root_tags=TAGS,
)
# The same root, since its id is unique in its organization only.
OTHER: Final = Organization(organization_id=OTHER_ID, management_account_id=OTHER_ACCOUNT_ID, root_id=ROOT)
