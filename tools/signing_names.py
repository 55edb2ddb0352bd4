#!/usr/bin/env python3
"""
Write which service models belong to which signing name, from the installed botocore.

Reading all models takes a second, and so it is done once for each botocore, and kept.
"""

import gzip
import json
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "src/iamd/enforcement/mapping/signing_names.json"


def signing_names() -> dict[str, list[str]]:
    """Return the names of the models of each signing name."""
    found: dict[str, list[str]] = {}
    data = files("botocore").joinpath("data")
    for folder in sorted(data.iterdir(), key=lambda each: each.name):
        if not folder.is_dir():
            continue
        versions = sorted(
            each.name for each in folder.iterdir() if each.joinpath("service-2.json.gz").is_file()
        )
        if not versions:
            continue
        raw = folder.joinpath(versions[-1], "service-2.json.gz").read_bytes()
        metadata = json.loads(gzip.decompress(raw))["metadata"]
        name = metadata.get("signingName", metadata["endpointPrefix"])
        found.setdefault(name, []).append(folder.name)
    return found


if __name__ == "__main__":
    lines = [
        f"  {json.dumps(name)}: {json.dumps(models)}" for name, models in sorted(signing_names().items())
    ]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
