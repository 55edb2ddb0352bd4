"""Run `iamd` as ``python -m iamd``."""

from iamd.cli.main import main

main()
