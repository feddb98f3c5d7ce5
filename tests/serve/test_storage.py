"""Sealed files in a folder, and in an S3-compatible store that a real server reads them from."""

import signal
import socket
import time
from dataclasses import replace

import httpx
import pytest
import s3fs
from catalogue import NAME, catalogue, weighing
from s3 import KEY, SECRET, s3_store

from factory.catalog import remote
from factory.catalog.keeper import usage
from factory.catalog.storage import Storage
from factory.core.errors import BundleInvalid, StorageError
from factory.core.files import sha256_bytes, sha256_file

BUCKET, PREFIX = "sealed-files", "hospital/releases"
STORAGE = f"s3://{BUCKET}/{PREFIX}"
SIZE = 24 << 20
"""More than is read ahead of a reader of the store."""


def in_store():
    """The driver, and the paths of what is kept by their names."""
    system = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    return system, {path.rpartition("/")[2]: path for path in system.ls(f"{BUCKET}/{PREFIX}")}


@pytest.fixture(scope="module")
def store():
    """The store with its bucket, and the environment that leads to it."""
    with s3_store(BUCKET) as made:
        yield made


@pytest.fixture(scope="module")
def shared(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("there")
    with weighing(SIZE):
        made = catalogue(folder, f"sqlite:///{folder / 'room' / 'room.db'}", STORAGE)
    made.serve()
    yield made
    made.stop()
    made.keeper.store.close()


@pytest.fixture
def there(shared, tmp_path):
    """A catalogue whose sealed files lie in the store, and a licensee who has pulled nothing yet."""
    return replace(shared, folder=tmp_path / "licensee")


@pytest.fixture
def at_once(monkeypatch):
    """A pull gives up where it would try again for a while."""
    monkeypatch.setattr(remote, "TRIES", 0)


@pytest.fixture
def away(there, monkeypatch):
    """The same catalogue while its store is down: nothing listens where the environment says it is."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{held.getsockname()[1]}")
    s3fs.S3FileSystem.clear_instance_cache()
    made = replace(there, process=None, url="", said="")
    made.serve()
    yield made
    made.stop()
    s3fs.S3FileSystem.clear_instance_cache()


def asked(there, **headers):
    named = {"authorization": f"Bearer {there.token()}", **headers}
    return httpx.get(f"{there.url}/data/{NAME}.zip", headers=named, timeout=60)


def said_well(text, store):
    """One sentence for a person; no key, no address of the store."""
    port = store.url.rpartition(":")[2]
    assert "Traceback" not in text
    assert not [word for word in (KEY, SECRET, store.url, port, BUCKET, PREFIX) if word in text], text


def test_publish_serve_pull(there, store, tmp_path):
    whole = there.made.bundle_zip.read_bytes()
    _, kept = in_store()
    assert sha256_bytes(whole) in kept and not (there.home / "sealed").exists()
    assert there.login().returncode == 0
    found = there.client("pull", NAME, "--out", tmp_path / "out")
    assert found.returncode == 0, found.stderr
    assert sha256_file(tmp_path / "out" / "large.bin") == sha256_file(there.made.run.candidate / "large.bin")
    assert asked(there).content == whole
    middle = len(whole) // 2
    for asks, first, stop in (("bytes=0-0", 0, 1), ("bytes=-7", -7, None), (f"bytes={middle}-", middle, None)):
        answer = asked(there, range=asks)
        assert answer.status_code == 206 and answer.content == whole[first:stop]


def test_a_pull_that_was_cut_off_goes_on(there, tmp_path):
    token, target = there.token(), tmp_path / "there.zip"
    offer = remote.offered(there.url, token, NAME)

    def cut(here, size):
        if here > size // 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remote.fetch(there.url, token, NAME, offer, target, told=cut)
    had = target.with_suffix(".part").stat().st_size
    assert offer.size // 3 < had < offer.size
    remote.fetch(there.url, token, NAME, offer, target)
    assert sha256_file(target) == sha256_file(there.made.bundle_zip)
    _until(lambda: all(row.ended for row in usage.records(there.keeper)[0]))
    assert {row.start: row.bytes for row in usage.records(there.keeper)[0]}[had] == offer.size - had


def test_publishing_again_sends_nothing(there, store):
    system, kept = in_store()
    before = {name: system.info(path)["LastModified"] for name, path in kept.items()}
    words = ("publish", there.made.run.root, "--home", there.home, "--store", there.store_url, "--storage", STORAGE)
    found = there.client("catalog", *words)
    assert found.returncode == 0, found.stderr
    assert {name: system.info(path)["LastModified"] for name, path in kept.items()} == before


@pytest.mark.usefixtures("at_once")
def test_a_store_that_is_down(away, store, tmp_path):
    before = usage.records(away.keeper)[1]
    assert away.login().returncode == 0
    answer = asked(away)
    assert answer.status_code == 503 and answer.json()["code"] == 20
    found = away.client("pull", NAME, "--out", tmp_path / "out")
    assert found.returncode == 67 and "storage" in found.stderr and not (tmp_path / "out").exists()
    other = ("--home", tmp_path / "other")
    assert away.client("room", "people", away.made.run.people, *other).returncode == 0
    published = away.client("catalog", "publish", away.made.run.root, *other, "--storage", STORAGE)
    assert published.returncode == 20 and "storage" in published.stderr
    assert usage.records(away.keeper)[1] == before
    away.stop()
    for text in (answer.text, found.stderr, published.stderr, away.said):
        said_well(text, store)


@pytest.mark.usefixtures("at_once")
def test_a_file_that_is_missing_from_the_store(there, store, tmp_path):
    system, kept = in_store()
    before, path = usage.records(there.keeper)[1], kept[sha256_file(there.made.bundle_zip)]
    system.rm(path)
    try:
        answer = asked(there)
        assert answer.status_code == 503 and answer.json()["code"] == 20
        said_well(answer.text, store)
        assert usage.records(there.keeper)[1] == before
        assert there.login().returncode == 0
        found = there.client("pull", NAME, "--out", tmp_path / "out")
        assert found.returncode == 67 and "storage" in found.stderr and not (tmp_path / "out").exists()
        said_well(found.stderr, store)
    finally:
        system.put_file(str(there.made.bundle_zip), path)


def test_a_bucket_that_is_not_there(there, store):
    with pytest.raises(StorageError) as told:
        Storage("s3://no-such-bucket/x").put(there.made.licence, sha256_file(there.made.licence))
    said_well(str(told.value), store)
    assert "no-such-bucket" not in str(told.value)


def test_a_store_that_pauses_in_the_middle(there, store, tmp_path):
    token, target, paused = there.token(), tmp_path / "there.zip", []
    offer = remote.offered(there.url, token, NAME)

    def told(here, size):
        if here > size // 4 and not paused:
            paused.append(here)
            store.process.send_signal(signal.SIGSTOP)
            time.sleep(0.5)
            store.process.send_signal(signal.SIGCONT)

    remote.fetch(there.url, token, NAME, offer, target, told=told)
    assert paused and sha256_file(target) == offer.sha256


def test_an_address_whose_driver_is_not_there(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(StorageError, match=r"cannot be used now|not installed") as told:
        Storage("nowhere://user:word@host/x").put(tmp_path / "a", sha256_bytes(b"a"))
    assert "word" not in str(told.value) and "host" not in str(told.value)


def test_a_folder_holds_a_file_whole_or_not_at_all(tmp_path, monkeypatch):
    source, kept = tmp_path / "a.zip", Storage(str(tmp_path / "sealed"))
    source.write_bytes(b"sealed" * 1000)
    digest = sha256_file(source)
    assert kept.size(digest) is None
    with pytest.raises(BundleInvalid, match="changed while it was published"):
        kept.put(source, "0" * 64)
    assert not (tmp_path / "sealed").exists()

    def half(source, target):
        target.write_bytes(b"sealed")
        raise OSError(5, "the disk")

    with monkeypatch.context() as broken:
        broken.setattr("factory.catalog.storage.shutil.copyfile", half)
        with pytest.raises(StorageError):
            kept.put(source, digest)
    assert list((tmp_path / "sealed").iterdir()) == []
    kept.put(source, digest)
    assert kept.size(digest) == 6000 and [path.name for path in (tmp_path / "sealed").iterdir()] == [digest]
    there = tmp_path / "sealed" / digest
    before = there.stat()
    kept.put(source, digest)
    assert (there.stat().st_ino, there.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    with kept.open(digest) as handle:
        handle.seek(6)
        assert handle.read(6) == b"sealed"


def test_a_small_file_is_read_whole_and_proven(tmp_path):
    source, kept = tmp_path / "a.json", Storage(str(tmp_path / "sealed"))
    source.write_bytes(b"{}")
    digest = sha256_file(source)
    kept.put(source, digest)
    assert kept.read(digest, 2) == b"{}"
    with pytest.raises(StorageError):
        kept.read(digest, 1)
    (tmp_path / "sealed" / digest).write_bytes(b"[]")
    with pytest.raises(StorageError, match="not the one that was published"):
        kept.read(digest, 2)
    (tmp_path / "sealed" / digest).unlink()
    with pytest.raises(StorageError):
        kept.read(digest, 2)


def _until(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
