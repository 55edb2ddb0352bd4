"""What the lints of `iampolicy.lint` look at, one module for each part of a document."""
