"""The examples of docs/deploy against what the programs take: every command line, zones, and systemd's own check."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from factory.cli.main import parser
from flows.deployments import POOLS
from flows.limits import DEFAULTS

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OURS = [name for name, service in SERVICES.items() if service["image"] == "clinical-data-factory"]
READS_RECORDS = ("worker-source",)
OPT = "/opt/factory/bin/"


def _lines(unit, key):
    return [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith(f"{key}=")]


def _commands():
    for name in OURS:
        words = [str(word) for word in SERVICES[name]["command"]]
        yield name, shlex.split(words[2].removeprefix("umask 0002 && exec ")) if words[:2] == ["sh", "-c"] else words
    for unit in UNITS:
        for line in (*_lines(unit, "ExecStart"), *_lines(unit, "ExecStartPre")):
            yield unit.name, shlex.split(line.replace(OPT, "").replace("%i", "wards"))


COMMANDS = list(_commands())


def _known(words):
    """Whether a command line is one that its program takes."""
    if words[0] == "factory":
        try:
            parser().parse_args(words[1:])
        except SystemExit:
            return False
        return True
    if words[:3] == ["python", "-m", "flows.deployments"]:
        sizes = dict(word.split("=") for word in words[4:])
        return set(sizes) <= set(DEFAULTS) and all(int(size) > 0 for size in sizes.values())
    return words[0] == "prefect" and _prefect_knows(tuple(words[1:]))


def _prefect_knows(words):
    """Prefect's parser is asked for the words without their values, with --help at the end."""
    names = {"--host": str, "--port": str, "--pool": POOLS, "--type": ("process",), "--name": str}
    given = dict(zip(words[2::2], words[3::2], strict=True))
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *words[:2], "--help"], capture_output=True, text=True, check=False
    )
    known = set(re.findall(r"--[a-z-]+", done.stdout))
    fits = all(name in names and (names[name] is str or value in names[name]) for name, value in given.items())
    return done.returncode == 0 and fits and set(given) <= known


@pytest.mark.parametrize(("where", "words"), COMMANDS, ids=[where for where, _ in COMMANDS])
def test_each_command_line_is_one_the_program_takes(where, words):
    assert _known(words), (where, words)


@pytest.mark.parametrize(
    "words",
    [
        ["factory", "serve", "--metric-port", "1"],
        ["factory", "serves"],
        ["python", "-m", "flows.deployments", "/srv", "sorce=2"],
        ["prefect", "worker", "start", "--pool", "elsewhere"],
        ["prefect", "worker", "start", "--pools", "source"],
        ["prefect", "server", "begin", "--port", "1"],
        ["sh", "-c", "true"],
    ],
)
def test_a_command_line_that_no_program_takes_is_told(words):
    assert not _known(words)


def test_who_reads_records_reaches_prefect_and_nothing_else():
    networks = COMPOSE["networks"]
    for name in READS_RECORDS:
        service = SERVICES[name]
        assert all(networks[network]["internal"] for network in service["networks"])
        met = {other for other in SERVICES if set(SERVICES[other]["networks"]) & set(service["networks"])}
        assert met - {"prefect", "deployments", "worker-release", name} == set()
        assert "ports" not in service
        assert "secrets" not in service
        held = " ".join([*service["environment"], *service.get("env_file", [])])
        assert not re.search(r"FACTORY_(STORE|STORAGE|KEY)|room\.env", held)


def test_the_two_hosts_share_no_network_volume_or_secret():
    def held(profile, key):
        found = set()
        for service in SERVICES.values():
            if profile in service["profiles"]:
                found |= {str(each).partition(":")[0] for each in service.get(key, [])}
        return found

    assert {tuple(service["profiles"]) for service in SERVICES.values()} == {("source",), ("release",)}
    for key in ("networks", "volumes", "secrets", "env_file"):
        assert held("source", key), key
        assert not held("source", key) & held("release", key), key
    for service in SERVICES.values():
        for other in service.get("depends_on", {}):
            assert SERVICES[other]["profiles"] == service["profiles"]


def test_what_is_named_is_declared():
    for service in SERVICES.values():
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        named = {volume.partition(":")[0] for volume in service["volumes"] if not volume.startswith("./")}
        assert named <= set(COMPOSE["volumes"])
    made = set(re.findall(r"(factory-\w+)", (DEPLOY / "Dockerfile").read_text()))
    assert {SERVICES[name]["user"] for name in OURS} <= made


@pytest.mark.parametrize("name", OURS)
def test_ours_may_do_little(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].startswith("factory-")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_each_unit_has_a_user_of_its_own_and_the_source_zone_no_network():
    users = {unit.name: _lines(unit, "User")[0] for unit in UNITS}
    assert len(set(users.values())) == len(users) - 1  # both units of the source zone are one user's
    assert users["factory-worker-source.service"] == users["factory-produce@.service"]
    (alone,) = (unit for unit in UNITS if unit.name == "factory-produce@.service")
    assert _lines(alone, "PrivateNetwork") == ["yes"]
    for unit in UNITS:
        if unit is not alone:
            assert _lines(unit, "IPAddressDeny") == ["any"]
            assert _lines(unit, "IPAddressAllow") == ["localhost"]


@pytest.fixture
def analyze():
    """systemd's own judge, of units whose programs are where this interpreter's are."""
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("FACTORY_CI"):
            pytest.fail("CI needs systemd-analyze")
        pytest.skip("systemd is not installed")

    def run(*words):
        return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False)

    return run


def _here(unit, folder):
    text = unit.read_text().replace(OPT, f"{Path(sys.executable).parent}/")
    (folder / unit.name).write_text(text)
    return folder / unit.name


def test_systemd_takes_every_unit(analyze, tmp_path):
    copies = [_here(unit, tmp_path) for unit in UNITS]
    done = analyze("verify", *copies)
    assert done.returncode == 0, done.stderr
    assert "Unknown" not in done.stderr
    spoilt = tmp_path / "factory-spoilt.service"
    spoilt.write_text(copies[0].read_text().replace("ProtectSystem=strict", "ProtectSystem=very"))
    assert "very" in analyze("verify", spoilt).stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_calls_no_unit_exposed(unit, analyze, tmp_path):
    # In tenths of systemd's scale of 0 to 10: below 2 it says OK.
    done = analyze("security", "--offline=yes", "--threshold=20", _here(unit, tmp_path))
    assert done.returncode == 0, done.stdout[-300:]
    bare = tmp_path / "bare.service"
    bare.write_text(f"[Service]\nExecStart={sys.executable}\n")
    assert analyze("security", "--offline=yes", "--threshold=20", bare).returncode != 0
