"""Files that go in and out: seeds and policy test files."""
