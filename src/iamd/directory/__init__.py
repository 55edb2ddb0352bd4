"""The directory: compiled snapshots of principals, roles and policies, in memory."""
