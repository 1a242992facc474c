"""The files in deploy/: what they name exists, and the programs they are for take them."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from config import known_settings
from tests.support.live_service import ROOT

DEPLOY = ROOT / "deploy"
# Of the programs around, not of the service.
OTHERS = {
    "DATABASE_PASSWORD",
    "KEY_DATABASE_PASSWORD",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_USER",
    "PYTHON",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "SITE_ADDRESS",
    "UPSTREAM",
    "PATH",
}
NAMED = re.compile(
    r"^\s*(?:#\s*)?(?:ENV\s+|Environment=|export\s+)?([A-Z][A-Z0-9]*_[A-Z0-9_]+|BIND|PATH)\s*[:=]"
    r"|\$\{?([A-Z][A-Z0-9_]*_[A-Z0-9_]+)",
    re.MULTILINE,
)
UNITS = sorted((DEPLOY / "systemd").glob("mentoring-*"))


def named_settings(file: Path) -> set[str]:
    return {one or other for one, other in NAMED.findall(file.read_text())}


def test_every_setting_that_is_named_exists() -> None:
    found: dict[str, str] = {}
    for file in DEPLOY.rglob("*"):
        if file.is_file() and file.suffix not in (".md",):
            found |= dict.fromkeys(named_settings(file), str(file.relative_to(ROOT)))
    assert {"BASE_URL", "MASTER_KEY", "METRICS_BIND", "RATELIMIT_STORAGE_URI"} <= set(found)
    unknown = {name: file for name, file in found.items() if name not in known_settings() | OTHERS}
    assert unknown == {}


def test_a_setting_that_does_not_exist_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "x"
    for text in ("MAIL_SRVER=x", "  MAIL_SRVER: x", "Environment=MAIL_SRVER=x", "# MAIL_SRVER=x"):
        file.write_text(text)
        assert named_settings(file) == {"MAIL_SRVER"}


def test_what_the_image_is_made_of_exists_and_is_let_in() -> None:
    text = (DEPLOY / "container" / "Dockerfile").read_text()
    let_in = (DEPLOY / "container" / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert len(copied) > 6
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in let_in, source
    # Everything that the service imports or reads is in it.
    for needed in ("survey", "templates", "config.py", "wsgi.py", "retention.yaml"):
        assert needed in copied
    # It does not run as root.
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["mentoring"]


def test_the_composition_is_what_its_schema_wants() -> None:
    composition = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())
    services = composition["services"]
    assert set(services) == {
        *("migrate", "web", "worker"),
        *("database", "key-database", "redis", "proxy"),
    }
    # Only the proxy is reached from outside, and neither databases nor counters reach outside.
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name in ("database", "key-database", "redis"):
        assert services[name]["networks"] == ["inside"]
    assert composition["networks"]["inside"]["internal"] is True
    for name in ("web", "worker", "migrate"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    # Every volume, network and service that is named is there.
    for service in services.values():
        assert set(service.get("networks", [])) <= set(composition["networks"])
        assert set(service.get("depends_on", [])) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (DEPLOY / "container" / source).exists()
            else:
                assert source in composition["volumes"]
        for file in service.get("env_file", []):
            assert (DEPLOY / "container" / file).exists()


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not here")
def test_docker_compose_takes_the_composition() -> None:
    names = ("DATABASE_PASSWORD", "KEY_DATABASE_PASSWORD", "SECRET_KEY", "MASTER_KEY")
    done = subprocess.run(
        ["docker-compose", "-f", str(DEPLOY / "container" / "compose.yaml"), "config", "-q"],
        env={
            "PATH": "/usr/bin:/bin:/usr/local/bin",
            "SITE_ADDRESS": "x",
            **dict.fromkeys(names, "x"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units_and_finds_them_well_shut(tmp_path: Path) -> None:
    assert len(UNITS) == 6
    # The same units, with programs that exist on this machine.
    for unit in UNITS:
        text = re.sub(r"(?<=^ExecStart=)\S+", "/bin/true", unit.read_text(), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "mentoring-" in line] == []
    assert done.returncode == 0, done.stderr
    for unit in UNITS:
        if unit.suffix == ".service":
            done = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done.stdout[-300:]


def test_programs_that_units_start_exist() -> None:
    for unit in UNITS:
        for program in re.findall(
            r"^ExecStart=/opt/mentoring-feedback/(\S+)", unit.read_text(), re.M
        ):
            if not program.startswith(".venv/"):
                file = ROOT / program
                assert file.stat().st_mode & stat.S_IXUSR, program
