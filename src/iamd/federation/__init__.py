"""The embassy: identities that others vouch for."""
