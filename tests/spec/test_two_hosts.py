"""Two hosts, one port between them: the sealed bundle is all that is copied, and it is enough to publish and pull."""

import datetime as dt
import io
import os
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml
from at_once import SEED, found_in
from namespaces import Host, two_hosts
from quick import QUICK
from small_hospital import small_hospital, what_must_not_show
from unit.candidates import LICENCE, OFFICER, PEOPLE, PRODUCER, licence_value

from factory.core import keys
from factory.core.files import read_json, sha256_file
from factory.core.run import Run
from factory.release.offer import accept, offer
from factory.review import add_person, approve
from factory.review.attestations import Answer
from factory.review.candidate import load_candidate
from factory.review.people import load_people
from factory.review.voting import attest

# What an sftp server that takes into one folder is in earnest: one port, one file, nothing given back.
TAKE = """
import pathlib, socket, sys
with socket.create_server((sys.argv[1], 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    while True:
        with listening.accept()[0] as taken, open(sys.argv[2], "wb") as out:
            data = b""
            while piece := taken.recv(1 << 16):
                data += piece
            if data:
                pathlib.Path(sys.argv[2]).write_bytes(data)
"""
SEND = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as sending, open(sys.argv[3], "rb") as file:
    sending.sendfile(file)
"""


@dataclass(frozen=True)
class Two:
    """The two hosts after a day's work: what each has on its disk, and the port that is open between them."""

    source: Host
    release: Host
    hospital: Path
    run: Run
    theirs: Path
    port: int
    served: int


def _people(folder: Path) -> Path:
    for person, roles in PEOPLE.items():
        key = keys.generate()
        keys.write_private(folder / "keys" / f"{person}.key", key)
        add_person(folder / "people.yaml", person, roles, keys.public_text(key))
    return folder / "people.yaml"


def _reviewed(run: Run, folder: Path) -> Path:
    """Two people approve the run and both sides sign a licence; returns the offer's folder."""

    def key(name):
        return folder / "keys" / f"{name}.key"

    candidate = read_json(run.candidate / "candidate.json")
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=300)
    for control in sorted({item["control"] for item in candidate["questions"]}):
        said = {"control": control, "answer": Answer.YES, "reason": "Read in full.", "expires": until}
        attest(run, "Dr Wong", key("Dr Wong"), **said)
    for name in ("Dr Wong", "Dr Lau"):
        accepted = [item["control"] for item in candidate["shortfalls"]]
        approve(run, name, key(name), accept=accepted, reason="Read in full.")
    today = dt.datetime.now(dt.UTC).date()
    terms = licence_value(effective=today, expires=until, licensor=candidate["licensor"])
    (folder / "licence.yaml").write_text(yaml.safe_dump({**terms, "purposes": candidate["purposes"]}))
    known, (loaded, digest) = load_people(folder / "people.yaml"), load_candidate(run.candidate)
    offer(loaded, digest, known, folder / "licence.yaml", "Mr Ng", key("Mr Ng"), folder / "offer")
    accept(folder / "offer", known, "Models Ltd", key("Models Ltd"))
    return folder / "offer"


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    ours, theirs = tmp_path_factory.mktemp("source-host"), tmp_path_factory.mktemp("release-host")
    hospital, people = small_hospital(ours / "hospital"), _people(ours)
    run = Run(ours / "run")
    with two_hosts() as (source, release):
        words = ("--data", hospital, "--run", run.root, "--as", PRODUCER, "--people", people, "--plain", *QUICK)
        source.factory("produce", hospital / "contract.yaml", *words, "--seed", SEED)
        signed = _reviewed(run, ours)
        key = ours / "keys" / f"{OFFICER}.key"
        source.factory("release", run.root, "--licence", signed, "--as", OFFICER, "--key", key)
        # Public keys, which the release host has had from their owners.
        (theirs / "people.yaml").write_bytes(people.read_bytes())
        room = ("--home", theirs / "room")
        release.factory("room", "people", theirs / "people.yaml", *room)
        arrived = theirs / "arrived.zip"
        taking = subprocess.Popen(
            release.command("-c", TAKE, release.address, arrived), stdout=subprocess.PIPE, text=True
        )
        serving = subprocess.Popen(
            release.command("-m", "factory.cli", "serve", *room, "--port", "0"), stdout=subprocess.PIPE, text=True
        )
        try:
            port = int(taking.stdout.readline())
            address = serving.stdout.readline().strip()
            assert source.run("-c", SEND, release.address, port, run.bundle_zip(LICENCE)).returncode == 0
            _whole(arrived, run.bundle_zip(LICENCE))
            release.factory("catalog", "publish", arrived, *room)
            token = release.factory("catalog", "token", LICENCE, *room).stdout
            home = {"XDG_CONFIG_HOME": str(theirs / "config"), "XDG_CACHE_HOME": str(theirs / "cache")}
            more = {"env": {**os.environ, **home}}
            login = ("login", address, "--trust", theirs / "people.yaml", "--token-stdin")
            release.factory(*login, input=token, **more)
            release.factory("pull", "sample-hospital", "--out", theirs / "pulled", **more)
            yield Two(source, release, hospital, run, theirs, port, int(address.rstrip("/").rpartition(":")[2]))
        finally:
            for process in (taking, serving):
                process.terminate()
                process.wait(30)


def _whole(arrived: Path, sent: Path) -> None:
    from operations import until

    until("the bundle arrived", lambda: arrived.is_file() and sha256_file(arrived) == sha256_file(sent), 30)


def test_the_source_host_reaches_one_port_of_the_other_and_no_third(two):
    assert two.source.open_ports(two.release) == [two.port]
    elsewhere = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)"
    assert "Network is unreachable" in two.source.run("-c", elsewhere).stderr


def test_the_release_host_reaches_nothing_of_the_source_host(two):
    assert two.release.open_ports(two.source) == []
    assert two.served in two.release.open_ports(Host("", "127.0.0.1")), "the scan finds nothing, and proves nothing"


def test_the_bundle_alone_was_enough_to_publish_and_to_pull(two):
    tables = {path.stem: len(pd.read_parquet(path)) for path in (two.theirs / "pulled").rglob("*.parquet")}
    assert set(tables) == {"patients", "encounters"}
    assert tables["patients"] > 10


def _texts(name: str, data: bytes):
    """The text of a file: as it stands, of each cell of a Parquet table, of each member of a ZIP."""
    if name.endswith(".parquet"):
        frame = pd.read_parquet(io.BytesIO(data))
        yield "\n".join(str(value) for column in frame for value in frame[column].dropna().unique())
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from _texts(member, archive.read(member))
    yield data.decode("utf-8", errors="ignore")


def _hits(folder: Path, values: set[str]) -> dict[str, int]:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            hits = [found_in(text, values) for text in _texts(path.name, path.read_bytes())]
            found[path.name] = len(set().union(*hits))
    return {name: count for name, count in found.items() if count}


def test_nothing_of_the_source_is_on_the_release_host(two, tmp_path):
    values = what_must_not_show(two.hospital)
    assert _hits(two.theirs, values) == {}
    # The search does find them where they are.
    assert _hits(two.hospital, values)
    pd.DataFrame({"x": sorted(values)}).to_parquet(tmp_path / "planted.parquet")
    with zipfile.ZipFile(tmp_path / "planted.zip", "w") as archive:
        archive.write(tmp_path / "planted.parquet", "planted.parquet")
    (tmp_path / "planted.parquet").unlink()
    assert _hits(tmp_path, values) == {"planted.zip": len(values)}
    assert not [path for path in two.theirs.rglob("*") if path.name in ("request.json", "marks.key", "audit.jsonl")]
