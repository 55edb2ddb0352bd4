"""The map: who may become whom, found by the policy engine in what trust policies and identities' policies say."""
