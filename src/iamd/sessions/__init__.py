"""The mint: temporary credentials, sealed into their session tokens."""
