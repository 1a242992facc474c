"""The files in deploy/: what they name exists, and the programs they are for take them."""

from __future__ import annotations

import itertools
import os
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
        *("migrate", "web", "worker", "backup", "backup-keys"),
        *("database", "key-database", "redis", "proxy"),
    }
    # Only the proxy is reached from outside, and neither databases nor counters reach outside.
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name in ("database", "key-database", "redis"):
        assert services[name]["networks"] == ["inside"]
    assert composition["networks"]["inside"]["internal"] is True
    # The backups run when they are asked for.
    for name in ("backup", "backup-keys"):
        assert services[name]["profiles"] == ["backup"]
    for name in ("web", "worker", "migrate", "backup", "backup-keys"):
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


def test_the_image_s_programs_are_of_the_versions_that_belong_to_them() -> None:
    image = (DEPLOY / "container" / "Dockerfile").read_text()
    services = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())["services"]
    # pg_dump refuses a newer server, and what a newer one writes an older server does not take.
    client = re.findall(r"postgresql-client-(\d+)", image)
    assert len(client) == 1
    for name in ("database", "key-database"):
        assert services[name]["image"] == f"postgres:{client[0]}"
    locked = re.findall(r"^redis==(\S+)", (ROOT / "requirements-dev.lock").read_text(), re.M)
    assert len(locked) == 1
    for file in (DEPLOY / "container" / "Dockerfile", ROOT / "docs" / "scaling.md"):
        named = re.findall(r"pip install [^\n`]*\bredis\b(?:==([\d.]+))?", file.read_text())
        assert named == locked, file


def test_every_backup_of_the_composition_has_a_place_of_its_own() -> None:
    services = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())["services"]
    image = (DEPLOY / "container" / "Dockerfile").read_text()
    # Where the image has the folder, a new volume is the service's user's.
    made = re.findall(r"install -d -o mentoring \S+ \S+ \S+ \S+ (.+)$", image, re.MULTILINE)
    assert [line.split() for line in made] == [["/data", "/backups", "/key-backups"]]
    places = {name: services[name]["volumes"] for name in ("migrate", "backup", "backup-keys")}
    assert places == {
        "migrate": ["data:/data", "backups:/backups"],
        "backup": ["data:/data", "backups:/backups"],
        "backup-keys": ["data:/data", "key-backups:/key-backups"],
    }
    assert "--backup /backups/" in services["migrate"]["command"][-1]
    assert services["backup"]["command"][1:] == ["/backups", "14"]
    assert services["backup-keys"]["command"][1:] == ["/key-backups", "3", "backup-keys"]


@pytest.mark.parametrize("name", ["settings.env", "container/settings.env"])
def test_a_shell_takes_the_settings_as_systemd_does(name: str) -> None:
    text = (DEPLOY / name).read_text()
    values = dict(re.findall(r"^([A-Z_]+)='([^']*)'$", text, re.MULTILINE))
    assert len(values) == len(re.findall(r"^[A-Z]", text, re.MULTILINE)) > 10
    done = subprocess.run(
        ["/bin/sh", "-euc", 'set -a; . "$0"; env', str(DEPLOY / name)],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    read = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert values.items() <= read.items()
    assert read["CONTROLLER_NAME"] == "Example Association"


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
    assert len(UNITS) == 9
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


def lines_of(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.+)$", unit.read_text(), re.MULTILINE)


def test_what_runs_by_itself_tells_when_it_fails() -> None:
    assert (DEPLOY / "systemd" / "mentoring-failed@.service").exists()
    timed = [unit.with_suffix(".service") for unit in UNITS if unit.suffix == ".timer"]
    assert len(timed) == 3
    for unit in timed:
        assert lines_of(unit, "OnFailure") == ["mentoring-failed@%N.service"], unit.name


def test_keys_are_backed_up_to_another_place_and_for_a_few_days() -> None:
    [texts] = lines_of(DEPLOY / "systemd" / "mentoring-backup.service", "ExecStart")
    [keys] = lines_of(DEPLOY / "systemd" / "mentoring-backup-keys.service", "ExecStart")
    script = "/opt/mentoring-feedback/deploy/systemd/daily-backup"
    assert texts.split() == [script, "/var/lib/mentoring-feedback-backups", "14"]
    assert keys.split() == [script, "/var/lib/mentoring-feedback-key-backups", "3", "backup-keys"]
    for command, unit in ((texts, "mentoring-backup"), (keys, "mentoring-backup-keys")):
        # systemd makes the folder, for the service's user.
        [folders] = lines_of(DEPLOY / "systemd" / f"{unit}.service", "StateDirectory")
        assert command.split()[1].removeprefix("/var/lib/") in folders.split()


@pytest.fixture
def handed_to_systemd(tmp_path: Path) -> list[str]:
    """What `mentoring round list "a b"` hands to systemd-run."""
    # systemd does not run in a test: this writes down what it would be given.
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "systemd-run").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (programs / "systemd-run").chmod(0o755)
    done = subprocess.run(
        [str(DEPLOY / "systemd" / "mentoring"), "round", "list", "a b"],
        env={"PATH": f"{programs}{os.pathsep}/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_command_runs_as_the_services_do(handed_to_systemd: list[str]) -> None:
    command = handed_to_systemd[handed_to_systemd.index("--") + 1 :]
    web, worker = (DEPLOY / "systemd" / f"mentoring-{name}.service" for name in ("web", "worker"))
    python = lines_of(worker, "ExecStart")[0].split()[0]
    assert command == [python, "-m", "survey", "round", "list", "a b"]
    # No terminal here, and the command's own end is the script's.
    assert {"--pipe", "--wait"} <= set(handed_to_systemd)
    assert "--pty" not in handed_to_systemd
    for option, name in (
        ("uid", "User"),
        ("gid", "Group"),
        ("working-directory", "WorkingDirectory"),
    ):
        assert f"--{option}={lines_of(web, name)[0]}" in handed_to_systemd
    for name in ("EnvironmentFile", "StateDirectoryMode", "UMask"):
        assert f"{name}={lines_of(web, name)[0]}" in handed_to_systemd
    assert lines_of(web, "Environment")[0] in handed_to_systemd
    # An upgrade's backup lies where the daily ones do.
    [folders] = lines_of(DEPLOY / "systemd" / "mentoring-backup.service", "StateDirectory")
    assert f"StateDirectory={folders}" in handed_to_systemd


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_what_a_command_is_run_with(
    handed_to_systemd: list[str], tmp_path: Path
) -> None:
    properties = [
        value for option, value in itertools.pairwise(handed_to_systemd) if option == "-p"
    ]
    assert len(properties) == 4
    unit = tmp_path / "mentoring-command.service"
    unit.write_text("\n".join(["[Service]", "Type=exec", "ExecStart=/bin/true", *properties, ""]))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
    assert done.returncode == 0, done.stderr
