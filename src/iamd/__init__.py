"""iamd: AWS's identity layer, to run yourself."""
