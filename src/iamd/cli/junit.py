"""A JUnit report, as build servers read it."""

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from iamd.cli.world_runs import FileRun


def write_junit(path: Path, runs: Iterable[FileRun]) -> None:
    """
    Write a report: a suite for each file, a case for each case.

    Raises:
        OSError: The file cannot be written.
    """
    root = ET.Element("testsuites", name="iamd test")
    for file in runs:
        failures, errors = str(len(file.failed)), "1" if file.error else "0"
        count = str(len(file.cases) or 1)
        suite = ET.SubElement(
            root, "testsuite", name=file.name, tests=count, failures=failures, errors=errors, skipped="0"
        )
        if file.error:
            case = ET.SubElement(suite, "testcase", name=file.name, classname=file.name)
            ET.SubElement(case, "error", message=file.error)
        for run in file.cases:
            case = ET.SubElement(suite, "testcase", name=run.name, classname=file.name)
            if run.failure is not None:
                ET.SubElement(case, "failure", message=run.failure.complaint).text = run.failure.explanation
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
