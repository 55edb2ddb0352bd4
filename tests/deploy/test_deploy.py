"""The files of `deploy/`: they parse, and what they name is there."""

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml

from iamd.cli.main import cli
from iamd.cli.serve import EX_CONFIG
from iamd.server.health import health_routes
from iamd.setting_sources import load_settings
from iamd.settings import SETTINGS, Settings

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "deploy"
DRAIN: Final = timedelta(seconds=int(str(SETTINGS["drain_seconds"].default)) + 15)
USER: Final = "10001"


def check_command(words: list[str]) -> None:
    """Fail unless iamd has the command, and the options that *words* give it."""
    name, *rest = words
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, name
    parser = command.make_parser(click.Context(command))
    _, _, order = parser.parse_args(rest)
    assert {parameter.name for parameter in order} <= {parameter.name for parameter in command.params}


def check_settings(names: set[str]) -> None:
    known = set(SETTINGS) | {f"{name}_file" for name, info in SETTINGS.items() if info.secret}
    assert names <= known


# systemd


def unit() -> Mapping[str, Mapping[str, str]]:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # the way to keep upper case
    parser.read(DEPLOY / "iamd.service")
    return {section: dict(parser[section]) for section in parser.sections()}


def test_the_unit_fits_the_command() -> None:
    service = unit()["Service"]
    program, *words = service["ExecStart"].split()
    assert program.endswith("/bin/iamd")
    check_command(words)
    # What click ends with where a file is not there.
    assert (service["Type"], service["RestartPreventExitStatus"]) == ("notify", f"2 {EX_CONFIG}")
    assert timedelta(seconds=int(service["TimeoutStopSec"])) > DRAIN
    folder = f"/var/lib/{service['StateDirectory']}"
    assert words[-1] == f"{folder}/iamd.toml"
    assert service["WorkingDirectory"] == folder
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["UMask"]) == (
        "strict",
        "yes",
        "0077",
    )


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    iamd = Path(sys.executable).parent / "iamd"
    copy = tmp_path / "iamd.service"
    copy.write_text((DEPLOY / "iamd.service").read_text().replace("/opt/iamd/bin/iamd", str(iamd)))
    verified = subprocess.run(  # noqa: S603  of the system
        ["systemd-analyze", "verify", copy],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in verified.stderr.splitlines() if "iamd.service" in line] == []
    judged = subprocess.run(  # noqa: S603  of the system
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", copy],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if "Unknown" not in judged.stderr and "unrecognized" not in judged.stderr:
        assert judged.returncode == 0, judged.stdout[-3000:]


# The image


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], " ".join(line.split()[1:])) for line in lines]


def test_the_image_is_made_of_what_is_there() -> None:
    found = instructions()
    copied = [
        name for word, rest in found if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]
    ]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    installed = [rest for word, rest in found if word == "RUN" and "pip install" in rest]
    assert all("--require-hashes" in rest for rest in installed)
    assert {name for rest in installed for name in re.findall(r"requirements/([a-z-]+\.txt)", rest)} == {
        "compiled.txt",
        "dev.txt",
        "managed-policies.txt",
        "run.txt",
    }


def test_the_image_runs_as_nobody_else() -> None:
    found = dict(instructions())
    assert (found["USER"], found["STOPSIGNAL"]) == (f"{USER}:{USER}", "SIGTERM")
    assert found["EXPOSE"] == str(SETTINGS["port"].default)
    assert yaml.safe_load(found["ENTRYPOINT"]) == ["/opt/iamd/bin/iamd"]
    environ = dict(each.split("=", 1) for each in found["ENV"].split())
    assert environ["IAMD_CONFIG"] == f"{found['VOLUME']}/iamd.toml"
    check_command(yaml.safe_load(found["CMD"]))


# Compose


def test_compose_starts_what_is_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    iamd = services["iamd"]
    check_command(iamd["command"])
    assert iamd["ports"] == [f"127.0.0.1:{SETTINGS['port'].default}:{SETTINGS['port'].default}"]
    assert timedelta(seconds=int(iamd["stop_grace_period"].removesuffix("s"))) > DRAIN
    assert (DEPLOY / iamd["build"]["context"] / iamd["build"]["dockerfile"]).exists()
    script = services["init"]["command"][0].replace("\\\n", " ")
    commands = re.findall(r"exec iamd (.*)", script)
    assert len(commands) == 2
    for words in commands:
        check_command(words.split())
    networks = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["networks"]
    assert networks["inside"]["ipam"]["config"][0]["subnet"] in commands[1]
    assert re.search(r"/_iamd/health/ready", iamd["healthcheck"]["test"][-1])


# Kubernetes


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Return the objects, by kind."""
    found = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
    return {each["kind"]: each for each in found}


def test_the_settings_of_kubernetes_are_settings(manifest: dict[str, Any], tmp_path: Path) -> None:
    text = manifest["ConfigMap"]["data"]["iamd.toml"]
    values = tomllib.loads(text)
    check_settings(set(values))
    pod = manifest["Deployment"]["spec"]["template"]["spec"]
    mounts = {mount["mountPath"]: mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    # Each file that is named is one of a Secret, or of a certificate.
    files = [value for value in values.values() if isinstance(value, str) and value.startswith("/")]
    for file in files:
        folder, _, name = file.rpartition("/")
        secret = volumes[mounts[folder]]["secret"]
        assert name in {item["path"] for item in secret.get("items", ())} | {"tls.crt", "tls.key"}
        assert secret["defaultMode"] & 0o027 == 0
        (tmp_path / name).write_text(
            "postgresql://u@h/d" if "database" in name else "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        )
        text = text.replace(folder, str(tmp_path))
    (tmp_path / "iamd.toml").write_text(text)
    settings = load_settings({}, {}, file=tmp_path / "iamd.toml")
    (port,) = pod["containers"][0]["ports"]
    assert settings.port == port["containerPort"]
    for variable in (each["name"] for each in pod["containers"][0]["env"]):
        assert variable in {info.variable for info in SETTINGS.values()}


def test_kubernetes_has_memory_for_all_that_is_remembered(manifest: dict[str, Any]) -> None:
    """A worker that is killed for what it remembers is killed again as soon as it remembers it again."""
    settings = tomllib.loads(manifest["ConfigMap"]["data"]["iamd.toml"])
    each = settings.get("remembered_principals", Settings().remembered_principals)
    (container,) = manifest["Deployment"]["spec"]["template"]["spec"]["containers"]
    mebibytes = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
    assert mebibytes >= settings["workers"] * (128 + 3 * each * 10 / 1024)


def test_kubernetes_runs_what_is_there(manifest: dict[str, Any]) -> None:
    pod = manifest["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    check_command(container["args"])
    assert container["args"][-1] == "/etc/iamd/iamd.toml"
    wait = timedelta(seconds=int(container["lifecycle"]["preStop"]["exec"]["command"][1]))
    assert timedelta(seconds=pod["terminationGracePeriodSeconds"]) > DRAIN + wait
    assert str(pod["securityContext"]["runAsUser"]) == str(pod["securityContext"]["fsGroup"]) == USER
    pages = {path.decode() for _, path in health_routes({})}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in pages
        assert container[probe]["httpGet"]["scheme"] == "HTTPS"
    (port,) = manifest["Service"]["spec"]["ports"]
    assert port["targetPort"] == container["ports"][0]["name"]
    labels = manifest["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget", "Deployment"):
        selector = manifest[kind]["spec"]["selector"]
        assert selector.get("matchLabels", selector) == labels
    assert (
        manifest["PodDisruptionBudget"]["spec"]["minAvailable"] < manifest["Deployment"]["spec"]["replicas"]
    )


def test_the_secrets_that_are_mounted_are_those_that_one_is_told_to_make(manifest: dict[str, Any]) -> None:
    text = (DEPLOY / "kubernetes.yaml").read_text()
    told = set(re.findall(r"^#.* keys/([a-z.-]+)(?: {2}.*)?$", text, re.MULTILINE))
    pod = manifest["Deployment"]["spec"]["template"]["spec"]
    assert set(keys_of(pod)) == told


def keys_of(pod: dict[str, Any]) -> Iterator[str]:
    for each in pod["containers"][0]["env"]:
        yield each["valueFrom"]["secretKeyRef"]["key"]
    for volume in pod["volumes"]:
        yield from (item["key"] for item in volume.get("secret", {}).get("items", ()))


def test_the_commands_of_the_readme_are_there() -> None:
    text = (DEPLOY / "README.md").read_text()
    for words in re.findall(r"/bin/iamd (.*)", text):
        check_command(words.split())
    assert [
        name
        for name in re.findall(r"requirements/[a-z-]+\.txt|deploy/[a-z.]+service", text)
        if not (ROOT / name).exists()
    ] == []
