"""The guard: who is asking, and may they."""
