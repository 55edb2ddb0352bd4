"""The offices: one handler per operation."""
