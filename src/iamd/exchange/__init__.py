"""Files that go in and out: seeds."""
